/** Reordering by mouse, pen and finger: a row is dragged by its grip and dropped between two others, or onto a list. */
import type { Row } from './row.ts'

export interface Drag {
  isUnderWay(): boolean
}

export interface DragOptions {
  rowOf(node: Node): Row | undefined
  /** Dropped before a row or a heading, onto the link of a list, or at the end. */
  drop(row: Row, before: Element | undefined): void
  /** Called when the drag ends, dropped or not. */
  ended(): void
}

/** The distance from the window's edge at which dragging scrolls, and the scrolling per frame. */
const edge = 72
const speed = 14

export function listenToDrag(list: HTMLElement, { rowOf, drop, ended }: DragOptions): Drag {
  let dragged: { row: Row; pointer: number; startY: number; scrolled: number } | undefined
  let [x, y] = [0, 0]
  let target: Element | undefined

  list.addEventListener('pointerdown', (event) => {
    const grip = (event.target as Element).closest('.grip')
    const row = grip && rowOf(grip)
    if (!row || event.button !== 0 || dragged) return
    event.preventDefault()
    grip.setPointerCapture(event.pointerId)
    row.grip.focus()
    dragged = { row, pointer: event.pointerId, startY: event.clientY, scrolled: scrollY }
    ;[x, y] = [event.clientX, event.clientY]
    row.element.classList.add('dragged')
    list.classList.add('dragging')
    requestAnimationFrame(frame)
  })
  list.addEventListener('pointermove', (event) => {
    if (event.pointerId === dragged?.pointer) [x, y] = [event.clientX, event.clientY]
  })
  list.addEventListener('pointerup', (event) => {
    if (event.pointerId === dragged?.pointer) end(true)
  })
  list.addEventListener('pointercancel', () => end(false))
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && dragged) end(false)
  })

  return { isUnderWay: () => dragged !== undefined }

  function frame() {
    if (!dragged) return
    const link = document.elementFromPoint(x, y)?.closest('[data-list]')
    if (!link && y < edge) scrollBy(0, -speed)
    if (!link && y > innerHeight - edge) scrollBy(0, speed)
    const { row, startY, scrolled } = dragged
    const by = y - startY + scrollY - scrolled
    row.element.style.translate = `0 ${by}px`
    mark(link ?? (by === 0 ? undefined : rowBelow()))
    requestAnimationFrame(frame)
  }

  /** The row or heading before which it would be dropped: the first whose middle is below the pointer, or the end of the list. */
  function rowBelow(): Element {
    for (const element of list.children) {
      if (element === dragged!.row.element || element.classList.contains('spacer')) continue
      const { top, height } = element.getBoundingClientRect()
      if (y < top + height / 2) return element
    }
    return list
  }

  function mark(next: Element | undefined) {
    if (next === target) return
    target?.classList.remove('drop-before', 'drop-end')
    target = next
    target?.classList.add(target === list ? 'drop-end' : 'drop-before')
  }

  function end(dropped: boolean) {
    if (!dragged) return
    const { row } = dragged
    const before = target
    dragged = undefined
    mark(undefined)
    row.element.classList.remove('dragged')
    row.element.style.translate = ''
    list.classList.remove('dragging')
    if (dropped && before) drop(row, before === list ? undefined : before)
    ended()
  }
}
