/** The rows on the page, kept in step with the items. Rows are reused, so focus and a running edit survive. */
import { type Actions, createRow, type Row } from './item.ts'
import type { Item } from './tasks.ts'

export interface ListView {
  /** Draws these items, in this order. Where the focused row leaves, the focus goes to its neighbour. */
  update(items: readonly Item[]): void
}

/** `otherwise` gets the focus when no row is left to have it. */
export function createList(list: HTMLElement, actions: Actions, otherwise: HTMLElement): ListView {
  const rows = new Map<number, Row>()

  return {
    update(items) {
      const refocus = neighbourOfLeaving(items)
      const keys = new Set(items.map((item) => item.key))
      for (const [key, row] of rows) {
        if (keys.has(key)) continue
        rows.delete(key)
        row.element.remove()
      }
      let place = list.firstElementChild
      for (const item of items) {
        const row = rows.get(item.key) ?? addRow(item)
        row.update()
        if (row.element === place) place = place.nextElementSibling
        else list.insertBefore(row.element, place)
      }
      refocus?.()
    },
  }

  function addRow(item: Item): Row {
    const row = createRow(item, actions)
    rows.set(item.key, row)
    return row
  }

  /** Undefined where the focus can stay where it is. */
  function neighbourOfLeaving(items: readonly Item[]): (() => void) | undefined {
    const focused = [...rows].find(([, row]) => row.element.contains(document.activeElement))
    if (!focused || items.some((item) => item.key === focused[0])) return undefined
    const keys = new Set(items.map((item) => item.key))
    const order = [...rows.entries()].sort(([, a], [, b]) =>
      a.element.compareDocumentPosition(b.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1,
    )
    const index = order.findIndex(([key]) => key === focused[0])
    const stays = ([key]: [number, Row]) => keys.has(key)
    const next = order.slice(index).find(stays) ?? order.slice(0, index).findLast(stays)
    return () => (next ? next[1].checkbox : otherwise).focus()
  }
}
