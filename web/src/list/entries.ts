/** The entries of the list, in order: rows and group headings. */

import type { Ref, Task } from '../tasks/task.ts'
import type { Group } from './groups.ts'

export interface Entry {
  /** Stays the same for as long as it is on the page. */
  readonly key: Ref
  readonly group: Group
  /** Undefined for a heading. */
  readonly task: Task | undefined
  /** Its position among the tasks, from 1. */
  readonly place: number
}

/** The target position of a task. */
export interface Place {
  /** The next and the previous task in the same group. */
  readonly before: Task | undefined
  readonly after: Task | undefined
  /** Its due date there; undefined if unchanged. */
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

/** The place of the task at one index when moved before the entry at another. Undefined if nothing can be moved there. */
export function placeAt(entries: readonly Entry[], from: number, to: number): Place | undefined {
  const rest = entries.filter((_, index) => index !== from)
  let at = to > from ? to - 1 : to
  // Below a collapsed group means above it.
  while (rest[at - 1]?.group.isFolded) at--
  const { group } = rest[at - 1] ?? rest[0] ?? entries[from]!
  if (!isOrdered(group) || entries[from]!.group.isFolded !== undefined) return undefined
  const inGroup = (entry: Entry | undefined) => (entry?.group === group ? entry.task : undefined)
  return { before: inGroup(rest[at]), after: inGroup(rest[at - 1]), day: group.day }
}

/** One up or down from the task at this index: past a heading it enters the next group. */
export function placeBeside(entries: readonly Entry[], from: number, by: 1 | -1): Place | undefined {
  const next = entries[from + by]
  const isBeyond = next === undefined || (from + by === 0 && next.task === undefined)
  return isBeyond ? undefined : placeAt(entries, from, by > 0 ? from + 2 : from - 1)
}

/** Whether its tasks are in the user's order. Collapsible groups hold completed tasks, ordered by time or arbitrarily. */
function isOrdered({ key, day }: Group): boolean {
  return key === 'all' || day !== undefined
}
