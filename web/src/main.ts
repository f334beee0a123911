/** Wires the page: elements, the list of tasks, what is shown of it. */
import { goToSignIn, showAccess } from './access.ts'
import { announce } from './announce.ts'
import { createApi, type Reach } from './api.ts'
import { type Change, isHeld } from './changes.ts'
import { createChart } from './chart.ts'
import { listenToComposer } from './composer.ts'
import { dateOf } from './due.ts'
import { currentFilter, currentQuery, type Filter, keepQuery, listenToFilters, matches } from './filter.ts'
import { install } from './install.ts'
import { createList } from './list.ts'
import { listenToMenu } from './menu.ts'
import { matcher } from './search.ts'
import { listenToShortcuts } from './shortcuts.ts'
import { openStorage } from './storage.ts'
import { openTab } from './tab.ts'
import type { Ref, Task } from './task.ts'
import { createTasks, type Happening, type Removal } from './tasks.ts'
import { createToast } from './toast.ts'
import { t, translate } from './words.ts'

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
translate(document)
const input = element<HTMLInputElement>('new-title')
const search = element<HTMLInputElement>('search')
const links = document.querySelectorAll<HTMLAnchorElement>('[data-filter]')
const toast = createToast(element('toast'))
/** How long the list is left alone before it is kept for the next visit. */
const keepAfterMs = 1_000

const titleOf: Readonly<Record<Filter, string>> = {
  all: t.allTasks,
  active: t.activeTasks,
  completed: t.completedTasks,
}

let drawing = false
let reach: Reach = 'good'
let keeping: ReturnType<typeof setTimeout> | undefined
const storage = await openStorage()
const chart = await createChart(element('chart'), storage)
const api = createApi('/api', (now) => {
  if (now === 'unknown') return goToSignIn()
  reach = now
  scheduleDraw()
})
const tasks = createTasks({ api, storage, tab: openTab(), changed: scheduleDraw, happened: tell })
const list = createList(element('list'), {
  actions: {
    toggle(task, done) {
      tasks.setDone([task.ref], done)
      announce(`${t.toggled(task.title, done)}. ${left()}`)
    },
    edit(task, wanted) {
      tasks.edit(task.ref, wanted)
      announce(t.saved(wanted.title))
    },
    remove: (task) => remove([task], t.deleted(task.title)),
    move(task, before) {
      tasks.move(task.ref, before?.ref ?? following())
      const shown = shownTasks()
      announce(t.moved(task.title, shown.findIndex(({ ref }) => ref === task.ref) + 1, shown.length))
    },
    insist: (change) => tasks.insist(change),
    giveUp: (change) => tasks.giveUp(change),
  },
  keyOf: tasks.keyOf,
  otherwise: input,
})

listenToComposer(element('composer'), (content) => {
  const ref = tasks.add(content)
  draw()
  list.show(ref)
  announce(`${t.added(content.title)}. ${left()}`)
})
element('mark-all').addEventListener('click', () => {
  const done = open().length > 0
  tasks.setDone(refsOf(all()), done)
  announce(done ? t.allDone : t.allActive)
})
element('clear-completed').addEventListener('click', () => {
  const completed = all().filter(({ done }) => done)
  remove(completed, t.cleared(completed.length))
  input.focus()
})
search.value = currentQuery()
search.addEventListener('input', () => {
  keepQuery(search.value.trim())
  draw()
  announce(t.found(shownTasks().length))
})
search.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || search.value === '') return
  search.value = ''
  search.dispatchEvent(new Event('input'))
})
listenToFilters(links, () => {
  search.value = currentQuery()
  draw()
  announce(`${titleOf[currentFilter()]}. ${left()}`)
})
element('hurry').addEventListener('click', () => tasks.hurry())
listenToMenu({ toast, help: element<HTMLDialogElement>('help') })
listenToShortcuts(element('single-keys'), {
  undo,
  keys: {
    n: () => input.focus(),
    '/': () => search.focus(),
    '?': () => element<HTMLDialogElement>('help').showModal(),
    j: () => document.querySelector<HTMLElement>('.item [type=checkbox]')?.focus(),
    1: () => links[0]!.click(),
    2: () => links[1]!.click(),
    3: () => links[2]!.click(),
  },
})
addEventListener('online', () => tasks.hurry())
document.addEventListener('visibilitychange', look)
install(() => document.querySelector('.editing, dialog[open]') === null && input.value === '')
await tasks.start()
look()
void showAccess(element('access'))
// On a phone this would open the keyboard over the list.
if (matchMedia('(hover: hover)').matches && document.activeElement === document.body) input.focus()

