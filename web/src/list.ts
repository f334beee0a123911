/**
 * The rows on the page, kept in step with the tasks. Rows are reused, so focus and a running edit survive. Of a long
 * list only what can be seen is in the document, between two spacers.
 */
import type { Change } from './changes.ts'
import { type Drag, listenToDrag } from './drag.ts'
import { type Actions, createRow, type Row } from './row.ts'
import type { Ref, Task } from './task.ts'

export interface ListActions extends Actions {
  /** Puts it before the other, or at the end. */
  move(task: Task, before: Task | null): void
}

export interface ListView {
  /** Draws these tasks, in this order. Where the focused row leaves, the focus goes to its neighbour. */
  update(tasks: readonly Task[], held: ReadonlyMap<Ref, Change>, today: string): void
  /** Brings the row of the task into view. */
  show(ref: Ref): void
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
/** Of a row with a title of one line, in pixels. */
const usualHeight = 53
/** What is drawn beyond what is seen, in pixels. */
const beyond = 800

export function createList(element: HTMLElement, { actions, keyOf, otherwise }: ListOptions): ListView {
  const rows = new Map<Ref, Row>()
  /** Of rows that were drawn once; of others an average is taken. */
  const heights = new Map<Ref, number>()
  const [above, below] = [spacer(), spacer()]
  element.append(above, below)
  let tasks: readonly Task[] = []
  let held: ReadonlyMap<Ref, Change> = new Map()
  let today = ''
  let known = new Float64Array()
  let average = usualHeight
  let first = 0
  let last = 0
  const measure = new ResizeObserver((entries) => {
    for (const { target, borderBoxSize } of entries) {
      const key = keys.get(target)
      if (key === undefined || !target.isConnected) continue
      const height = borderBoxSize[0]!.blockSize
      heights.set(key, height)
      known[Number(target.getAttribute('aria-posinset')) - 1] = height
    }
  })
  const keys = new WeakMap<Element, Ref>()
  const drag: Drag = listenToDrag(element, {
    rowOf: (node) => [...rows.values()].find((row) => row.element.contains(node)),
    drop(row, before) {
      actions.move(row.task(), before?.task() ?? null)
    },
  })

  let scheduled = false
  const later = () => {
    if (scheduled || tasks.length <= wholeLength) return
    scheduled = true
    requestAnimationFrame(() => {
      scheduled = false
      if (drag.isUnderWay()) return
      const range = visible()
      if (range.first !== first || range.last !== last) draw(range)
    })
  }
  addEventListener('scroll', later, { passive: true })
  addEventListener('resize', later)
  element.addEventListener('keydown', onKey)

  return {
    update(nextTasks, nextHeld, nextToday) {
      const refocus = neighbourOfLeaving(nextTasks)
      tasks = nextTasks
      held = nextHeld
      today = nextToday
      collectHeights()
      if (drag.isUnderWay()) return
      draw(visible())
      refocus?.()
    },
    show(ref) {
      reveal(tasks.findIndex((task) => keyOf(task.ref) === keyOf(ref)))?.element.scrollIntoView({
        block: 'nearest',
      })
    },
  }

  function draw(range: { first: number; last: number }) {
    first = range.first
    last = range.last
    const shown = tasks.slice(first, last)
    const staying = new Set(shown.map((task) => keyOf(task.ref)))
    for (const [key, row] of rows) {
      if (staying.has(key)) continue
      // An edit under way is not thrown away because its row went out of sight.
      if (row.isEditing() && tasks.some((task) => keyOf(task.ref) === key)) continue
      rows.delete(key)
      measure.unobserve(row.element)
      row.element.remove()
    }
    let place = above.nextElementSibling!
    for (const [index, task] of shown.entries()) {
      const row = rows.get(keyOf(task.ref)) ?? addRow(keyOf(task.ref))
      row.update({ task, held: held.get(task.ref), today, place: first + index + 1, total: tasks.length })
      if (row.element === place) place = place.nextElementSibling!
      else element.insertBefore(row.element, place)
    }
    element.classList.toggle('long', tasks.length > wholeLength)
    above.style.blockSize = `${sumOf(0, first)}px`
    below.style.blockSize = `${sumOf(last, tasks.length)}px`
    above.hidden = first === 0
    below.hidden = last === tasks.length
  }

  function addRow(key: Ref): Row {
    const row = createRow(actions)
    rows.set(key, row)
    keys.set(row.element, key)
    measure.observe(row.element)
    return row
  }

  function visible(): { first: number; last: number } {
    if (tasks.length <= wholeLength) return { first: 0, last: tasks.length }
    const top = -element.getBoundingClientRect().top
    let at = 0
    let from = 0
    while (from < tasks.length && at + heightOf(from) < top - beyond) at += heightOf(from++)
    let to = from
    while (to < tasks.length && at < top + innerHeight + beyond) at += heightOf(to++)
    return { first: Math.min(from, tasks.length - 1), last: to }
  }

  function heightOf(index: number): number {
    return known[index] || average
  }

  function sumOf(from: number, to: number): number {
    let sum = 0
    for (let index = from; index < to; index++) sum += heightOf(index)
    return sum
  }

  /** In an array, for every scroll adds up all of them. */
  function collectHeights() {
    known = Float64Array.from(tasks, (task) => heights.get(keyOf(task.ref)) ?? 0)
    let sum = 0
    for (const height of heights.values()) sum += height
    average = heights.size === 0 ? usualHeight : sum / heights.size
  }

  /** The row of the task at this index, drawn if it was not. */
  function reveal(index: number): Row | undefined {
    const task = tasks[index]
    if (!task) return undefined
    if (!rows.has(keyOf(task.ref))) {
      scrollBy({
        top: element.getBoundingClientRect().top + sumOf(0, index) - innerHeight / 2,
        behavior: 'instant',
      })
      draw(visible())
    }
    return rows.get(keyOf(task.ref))
  }

  function onKey(event: KeyboardEvent) {
    const row = [...rows.values()].find(({ element }) => element.contains(event.target as Node))
    if (!row || row.isEditing()) return
    const index = tasks.indexOf(row.task())
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key]
    if (event.ctrlKey || event.metaKey) return
    if (
      step !== undefined &&
      (event.altKey || (event.target === row.grip && event.key.startsWith('Arrow')))
    ) {
      const neighbour = index + step
      if (neighbour >= 0 && neighbour < tasks.length) {
        actions.move(row.task(), tasks[step > 0 ? neighbour + 1 : neighbour] ?? null)
        // Moved in the document, it may have lost it.
        queueMicrotask(() => (event.target as HTMLElement).focus())
      }
    } else if (event.altKey) return
    else if (step !== undefined) reveal(index + step)?.checkbox.focus()
    else if (event.key === 'Home') reveal(0)?.checkbox.focus()
    else if (event.key === 'End') reveal(tasks.length - 1)?.checkbox.focus()
    else if (event.key === 'F2' || event.key === 'e') row.edit()
    else if (event.key === 'Delete') actions.remove(row.task())
    else return
    event.preventDefault()
  }

  /** Undefined where the focus can stay where it is. */
  function neighbourOfLeaving(next: readonly Task[]): (() => void) | undefined {
    const focused = [...rows].find(([, row]) => row.element.contains(document.activeElement))
    if (!focused) return undefined
    const staying = new Set(next.map((task) => keyOf(task.ref)))
    if (staying.has(focused[0])) return undefined
    const index = tasks.findIndex((task) => keyOf(task.ref) === focused[0])
    const stays = (task: Task) => staying.has(keyOf(task.ref))
    const heir = tasks.slice(index + 1).find(stays) ?? tasks.slice(0, Math.max(index, 0)).findLast(stays)
    return () => {
      if (!heir) return otherwise.focus()
      reveal(tasks.findIndex((task) => keyOf(task.ref) === keyOf(heir.ref)))?.checkbox.focus()
    }
  }
}

function spacer(): HTMLLIElement {
  const element = document.createElement('li')
  element.className = 'spacer'
  element.setAttribute('aria-hidden', 'true')
  element.hidden = true
  return element
}
