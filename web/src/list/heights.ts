/** Heights of rows and headings: measured for those already rendered, the average for the others. */
import type { Ref } from '../tasks/task.ts'

export interface Heights {
  /** Sets the rows. */
  know(keys: readonly Ref[]): void
  watch(row: Element, key: Ref): void
  /** The index of the row. */
  place(row: Element, index: number): void
  forget(row: Element): void
  /** The height of the rows from one index up to another, in pixels. */
  sum(from: number, to: number): number
  /** The index of the row at this distance from the top, in pixels. */
  at(top: number): number
}

/** The height of a row with a one-line title, in pixels. */
const usual = 45

export function createHeights(): Heights {
  const heights = new Map<Ref, number>()
  const keys = new WeakMap<Element, Ref>()
  const places = new WeakMap<Element, number>()
  /** An array, since every scroll adds up all of them. */
  let known = new Float64Array()
  let total = 0
  const average = () => (heights.size === 0 ? usual : total / heights.size)
  const observer = new ResizeObserver((entries) => {
    for (const { target, borderBoxSize } of entries) {
      const key = keys.get(target)
      if (key === undefined || !target.isConnected) continue
      const height = borderBoxSize[0]!.blockSize
      total += height - (heights.get(key) ?? 0)
      heights.set(key, height)
      known[places.get(target)!] = height
    }
  })

  return {
    know(rows) {
      known = new Float64Array(rows.length)
      if (heights.size > 0) for (const [index, key] of rows.entries()) known[index] = heights.get(key) ?? 0
    },
    watch(row, key) {
      keys.set(row, key)
      observer.observe(row)
    },
    place: (row, index) => places.set(row, index),
    forget: (row) => observer.unobserve(row),
    sum(from, to) {
      const usually = average()
      let sum = 0
      for (let index = from; index < to; index++) sum += known[index] || usually
      return sum
    },
    at(top) {
      const usually = average()
      let index = 0
      for (let sum = 0; index < known.length && sum + (known[index] || usually) < top; index++)
        sum += known[index] || usually
      return index
    },
  }
}
