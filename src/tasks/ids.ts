import { limits } from '../limits.ts'

/** Task ids as sorted, disjoint, inclusive ranges: thousands of ids in little space. */
export type Ids = readonly (readonly [from: number, to: number])[]

/** Parses ids from JSON such as `[1,[3,250]]`: each an id or a range. Returns a string that says what is wrong, if anything is. */
export function parseIds(value: unknown): Ids | string {
  if (!Array.isArray(value) || value.length === 0) return 'must be an array of ids or [from, to]'
  const ranges: [number, number][] = []
  for (const each of value) {
    const [from, to, ...more] = Array.isArray(each) ? each : [each, each]
    if (!isId(from) || !isId(to) || from > to || more.length > 0)
      return 'must have ids or [from, to] with from up to to'
    ranges.push([from, to])
  }
  const ids = joined(ranges)
  if (sizeOf(ids) > limits.bulkTasks) return `must name at most ${limits.bulkTasks} tasks`
  return ids
}

/** Distinct ids, in any order. */
export function idsOf(ids: Iterable<number>): Ids {
  return joined(Array.from(ids, (id): [number, number] => [id, id]))
}

export function sizeOf(ids: Ids): number {
  return ids.reduce((count, [from, to]) => count + to - from + 1, 0)
}

function joined(ranges: readonly [number, number][]): Ids {
  const ids: [number, number][] = []
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = ids.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else ids.push([from, to])
  }
  return ids
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
