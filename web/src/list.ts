/**
 * The rows on the page, kept in step with the tasks. Rows are reused, so focus and a running edit survive, and the one
 * that has the focus never moves in the document: the others move around it. Of a long list only what can be seen is in
 * the document, with spacers for the rest.
 */
import { arrange } from './arrange.ts'
import type { Draft } from './drafts.ts'
import { type Drag, listenToDrag } from './drag.ts'
import { createHeights } from './heights.ts'
import { keyOf as keyNameOf } from './keys.ts'
import { type Actions, createRow, type Row } from './row.ts'
import type { Ref, Task } from './task.ts'
import type { Drawn } from './view.ts'

export interface ListActions extends Actions {
  /** Puts it before the other, or at the end. */
  move(task: Task, before: Task | null): void
}

export interface ListView {
  /** Draws these, in this order. Where the focused row leaves, the focus goes to its neighbour. */
  update(drawn: Drawn): void
  /** Brings the row of the task into view; whether it was out of it. */
  show(ref: Ref): void
  isInView(ref: Ref): boolean
  /** Those with an open editor. */
  editing(): ReadonlyMap<Ref, Task>
  /** Opens the editor of a task that is shown, with what was written there. */
  edit(ref: Ref, draft?: Draft): void
  /** Puts the focus on a row, or where it goes without rows. */
  focus(ref: Ref): void
  /** Moves it among those shown, up or down. */
  step(ref: Ref, by: 1 | -1): void
  /** Whether all of the list is in the document. */
  isWhole(): boolean
}

export interface ListOptions {
  readonly actions: ListActions
  /** Stays the same for as long as the task is on the page. */
  readonly keyOf: (ref: Ref) => Ref
  /** Gets the focus when no row is left to have it. */
  readonly otherwise: HTMLElement
}

/** Lists up to this are in the document as a whole: find in page, print and reading aloud go over all of it. */
const wholeLength = 200
/** What is drawn beyond what is seen, in pixels. */
const beyond = 800