function look() {
  const looking = document.visibilityState === 'visible'
  tasks.look(looking)
  if (looking) {
    tasks.hurry()
    // It may be another day by now.
    scheduleDraw()
  } else void keep()
}

function keep() {
  clearTimeout(keeping)
  keeping = undefined
  return tasks.keep().catch(() => {})
}

function remove(those: readonly Task[], text: string) {
  tasks.remove(refsOf(those))
  toast.show(text, undo)
  announce(`${text}. ${left()}`)
}

function undo() {
  const removal: Removal | undefined = tasks.undo()
  if (!removal) return
  draw()
  list.show(removal.removed[0]!.task.ref)
  toast.show(t.restored(removal.removed.length))
  announce(`${t.restored(removal.removed.length)}. ${left()}`)
}

function scheduleDraw() {
  if (drawing) return
  drawing = true
  queueMicrotask(draw)
}

function draw() {
  drawing = false
  const { changes, loaded } = tasks.view()
  const filter = currentFilter()
  const [everything, shown] = [all(), shownTasks()]
  const done = everything.length - open().length
  document.title = open().length > 0 ? `${t.tasks} (${open().length})` : t.tasks
  for (const link of links) {
    if (link.dataset['filter'] === filter) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  list.update(shown, heldOf(changes), dateOf(new Date()))
  element('list-title').textContent = titleOf[filter]
  element('sheet').hidden = everything.length === 0
  element('welcome').hidden = !loaded || everything.length > 0
  element('none').hidden = shown.length > 0 || everything.length === 0
  element('none').textContent = search.value.trim()
    ? t.nothingFound
    : filter === 'completed'
      ? t.nothingCompleted
      : t.nothingLeft
  element('progress').hidden = everything.length === 0
  element('progress-text').textContent = t.doneOf(done, everything.length)
  element<HTMLProgressElement>('progress-bar').value = everything.length === 0 ? 0 : done / everything.length
  element('left').textContent = left()
  element('mark-all').textContent = open().length > 0 ? t.completeAll : t.reopenAll
  element('clear-completed').hidden = done === 0
  drawStatus(loaded, changes)
  chart.update(everything)
  keeping ??= setTimeout(keep, keepAfterMs)
}

function drawStatus(loaded: boolean, changes: readonly Change[]) {
  const unsent = changes.filter((change) => !isHeld(change)).length
  const parts = [
    reach === 'none' ? t.offline : reach === 'slow' ? t.waking : '',
    reach !== 'good' && unsent > 0 ? t.unsent(unsent) : '',
    reach !== 'good' && !loaded ? t.waiting : '',
  ]
  const text = parts.filter(Boolean).join(' ')
  element('status').hidden = text === ''
  element('status').dataset['reach'] = reach
  const said = element('status-text')
  if (said.textContent !== text) said.textContent = text
}

function tell(what: Happening) {
  if (what.kind === 'gone') return announce(t.gone(what.task.title), 'assertive')
  const { change } = what
  const title = titleFor(change)
  announce(change.fault === undefined ? t.conflict(title) : t.notSaved(title), 'assertive')
}

function titleFor(change: Change): string {
  if (change.kind === 'create') return change.content.title
  return 'seen' in change ? change.seen.title : ''
}

function heldOf(changes: readonly Change[]): ReadonlyMap<Ref, Change> {
  return new Map(changes.filter(isHeld).map((change) => [change.ref, change]))
}

function all(): readonly Task[] {
  return tasks.view().tasks
}

/** What waits for the user is shown everywhere: nobody should have to look for it. */
function shownTasks(): Task[] {
  const filter = currentFilter()
  const found = matcher(search.value)
  const held = heldOf(tasks.view().changes)
  return all().filter((task) => held.has(task.ref) || (matches(filter, task) && found(task)))
}

/** At the end of what is shown is before what comes next in the whole list. */
function following(): Ref | null {
  const last = shownTasks().at(-1)
  const index = last ? all().indexOf(last) : -1
  return all()[index + 1]?.ref ?? null
}

function open(): Task[] {
  return all().filter(({ done }) => !done)
}

function refsOf(those: readonly Task[]): Ref[] {
  return those.map(({ ref }) => ref)
}

function left(): string {
  return t.left(open().length)
}
