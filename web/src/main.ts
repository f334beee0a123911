/** Wires the page. All listeners are added before the first await, so that no input is lost while something is slow. */

import { listenToComposer } from './composer/composer.ts'
import { takeEntered } from './composer/entered.ts'
import { dateOf, eachDay } from './dates/dates.ts'
import { createFrame } from './list/frame.ts'
import { type QuickDay, quickDays } from './list/groups.ts'
import { createList } from './list/list.ts'
import { createRowMenu } from './list/row-menu.ts'
import { listenToSearch } from './list/search-field.ts'
import { createView, type Look } from './list/view.ts'
import { createLists } from './lists/load-lists.ts'
import { dialogs } from './load-later.ts'
import { goToSignIn, showAccess } from './shell/access.ts'
import { currentList, currentView, enter, listenToViews, type ViewName } from './shell/address.ts'
import { announce } from './shell/announce.ts'
import { install } from './shell/install.ts'
import { isText, keyName } from './shell/keys.ts'
import { listenToCommands } from './shell/load-palette.ts'
import { listenToMenu } from './shell/menu.ts'
import { press } from './shell/press.ts'
import { openSession } from './shell/session.ts'
import { listenToShortcuts, singleKeys } from './shell/shortcuts.ts'
import { createSignOut } from './shell/sign-out.ts'
import { createStatus } from './shell/status.ts'
import { createToast } from './shell/toast.ts'
import { createApi, type Reach } from './tasks/api.ts'
import { isHeld } from './tasks/changes.ts'
import { createCommands } from './tasks/commands.ts'
import { createDrafts } from './tasks/drafts.ts'
import { happened } from './tasks/happened.ts'
import { createStorage } from './tasks/storage.ts'
import { openTab } from './tasks/tab.ts'
import { blank, type Content, type Task } from './tasks/task.ts'
import { createTasks } from './tasks/tasks.ts'
import { createWritten } from './tasks/written.ts'
import { t, translate } from './words/words.ts'

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
translate(document)
enter()
/** The manifest's shortcut. */
const isToAdd = new URLSearchParams(location.search).has('add')
const search = element<HTMLInputElement>('search')
const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-view]')]
/** The delay before a changed list is stored for the next visit. */
const keepAfterMs = 1_000

let isDrawing = false
let reach: Reach = 'good'
let keeping: ReturnType<typeof setTimeout> | undefined
/** What is kept, or will be. */
let kept: Look['all'] | undefined
/** What stands below the list comes with it: nothing moves. */
const drawnOnce = Promise.withResolvers<void>()

const tab = openTab()
const session = openSession({
  unknown: () => reached('unknown'),
  signedOut: () => signOut.leave(),
  back: () => tasks.hurry(),
})
const storage = createStorage(session.database, scheduleDraw)
const drafts = createDrafts(storage, tab, scheduleDraw)
const api = createApi('api', reached, session.send)
const tasks = createTasks({
  api,
  storage,
  tab,
  changed: scheduleDraw,
  happened: (what) => happened(what, { commands, drafts, toast }),
  reached: () => lists.isRead() || void lists.read(),
  listsChanged: () => void lists.read(),
})
const toast = createToast(element('toast'))
const lists = createLists({
  storage,
  drafts,
  send: session.send,
  toast,
  changed: scheduleDraw,
  listDeleted: (id, words) => commands.listDeleted(id, words),
})
const status = createStatus(element('status'), (now) => (now === 'unknown' ? goToSignIn() : tasks.hurry()))
const signOut = createSignOut({ session, storage, toast, hurry: () => tasks.hurry() })
const frame = createFrame(document)
const view = createView(tasks, search, () => list.editing(), lists.all)
const written = createWritten({
  drafts,
  tasks,
  view,
  list: () => list,
  draw,
  changed: scheduleDraw,
  make: lists.make,
})
const commands = createCommands({
  tasks,
  storage,
  tab,
  toast,
  draw,
  list: () => list,
  showAll() {
    searchField.clear()
    linkTo('all').click()
  },
  reopen: (draft) => written.reopen(draft),
  turn: lists.turn,
})
const composer = listenToComposer(element('composer'), {
  add: addHere,
  keep: written.keep,
})
const list = createList(element('list'), {
  actions: {
    ...commands,
    move: (task, { before, after, day }) => commands.move(task, before?.ref ?? following(after ?? task), day),
    date,
    toList,
    listName,
    fold(key) {
      view.fold(key)
      draw()
    },
    more: createRowMenu(element('row-menu'), {
      edit: ({ ref }) => list.edit(ref),
      step: ({ ref }, by) => list.step(ref, by),
      date,
      toList,
      hasLists,
      remove: commands.remove,
    }),
    insist: (change) => drawn(() => tasks.insist(change)),
    giveUp: (change) => drawn(() => tasks.giveUp(change)),
    restore: (task, base) => drawn(() => tasks.restore({ ...task, ...base })),
    keep(task, base, written, key) {
      return drafts.keep(written && { ...written, task, base }, key)
    },
    discard: (task, base, written) => commands.discard({ ...written, task, base }),
    edits: scheduleDraw,
  },
  keyOf: tasks.keyOf,
  otherwise: composer.input,
})

