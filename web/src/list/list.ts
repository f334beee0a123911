/**
 * The rows on the page, kept in step with the tasks. Rows are reused, so focus and a running edit survive, and the one
 * that has the focus never moves in the document: the others move around it. Of a long list only what can be seen is in
 * the document, with spacers for the rest.
 */
import type { Draft } from '../tasks/drafts.ts'
import type { Ref, Task } from '../tasks/task.ts'
import { type Drag, listenToDrag } from './drag.ts'
import { type Entry, entriesOf, type Place, placeAt, placeBeside } from './entries.ts'
import type { QuickDay } from './groups.ts'
import { createHeights } from './heights.ts'
import { createElements } from './list-elements.ts'
import { commandOf } from './list-keys.ts'
import type { Actions, Row } from './row.ts'
import type { Drawn } from './view.ts'

export interface ListActions extends Actions {
  move(task: Task, to: Place): void
  /** Changes its due date. */
  date(task: Task, day: QuickDay): void
  /** Moves it to a list; undefined: the user is asked. */
  toList(task: Task, list?: number): void
  /** Collapses or expands a group. */
  fold(key: string): void
}

export interface ListView {
  /** Renders these in order. If the focused row disappears or is completed, the focus moves to its neighbour. */
  update(drawn: Drawn): void
  /** Scrolls the task's row into view. Returns whether it was outside. */
  show(ref: Ref): void
  isInView(ref: Ref): boolean
  /** Highlights a new or moved row for a moment. */
  flash(ref: Ref): void
  /** Tasks with an open editor. */
  editing(): ReadonlyMap<Ref, Task>
  /** Opens the editor of a task shown, with its draft. */
  edit(ref: Ref, draft?: Draft): void
  /** Focuses a row, or the fallback if there are no rows. */
  focus(ref: Ref): void
  /** Moves it up or down among the tasks shown. */
  step(ref: Ref, by: 1 | -1): void
  /** Whether the whole list is in the document. */
  isWhole(): boolean
}

export interface ListOptions {
  readonly actions: ListActions
  /** Stays the same for as long as the task is on the page. */
  readonly keyOf: (ref: Ref) => Ref
  /** Gets the focus when no row is left. */
  readonly otherwise: HTMLElement
}

/** Lists up to this length are rendered completely, for find in page, print and read aloud. */
const wholeLength = 200
const flashMs = 1_500
/** Overscan: the height rendered beyond the viewport, in pixels. */
const beyond = 800
/** More new rows than this take longer than a frame: then the visible ones are rendered first. */
const mostNew = 24

