/** As sqlite/write/repeats.ts, for one task or many: what is to come of them is known before anything is written. */
import { limits } from '../../../limits.ts'
import type { Room } from '../../../storage/postgres/room.ts'
import { type Fragment, fragment, raw } from '../../../storage/postgres/sql.ts'
import type { Full } from '../../../storage/writes.ts'
import { dateOf, type NewTask, newTask, nextTask, type Task } from '../../task.ts'
import { moreAt, type Row, taskColumns, toTask, untouchedSql } from '../rows.ts'
import { placeStep } from '../sqlite/write/order.ts'
import type { TaskGroup } from './group.ts'
import { placeBefore } from './order.ts'
import { bury } from './removal.ts'

/** When a write is done: by whom, and what room there is. */
export interface Circumstances {
  readonly now: number
  readonly today: string | undefined
  readonly room: Room
  /** Those that the write may change, or all. */
  readonly lists: readonly number[] | undefined
}

/** What comes of the tasks that a write marks. */
export type Plan = readonly { readonly id: number; readonly next: NewTask | number }[]

/**
 * `from`: the rest of a statement that selects tasks which repeat, or will, from `tasks`. `marked`: what each is once it is
 * marked.
 */
export async function planRepeats(
  group: TaskGroup,
  from: Fragment,
  marked: (task: Task, more: unknown) => Task,
  { now, today = dateOf(now), room }: Circumstances,
): Promise<Plan | Full> {
  const rows = await group.tx.arrays(fragment`select ${raw(taskColumns)}, next_id${from}`)
  const plan = rows.flatMap((row): Plan => {
    const [nextId, more] = row.slice(moreAt) as [number | null, unknown]
    const task = marked(toTask(row as Row), more)
    const next = task.done ? (nextId === null ? nextTask(task, today) : undefined) : nextId || undefined
    return next === undefined ? [] : [{ id: task.id, next }]
  })
  const made = plan.filter(({ next }) => typeof next === 'object').length
  const full = made > 0 && room.refuse({ kind: 'create' }, group.count + made - 1)
  return full || plan
}

/** Once they are marked. Returns the tasks that were made, and the ids of those that are gone. */
export async function followRepeats(
  group: TaskGroup,
  plan: Plan,
  now: number,
): Promise<{ readonly made: readonly Task[]; readonly gone: readonly number[] }> {
  const made: Task[] = []
  const gone: number[] = []
  for (let at = 0; at < plan.length; at += limits.changedAtOnce) {
    const part = plan.slice(at, at + limits.changedAtOnce)
    for (const task of await make(group, part, now)) made.push(task)
    for (const id of await takeAway(group, part)) gone.push(id)
  }
  if (plan.length > 0) await group.reload()
  return { made, gone }
}

async function make(group: TaskGroup, plan: Plan, now: number): Promise<readonly Task[]> {
  const { tx } = group
  const pairs = plan.flatMap(({ id, next }) =>
    typeof next === 'object' ? [{ id, task: newTask(++group.lastId, next, now) }] : [],
  )
  if (pairs.length === 0) return []
  for (const { task } of pairs) group.insert(task)
  group.count += pairs.length
  group.flush()
  const ids = pairs.map(({ id }) => id)
  const nextIds = pairs.map(({ task }) => task.id)
  const list = fragment`unnest(${ids}::bigint[], ${nextIds}::bigint[]) as n (id, next)`
  await tx`update tasks set next_id = n.next from ${list} where tasks.id = n.id`
  // Right before each there is a gap of its own, so many can be placed at once.
  const below = (table: string) => fragment`(select max(place) from ${raw(table)} b where b.place < t.place)`
  const placed =
    await tx`update tasks set place = coalesce(g.lower + (g.upper - g.lower) / 2, g.upper - ${placeStep}::bigint)
    from (select n.next, t.place as upper, greatest(${below('tasks')}, ${below('deleted_tasks')}) as lower
      from ${list} join tasks t on t.id = n.id) as g
    where tasks.id = g.next and (g.lower is null or g.upper - g.lower > 1) returning tasks.id`
  const there = new Set(placed.map(({ id }) => id))
  for (const { id, task } of pairs) {
    if (there.has(task.id)) continue
    const place = await placeBefore(tx, id, task.id, group.lastId)
    if (place !== undefined) await tx`update tasks set place = ${place} where id = ${task.id}`
  }
  return pairs.map(({ task }) => task)
}

async function takeAway(group: TaskGroup, plan: Plan): Promise<readonly number[]> {
  const { tx } = group
  const named = plan.filter(({ next }) => typeof next === 'number')
  if (named.length === 0) return []
  const nextIds = named.map(({ next }) => next as number)
  const rows = await bury(tx, fragment`id = any(${nextIds}::bigint[]) and ${raw(untouchedSql)}`)
  const gone = rows.map(({ id }) => id as number)
  group.count -= gone.length
  const ids = named.map(({ id }) => id)
  await tx`update tasks set next_id = null where id = any(${ids}::bigint[]) and next_id = any(${gone}::bigint[])`
  return gone
}