element('mark-all').addEventListener('click', commands.markShown)
element('clear-completed').addEventListener('click', () => {
  commands.clearShown()
  // The button is gone, and on a phone the composer would open the keyboard.
  const heir = element('mark-all')
  if (heir.checkVisibility()) heir.focus()
  else composer.input.focus()
})
const searchField = listenToSearch(search, element('search-all'), {
  changed: () => announce(t.found(draw().tasks.length)),
  searchAll() {
    const link = linkTo('all')
    // The button goes, and has the focus where it was pressed.
    if (document.activeElement !== search) link.focus()
    link.click()
  },
})
listenToViews(() => {
  searchField.read()
  const { name, list: only, title, counts, query, tasks: found } = draw()
  const count = only ? found.filter(({ done }) => !done).length : counts[name]
  const words = query !== '' ? t.found(found.length) : (name === 'completed' ? t.done : t.left)(count)
  announce(`${title}. ${words}`)
})
listenToMenu({ toast, help: showHelp, fields: session.fields, imported: commands.imported })
const choose = listenToCommands(element('commands'), { ...commands, lists: lists.all, toList })
listenToShortcuts({
  ...commands,
  commands: () => choose(),
  find: () => (list.isWhole() || document.activeElement === search ? undefined : () => search.focus()),
  keys: {
    n: () => composer.input.focus(),
    '/': () => search.focus(),
    '?': showHelp,
    g: () => hasLists() && choose('list'),
    j: () => document.querySelector<HTMLElement>('.item [type=checkbox]')?.focus(),
    ...Object.fromEntries(links.map((link, index) => [index + 1, () => link.click()])),
  },
})
addEventListener('online', () => tasks.hurry())
document.addEventListener('visibilitychange', look)
eachDay(scheduleDraw)
addEventListener('beforeunload', (event) => {
  if (!storage.isLasting() && (drafts.size > 0 || tasks.view().changes.length > 0)) event.preventDefault()
})
install(isIdle)
for (const content of takeEntered(composer.input)) addHere([content])
composer.check()
await Promise.all([lists.start(), tasks.start(), commands.start(), written.start(composer)])
look()
void Promise.all([session.who, drawnOnce.promise]).then(([who]) =>
  showAccess(element('access'), who, signOut.begin),
)
// On a phone focusing would open the keyboard over the list.
if (isToAdd || (matchMedia('(hover: hover)').matches && document.activeElement === document.body))
  composer.input.focus()

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
  if (reach === 'unknown') return
  return tasks.keep().catch(() => {})
}

function reached(now: Reach) {
  reach = now
  if (now === 'unknown') void session.lost()
  scheduleDraw()
}

/** Whether the page can reload without interrupting the user. */
function isIdle(): boolean {
  const at = document.activeElement
  return (
    drafts.size === 0 &&
    document.querySelector('.editing, dialog[open], :popover-open') === null &&
    !press.isDown() &&
    !(isText(at) && at.value !== '') &&
    (storage.isLasting() || tasks.view().changes.length === 0)
  )
}

/** The user's own changes are rendered at once. */
function drawn(run: () => void) {
  run()
  draw()
}

/** Changes made elsewhere are rendered once nothing is pressed. */
function scheduleDraw() {
  if (isDrawing) return
  isDrawing = true
  queueMicrotask(() => press.settled(() => isDrawing && draw()))
}

function draw(): Look {
  isDrawing = false
  const look = view.look()
  list.update(look)
  frame.update(look)
  lists.update(look)
  if (look.loaded) drawnOnce.resolve()
  status.update({
    reach,
    unsent: look.changes.filter((change) => !isHeld(change)).length,
    loaded: look.loaded,
    isLasting: storage.isLasting(),
    isWriting: drafts.size > 0,
  })
  if (reach === 'unknown' && isIdle()) void session.lost().then(goToSignIn)
  signOut.update()
  if (look.all !== kept) keeping ??= setTimeout(keep, keepAfterMs)
  kept = look.all
  if (look.loaded) queueMicrotask(written.loaded)
  return look
}

function showHelp() {
  dialogs().then(
    (loaded) => loaded.showHelp({ keyName, singleKeys, t }),
    () => toast.show(t.noFiles),
  )
}

function linkTo(view: ViewName) {
  return links.find((link) => link.dataset['view'] === view)!
}

/** In the whole list. */
function following({ ref }: Task) {
  const { tasks: all } = tasks.view()
  return all[all.findIndex((task) => task.ref === ref) + 1]?.ref ?? null
}

function hasLists() {
  return lists.all().size > 1
}

function listName(id: number) {
  return lists.all().get(id)?.name ?? ''
}

function toList(task: Task, id?: number) {
  if (id !== undefined) commands.toList(task, id, listName(id))
  else if (hasLists()) choose(task)
}

function date(task: Task, day: QuickDay) {
  commands.date(task, quickDays(dateOf(new Date()))[day])
}

/** A task added in a day's view is due that day; one added in a list belongs to that list. */
function addHere(contents: readonly Content[]) {
  const due = currentView() === 'today' ? dateOf(new Date()) : ''
  const list = currentList() || blank.list
  commands.add(contents.map((content) => ({ ...content, due: content.due || due, list })))
}