export function createList(element: HTMLElement, { actions, keyOf, otherwise }: ListOptions): ListView {
  const rows = new Map<Ref, Row>()
  const heights = createHeights()
  const spacers: HTMLElement[] = []
  let drawn: Drawn = { tasks: [], gone: new Set(), held: new Map(), today: '' }
  let range = { first: 0, last: 0 }
  let printing = false
  const drag: Drag = listenToDrag(element, {
    rowOf: (node) => rowAt(node),
    drop: (row, before) => actions.move(row.task(), before?.task() ?? null),
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
  // Paper has no scroll bar.
  addEventListener('beforeprint', () => print(true))
  addEventListener('afterprint', () => print(false))
  element.addEventListener('keydown', onKey)

  return {
    update(next) {
      const refocus = neighbourOfLeaving(next.tasks)
      drawn = next
      heights.know(next.tasks.map(({ ref }) => keyOf(ref)))
      if (drag.isUnderWay()) return
      draw(visible())
      refocus?.()
    },
    show: (ref) => reveal(indexOf(ref))?.element.scrollIntoView({ block: 'nearest' }),
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

  function isWhole(): boolean {
    return drawn.tasks.length <= wholeLength
  }

  function print(on: boolean) {
    printing = on
    draw(visible())
  }

  function draw(next: { first: number; last: number }) {
    range = next
    const { tasks, gone, held, today } = drawn
    const total = tasks.length
    const wanted: HTMLElement[] = []
    const staying = new Set<Ref>()
    let spaced = 0
    let at = 0
    for (const index of placesToDraw()) {
      space(at, index)
      const task = tasks[index]!
      const key = keyOf(task.ref)
      const row = rows.get(key) ?? addRow(key)
      row.update({ task, gone: gone.has(task.ref), held: held.get(task.ref), today, place: index + 1, total })
      wanted.push(row.element)
      staying.add(key)
      at = index + 1
    }
    space(at, total)
    for (const [key, row] of rows)
      if (!staying.has(key)) {
        rows.delete(key)
        heights.forget(row.element)
        row.element.remove()
      }
    for (const spacer of spacers.splice(spaced)) spacer.remove()
    arrange(element, wanted)
    element.classList.toggle('long', !isWhole())

    function space(from: number, to: number) {
      if (from >= to) return
      const spacer = spacers[spaced] ?? addSpacer()
      spaced++
      spacer.style.blockSize = `${heights.sum(from, to)}px`
      wanted.push(spacer)
    }
  }

  /** What can be seen, and what is edited: that is not thrown away because its row went out of sight. */
  function* placesToDraw(): Generator<number> {
    const { first, last } = range
    const editing = [...rows]
      .filter(([, row]) => row.isEditing())
      .map(([key]) => drawn.tasks.findIndex(({ ref }) => keyOf(ref) === key))
      .sort((a, b) => a - b)
    yield* editing.filter((index) => index >= 0 && index < first)
    for (let index = first; index < last; index++) yield index
    yield* editing.filter((index) => index >= last)
  }

  function addRow(key: Ref): Row {
    const row = createRow(actions)
    rows.set(key, row)
    heights.watch(row.element, key)
    return row
  }

  function addSpacer(): HTMLElement {
    const spacer = document.createElement('li')
    spacer.className = 'spacer'
    spacer.setAttribute('aria-hidden', 'true')
    spacers.push(spacer)
    return spacer
  }

  function visible(): { first: number; last: number } {
    const { length } = drawn.tasks
    if (isWhole() || printing) return { first: 0, last: length }
    const top = -element.getBoundingClientRect().top
    const first = Math.min(heights.at(top - beyond), length - 1)
    return { first, last: Math.min(heights.at(top + innerHeight + beyond) + 1, length) }
  }

  function indexOf(ref: Ref): number {
    return drawn.tasks.findIndex((task) => keyOf(task.ref) === keyOf(ref))
  }

  function rowAt(node: EventTarget | null): Row | undefined {
    return [...rows.values()].find((row) => row.element.contains(node as Node))
  }

  /** The row of the task at this index, drawn if it was not. */
  function reveal(index: number): Row | undefined {
    const task = drawn.tasks[index]
    if (!task) return undefined
    if (!rows.has(keyOf(task.ref))) {
      scrollBy({
        top: element.getBoundingClientRect().top + heights.sum(0, index) - innerHeight / 2,
        behavior: 'instant',
      })
      draw(visible())
    }
    return rows.get(keyOf(task.ref))
  }

  function onKey(event: KeyboardEvent) {
    const row = rowAt(event.target)
    if (!row || row.isEditing() || event.ctrlKey || event.metaKey || event.defaultPrevented) return
    const index = indexOf(row.task().ref)
    const key = keyNameOf(event)
    const by = ({ ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 } as const)[key]
    if (by !== undefined && (event.altKey || (event.target === row.grip && key.startsWith('Arrow'))))
      step(row.task().ref, by)
    else if (event.altKey) return
    else if (by !== undefined) reveal(index + by)?.checkbox.focus()
    else if (key === 'Home') reveal(0)?.checkbox.focus()
    else if (key === 'End') reveal(drawn.tasks.length - 1)?.checkbox.focus()
    else if (key === 'F2' || key === 'e') row.edit()
    // Where a keyboard has no other key for it, as on a Mac.
    else if (key === 'Delete' || key === 'Backspace') actions.remove(row.task())
    else return
    event.preventDefault()
  }

  function step(ref: Ref, by: 1 | -1) {
    const { tasks } = drawn
    const index = indexOf(ref)
    const neighbour = index + by
    if (index === -1 || neighbour < 0 || neighbour >= tasks.length) return
    actions.move(tasks[index]!, tasks[by > 0 ? neighbour + 1 : neighbour] ?? null)
  }

  /** Undefined where the focus can stay where it is. */
  function neighbourOfLeaving(next: readonly Task[]): (() => void) | undefined {
    const focused = [...rows].find(([, row]) => row.element.contains(document.activeElement))
    if (!focused) return undefined
    const staying = new Set(next.map((task) => keyOf(task.ref)))
    if (staying.has(focused[0])) return undefined
    const { tasks } = drawn
    const index = tasks.findIndex((task) => keyOf(task.ref) === focused[0])
    const stays = (task: Task) => staying.has(keyOf(task.ref))
    const heir = tasks.slice(index + 1).find(stays) ?? tasks.slice(0, Math.max(index, 0)).findLast(stays)
    return () => (heir ? reveal(indexOf(heir.ref))?.checkbox : otherwise)?.focus()
  }
}