export function createList(element: HTMLElement, { actions, keyOf, otherwise }: ListOptions): ListView {
  const heights = createHeights()
  const elements = createElements(element, { actions, heights })
  const { rows } = elements
  let drawn: Drawn = { groups: [], tasks: [], gone: new Set(), held: new Map(), today: '', lists: undefined }
  let entries: readonly Entry[] = []
  let range = { first: 0, last: 0 }
  let printing = false
  const drag: Drag = listenToDrag(element, {
    rowOf: (node) => rowAt(node),
    drop(row, before) {
      const list = before?.getAttribute('data-list')
      if (list) actions.toList(row.task(), Number(list))
      else put(row.task(), before ? entryIndexOf(before) : entries.length)
    },
    ended: () => draw(visible()),
  })

  let scheduled = false
  const later = () => {
    if (scheduled || isWhole()) return
    scheduled = true
    requestAnimationFrame(() => {
      scheduled = false
      if (drag.isUnderWay()) return
      const next = visible()
      if (next.first !== range.first || next.last !== range.last) draw(next)
    })
  }
  addEventListener('scroll', later, { passive: true })
  addEventListener('resize', later)
  // Print renders all rows.
  addEventListener('beforeprint', () => print(true))
  addEventListener('afterprint', () => print(false))
  element.addEventListener('keydown', onKey)

  return {
    update(next) {
      const refocus = neighbourOfLeaving(next.tasks)
      drawn = next
      entries = entriesOf(next.groups, keyOf)
      heights.know(entries.map(({ key }) => key))
      if (drag.isUnderWay()) return
      drawInTime()
      refocus?.()
    },
    show(ref) {
      reveal(indexOf(ref))?.element.scrollIntoView({ block: 'nearest' })
      flash(ref)
    },
    flash,
    isInView(ref) {
      const box = rows.get(keyOf(ref))?.element.getBoundingClientRect()
      return box !== undefined && box.top >= 0 && box.bottom <= innerHeight
    },
    editing: () =>
      new Map([...rows.values()].flatMap((row) => (row.isEditing() ? [[row.task().ref, row.task()]] : []))),
    edit: (ref, draft) => reveal(indexOf(ref))?.edit(draft),
    focus: (ref) => (reveal(indexOf(ref))?.checkbox ?? otherwise).focus(),
    step,
    isWhole,
  }

  function flash(ref: Ref) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
    rows.get(keyOf(ref))?.element.animate({ backgroundColor: ['var(--accent-soft)', 'transparent'] }, flashMs)
  }

  function isWhole(): boolean {
    return drawn.tasks.length <= wholeLength
  }

  function print(on: boolean) {
    printing = on
    draw(visible())
  }

  function draw(next: { first: number; last: number }) {
    range = next
    elements.draw(drawn, entries, [...placesToDraw()])
    element.classList.toggle('long', !isWhole())
  }

  /** If most rows are new, as with each keystroke of a search, those outside the viewport wait for the next frame. */
  function drawInTime() {
    const all = visible()
    // The focused element may be just outside the viewport.
    if (isWhole() || printing || element.contains(document.activeElement)) return draw(all)
    let missing = 0
    for (let index = all.first; index < all.last && missing <= mostNew; index++)
      if (!rows.has(entries[index]!.key)) missing++
    if (missing <= mostNew) return draw(all)
    draw(visible(0))
    later()
  }

  /** The visible rows, and those being edited, which must not be discarded when they scroll out of the viewport. */
  function* placesToDraw(): Generator<number> {
    const { first, last } = range
    const editing = [...rows]
      .filter(([, row]) => row.isEditing())
      .map(([key]) => entries.findIndex((entry) => entry.key === key))
      .sort((a, b) => a - b)
    yield* editing.filter((index) => index >= 0 && index < first)
    for (let index = first; index < last; index++) yield index
    yield* editing.filter((index) => index >= last)
  }

  function visible(margin = beyond): { first: number; last: number } {
    const { length } = entries
    if (isWhole() || printing) return { first: 0, last: length }
    const top = -element.getBoundingClientRect().top
    const first = Math.min(heights.at(top - margin), length - 1)
    return { first, last: Math.min(heights.at(top + innerHeight + margin) + 1, length) }
  }

  function indexOf(ref: Ref): number {
    return entries.findIndex(({ key, task }) => task !== undefined && key === keyOf(ref))
  }

  function entryIndexOf(element: Element): number {
    const key = elements.keyOf(element)
    return entries.findIndex((entry) => entry.key === key)
  }

  function rowAt(node: EventTarget | null): Row | undefined {
    return [...rows.values()].find((row) => row.element.contains(node as Node))
  }

  /** The row of the entry at this index, rendered if necessary. */
  function reveal(index: number): Row | undefined {
    const entry = entries[index]
    if (!entry?.task) return undefined
    if (!rows.has(entry.key)) {
      scrollBy({
        top: element.getBoundingClientRect().top + heights.sum(0, index) - innerHeight / 2,
        behavior: 'instant',
      })
      draw(visible())
    }
    return rows.get(entry.key)
  }

  function onKey(event: KeyboardEvent) {
    const row = rowAt(event.target)
    const command = row && !row.isEditing() ? commandOf(event, row.grip) : undefined
    if (!row || !command) return
    const task = row.task()
    const place = drawn.tasks.findIndex(({ ref }) => keyOf(ref) === keyOf(task.ref))
    const focus = (other: Task | undefined) => other && reveal(indexOf(other.ref))?.checkbox.focus()
    if (command.does === 'step') step(task.ref, command.by)
    else if (command.does === 'go') focus(drawn.tasks[place + command.by])
    else if (command.does === 'first') focus(drawn.tasks[0])
    else if (command.does === 'last') focus(drawn.tasks.at(-1))
    else if (command.does === 'edit') row.edit()
    else if (command.does === 'date') actions.date(task, command.day)
    else if (command.does === 'list') actions.toList(task)
    else actions.remove(task)
    event.preventDefault()
  }

  function step(ref: Ref, by: 1 | -1) {
    const index = indexOf(ref)
    const place = index === -1 ? undefined : placeBeside(entries, index, by)
    if (place) actions.move(entries[index]!.task!, place)
  }

  function put(task: Task, before: number) {
    const place = placeAt(entries, indexOf(task.ref), before)
    if (place) actions.move(task, place)
  }

  /** Undefined where the focus can stay where it is. */
  function neighbourOfLeaving(next: readonly Task[]): (() => void) | undefined {
    const focused = [...rows].find(([, row]) => row.element.contains(document.activeElement))
    if (!focused) return undefined
    const [key, row] = focused
    const now = next.find((task) => keyOf(task.ref) === key)
    // A completed task moves to the completed group. The focus stays at its old position, unless it is on something else
    // in the row, such as the choice between two versions: then it moves with the row.
    const isTicked = now?.done !== row.task().done && document.activeElement === row.checkbox
    if (now && (row.isEditing() || !isTicked)) return undefined
    const staying = new Set(next.map((task) => keyOf(task.ref)))
    staying.delete(key)
    const { tasks } = drawn
    const index = tasks.findIndex((task) => keyOf(task.ref) === key)
    const stays = (task: Task) => staying.has(keyOf(task.ref))
    const heir = tasks.slice(index + 1).find(stays) ?? tasks.slice(0, Math.max(index, 0)).findLast(stays)
    if (now && !heir) return undefined
    // The heading of its new group, in preference to a field that opens a keyboard.
    const rest = () => element.querySelector<HTMLElement>('.group button') ?? otherwise
    return () => (heir ? reveal(indexOf(heir.ref))?.checkbox : rest())?.focus()
  }
}
