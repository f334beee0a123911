/** What stands in the list, in order: rows, and the headings of groups. */

import type { Ref, Task } from '../tasks/task.ts'
import type { Group } from './groups.ts'

export interface Entry {
  /** Stays the same for as long as it is on the page. */
  readonly key: Ref
  readonly group: Group
  /** Undefined for a heading. */
  readonly task: Task | undefined
  /** Among the tasks, from 1. */
  readonly place: number
}

/** Where a task is to stand. */
export interface Place {
  /** The task that it comes before, and the one that it comes after, in the same group. */
  readonly before: Task | undefined
  readonly after: Task | undefined
  /** The day that it gets there; undefined where it keeps its own. */
  readonly day: string | undefined
}

export function entriesOf(groups: readonly Group[], keyOf: (ref: Ref) => Ref): Entry[] {
  const entries: Entry[] = []
  let place = 0
  for (const group of groups) {
    if (group.title !== '')
      entries.push({ key: `group ${group.key}`, group, task: undefined, place: place + 1 })
    if (!group.isFolded)
      for (const task of group.tasks) entries.push({ key: keyOf(task.ref), group, task, place: ++place })
  }
  return entries
}

/** Of the task at one index when it is put before the entry at another. Undefined where nothing can be put. */
export function placeAt(entries: readonly Entry[], from: number, to: number): Place | undefined {
  const rest = entries.filter((_, index) => index !== from)
  let at = to > from ? to - 1 : to
  // Below what is folded is above it.
  while (rest[at - 1]?.group.isFolded) at--
  const { group } = rest[at - 1] ?? rest[0] ?? entries[from]!
  if (!isOrdered(group) || entries[from]!.group.isFolded !== undefined) return undefined
  const inGroup = (entry: Entry | undefined) => (entry?.group === group ? entry.task : undefined)
  return { before: inGroup(rest[at]), after: inGroup(rest[at - 1]), day: group.day }
}

/** One up or down from the task at this index: at a heading it goes into the group beyond. */
export function placeBeside(entries: readonly Entry[], from: number, by: 1 | -1): Place | undefined {
  const next = entries[from + by]
  const isBeyond = next === undefined || (from + by === 0 && next.task === undefined)
  return isBeyond ? undefined : placeAt(entries, from, by > 0 ? from + 2 : from - 1)
}

/** Whether its tasks are in the user's own order. Those that can be folded are done: their order is that of time, or does not matter. */
function isOrdered({ key, day }: Group): boolean {
  return key === 'all' || day !== undefined
}
