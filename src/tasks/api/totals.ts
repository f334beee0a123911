import { limits } from '../../limits.ts'
import type { Commit } from '../../resources/store.ts'
import { nextTurn } from '../../turn.ts'
import type { Change, Filter, TaskStore } from '../store.ts'

/** The number of tasks that match a filter; undefined if counting them would cost more than a page does. */
export type Totals = (filter: Filter) => Promise<number | undefined>

/** Counts of all tasks, or of the done or open ones, by ranges of ids. */
interface Counts {
  readonly ranges: Map<number, number>
  /** Ranges whose tasks have changed since they were counted. */
  readonly stale: Set<number>
  readonly made: number
  sum: number
  /** The last count that was started. */
  turn: Promise<unknown>
}

/**
 * Counts all tasks once and, after a commit, only the ranges of ids that it changed: 0.3 ms each, while counting a million tasks
 * takes 60 ms, and the done ones among them 200 ms.
 */
export function openTotals(store: TaskStore): Totals {
  const counts = new Map<boolean | undefined, Counts>()
  let listening = false
  let asked = 0

  return async ({ done, ...more }) => {
    if (Object.keys(more).length > 0) {
      const count = await store.count({
        ...more,
        ...(done !== undefined && { done }),
        most: limits.pageSize + 1,
      })
      return count > limits.pageSize ? undefined : count
    }
    asked = performance.now()
    if (!listening) store.onCommit(hear)
    listening = true
    const known = counts.get(done)
    // Another program may have written.
    const fresh = known !== undefined && asked - known.made < limits.countedMs
    const current: Counts = fresh
      ? known
      : { ranges: new Map(), stale: new Set(), made: asked, sum: 0, turn: Promise.resolve() }
    counts.set(done, current)
    const counted = current.turn.then(() => count(current, done))
    current.turn = counted.catch(() => {})
    return counted
  }

  async function count(current: Counts, done: boolean | undefined): Promise<number> {
    const { ranges, stale } = current
    const last = rangeOf(await store.lastId())
    for (let range = ranges.size; range <= last; range++) stale.add(range)
    for (const range of [...stale]) {
      stale.delete(range)
      const from = range * limits.countedIds
      const found = await store.count({
        ...(done !== undefined && { done }),
        from,
        below: from + limits.countedIds,
      })
      current.sum += found - (ranges.get(range) ?? 0)
      ranges.set(range, found)
      if (stale.size > 0) await nextTurn()
    }
    return current.sum
  }

  function hear(commit: Commit<Change>) {
    if (counts.size === 0) return
    // Nobody has asked for a while: following every commit would cost more than counting again.
    if (performance.now() - asked > limits.countedMs) return counts.clear()
    for (const change of commit.changes()) {
      if (change.kind === 'moved' || (change.kind === 'reset' && change.of !== undefined)) continue
      if (change.kind === 'reset') return counts.clear()
      const range = rangeOf(change.kind === 'deleted' ? change.id : change.task.id)
      for (const { ranges, stale } of counts.values()) if (ranges.has(range)) stale.add(range)
    }
  }
}

function rangeOf(id: number): number {
  return Math.floor(id / limits.countedIds)
}
