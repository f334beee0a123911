/** Wires the page: elements, the list of tasks, what is shown of it. */
import { announce } from './announce.ts'
import { api } from './api.ts'
import { currentFilter, type Filter, listenToFilters, matches } from './filter.ts'
import { createList } from './list.ts'
import { createTasks, type Happening, type Item } from './tasks.ts'

/** Code points, as the server counts. */
const longestTitle = 200

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
const input = element<HTMLInputElement>('new-title')
const markAll = element<HTMLButtonElement>('mark-all')
const clear = element<HTMLButtonElement>('clear-completed')
const links = document.querySelectorAll<HTMLAnchorElement>('[data-filter]')

let loaded = false
let drawing = false
let bulkAgain = () => {}
const tasks = createTasks(api, scheduleDraw, tell)
const list = createList(
  element('list'),
  {
    toggle(item, done) {
      tasks.change(item, { done })
      announce(`${titleOf(item)}: ${done ? 'completed' : 'active again'}. ${left()}`)
    },
    rename(item, title) {
      tasks.change(item, { title })
      announce(`Saved as ${title}`)
    },
    remove(item) {
      announce(`${titleOf(item)} deleted`)
      tasks.remove(item)
    },
    retry: (item) => tasks.retry(item),
    discard: (item) => tasks.discard(item),
  },
  input,
)

element('composer').addEventListener('submit', (event) => {
  event.preventDefault()
  const title = input.value.trim()
  const fault = title === '' ? '' : titleFault(title)
  element('new-fault').textContent = fault
  input.setAttribute('aria-invalid', String(fault !== ''))
  if (title === '' || fault !== '') return
  tasks.add(title)
  input.value = ''
  announce(`${title} added. ${left()}`)
})
input.addEventListener('input', () => {
  element('new-fault').textContent = ''
  input.setAttribute('aria-invalid', 'false')
})
markAll.addEventListener('click', () => {
  forgetBulkFault()
  const done = open().length > 0
  tasks.markAll(done)
  announce(done ? 'All tasks completed' : 'All tasks active again')
})
clear.addEventListener('click', () => {
  forgetBulkFault()
  const count = wanted().length - open().length
  tasks.clearCompleted()
  announce(`${count} completed ${count === 1 ? 'task' : 'tasks'} deleted. ${left()}`)
  input.focus()
})
element('bulk-retry').addEventListener('click', () => {
  const again = bulkAgain
  forgetBulkFault()
  again()
  markAll.focus()
})
element('bulk-discard').addEventListener('click', () => {
  forgetBulkFault()
  markAll.focus()
})
element('reload').addEventListener('click', () => void load())
listenToFilters(links, () => {
  draw()
  announce(`${titleOfFilter[currentFilter()]}. ${left()}`)
})
document.addEventListener('visibilitychange', () => {
  // What other tabs and devices changed. A failure here shows at the next change.
  if (loaded && document.visibilityState === 'visible') tasks.load().catch(() => {})
})
void load()

const titleOfFilter: Readonly<Record<Filter, string>> = {
  all: 'All tasks',
  active: 'Active tasks',
  completed: 'Completed tasks',
}

async function load() {
  element('trouble').hidden = true
  // A quick answer needs no word; a slow one does.
  const patience = setTimeout(() => {
    element('loading').hidden = false
  }, 400)
  try {
    await tasks.load()
    loaded = true
    draw()
    // On a phone this would open the keyboard over the list.
    if (matchMedia('(hover: hover)').matches && document.activeElement === document.body) input.focus()
  } catch (error) {
    element('trouble-reason').textContent = (error as Error).message
    element('trouble').hidden = false
  }
  clearTimeout(patience)
  element('loading').hidden = true
}

function scheduleDraw() {
  if (drawing) return
  drawing = true
  queueMicrotask(draw)
}

function draw() {
  drawing = false
  const filter = currentFilter()
  const items = tasks.items()
  const shown = items.filter((item) => matches(filter, item))
  const total = wanted().length
  const done = total - open().length
  document.title = open().length > 0 ? `Tasks (${open().length})` : 'Tasks'
  for (const link of links) {
    if (link.dataset['filter'] === filter) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  list.update(shown)
  element('list-title').textContent = titleOfFilter[filter]
  element('sheet').hidden = items.length === 0
  element('welcome').hidden = !loaded || items.length > 0
  element('none').hidden = shown.length > 0 || items.length === 0
  element('none').textContent = filter === 'completed' ? 'Nothing completed yet.' : 'Nothing left to do.'
  element('progress').hidden = total === 0
  element('progress-text').textContent = `${done} of ${total} done`
  element<HTMLProgressElement>('progress-bar').value = total === 0 ? 0 : done / total
  element('left').textContent = left()
  markAll.textContent = open().length > 0 ? 'Complete all' : 'Reopen all'
  clear.hidden = done === 0
}

function tell(what: Happening) {
  if (what.kind === 'failed')
    announce(`${titleOf(what.item)} could not be saved. ${what.reason}`, 'assertive')
  if (what.kind === 'gone') announce(`${titleOf(what.item)} was deleted elsewhere`, 'assertive')
  if (what.kind === 'bulk failed') {
    bulkAgain = what.again
    element('bulk-reason').textContent = `Not saved: ${what.reason}`
    element('bulk-fault').hidden = false
  }
}

function forgetBulkFault() {
  element('bulk-fault').hidden = true
}

function wanted(): Item[] {
  return tasks.items().filter((item) => item.wanted !== null)
}

function open(): Item[] {
  return wanted().filter((item) => !item.wanted!.done)
}

function left(): string {
  const count = open().length
  return `${count} ${count === 1 ? 'task' : 'tasks'} left`
}

function titleOf(item: Item): string {
  return (item.wanted ?? item.saved)?.title ?? 'A task'
}

/** Why the server would not take it, or ''. */
function titleFault(title: string): string {
  const length = [...title].length
  return length > longestTitle
    ? `Too long by ${length - longestTitle}: a title has at most ${longestTitle} characters.`
    : ''
}
