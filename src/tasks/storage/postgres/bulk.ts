/** As sqlite/write/bulk.ts. No statement covers more ids than `partsOf` allows, so none exceeds its time limit, however many tasks there are. */
import { limits } from '../../../limits.ts'
import { type Fragment, fragment } from '../../../storage/postgres/sql.ts'
import { earliestTime } from '../../../storage/sqlite/clock.ts'
import type { Full, Outcome } from '../../../storage/writes.ts'
import { type Ids, idsOf } from '../../ids.ts'
import { type Bulk, bulkMarked, type Marks, marksOf, undoOf } from '../sqlite/write/bulk.ts'
import { isInLists, type TaskGroup, versionSql } from './group.ts'
import { bury, columns, returningColumns } from './removal.ts'
import { type Circumstances, followRepeats, planRepeats } from './repeats.ts'

export async function markAll(
  group: TaskGroup,
  done: boolean,
  circumstances: Circumstances,
): Promise<number | Full> {
  const { tx, lastId, reload } = group
  const { now } = circumstances
  const repeating = fragment` from tasks where repeat is not null and done <> ${Number(done)} and ${isInLists(circumstances.lists)}`
  const plan = await planRepeats(group, repeating, (task) => ({ ...task, done }), circumstances)
  if (typeof plan === 'string') return plan
  let count = 0
  for (const ids of partsOf([[1, lastId]]))
    count += (
      await tx`update tasks set done = ${Number(done)}, updated = ${versionSql(now)}, completed = ${done ? now : null}::bigint
        where done <> ${Number(done)} and ${isIn(ids)} and ${isInLists(circumstances.lists)}`
    ).count
  await reload()
  await followRepeats(group, plan, now)
  return count
}

export async function removeCompleted(
  { tx, lastId, reload }: TaskGroup,
  lists?: readonly number[],
): Promise<number> {
  let count = 0
  for (const ids of partsOf([[1, lastId]]))
    count += (await bury(tx, fragment`done = 1 and ${isIn(ids)} and ${isInLists(lists)}`)).count
  await reload()
  return count
}

export async function markSome(
  group: TaskGroup,
  ids: Ids,
  done: boolean,
  circumstances: Circumstances,
): Promise<Bulk | Full> {
  const rows =
    await group.tx`select id, completed from tasks where done <> ${Number(done)} and ${isIn(ids)} and ${isInLists(circumstances.lists)}`
  const marks = marksOf(
    rows.map(({ id, completed }) => [id, completed]),
    done ? circumstances.now : null,
  )
  return setMarks(group, marks, circumstances)
}

export async function removeSome(
  { tx, reload }: Pick<TaskGroup, 'tx' | 'reload'>,
  ids: Ids,
  {
    unchangedSince = Number.MAX_SAFE_INTEGER,
    lists,
  }: { unchangedSince?: number; lists?: readonly number[] | undefined },
): Promise<Bulk> {
  const gone: number[] = []
  for (const part of partsOf(ids)) {
    const rows = await bury(
      tx,
      fragment`updated <= ${unchangedSince}::bigint and ${isIn(part)} and ${isInLists(lists)}`,
    )
    for (const { id } of rows) gone.push(id)
  }
  await reload()
  return { count: gone.length, undo: { kind: 'removed', ids: idsOf(gone) } }
}

export async function undo(group: TaskGroup, key: string, circumstances: Circumstances): Promise<Outcome> {
  const known = group.answers.get(key)
  const undo = known && undoOf(known.outcome)
  if (undo === undefined) return 'not found'
  if (undo.kind === 'marked') return setMarks(group, undo.marks, circumstances)
  return undo.kind === 'removed'
    ? restore(group, undo.ids, circumstances)
    : removeSome(group, undo.ids, { unchangedSince: undo.time, lists: circumstances.lists })
}

/** In one statement, however many different completion times there are. */
async function setMarks(
  group: TaskGroup,
  marks: readonly Marks[],
  circumstances: Circumstances,
): Promise<Bulk | Full> {
  const { tx, reload } = group
  const { now } = circumstances
  const ranges = marks.flatMap(({ ids, from, to }) => ids.map(([first, last]) => ({ first, last, from, to })))
  const column = (of: (range: (typeof ranges)[number]) => number | null) => ranges.map(of)
  const from = fragment`unnest(${column((r) => r.first)}::bigint[], ${column((r) => r.last)}::bigint[],
    ${column((r) => r.from)}::bigint[], ${column((r) => r.to)}::bigint[]) as mark (first, last, before, next)`
  const where = fragment`id between first and last and completed is not distinct from before and ${isInLists(circumstances.lists)}`
  const plan = await planRepeats(
    group,
    fragment`, next from tasks, ${from} where repeat is not null and ${where}`,
    (task, next) => ({ ...task, done: next !== null }),
    circumstances,
  )
  if (typeof plan === 'string') return plan
  const rows = await tx`update tasks set done = (next is not null)::int, completed = next,
    updated = ${versionSql(now)} from ${from} where ${where} returning id, before, next`
  await reload()
  await followRepeats(group, plan, now)
  const sets = Map.groupBy(rows, ({ before, next }) => `${before} ${next}`)
  return bulkMarked(
    Array.from(sets.values(), (set) => ({
      ids: idsOf(set.map(({ id }) => id)),
      from: set[0]!['before'],
      to: set[0]!['next'],
    })),
  )
}

async function restore({ tx, reload }: TaskGroup, ids: Ids, { now, lists }: Circumstances): Promise<Bulk> {
  const back: number[] = []
  for (const part of partsOf(ids)) {
    const rows =
      await tx`with back as (delete from deleted_tasks where deleted > ${earliestTime() - limits.restorableMs}
        and ${isIn(part)} and ${isInLists(lists)} returning ${columns})
      insert into tasks (${columns}) select ${returningColumns} from back returning id`
    for (const { id } of rows) back.push(id)
  }
  await reload()
  return { count: back.length, undo: { kind: 'added', ids: idsOf(back), time: now } }
}

/** The same ids in parts of a limited size. */
function* partsOf(ids: Ids): Generator<Ids> {
  let part: [number, number][] = []
  let room: number = limits.changedAtOnce
  for (const [from, to] of ids)
    for (let first = from; first <= to; ) {
      const last = Math.min(to, first + room - 1)
      part.push([first, last])
      room -= last - first + 1
      first = last + 1
      if (room > 0) continue
      yield part
      part = []
      room = limits.changedAtOnce
    }
  if (part.length > 0) yield part
}

function isIn(ids: Ids): Fragment {
  return fragment`id in (select id from unnest(${ids.map(([from]) => from)}::bigint[], ${ids.map(([, to]) => to)}::bigint[])
    as named (first, last), generate_series(first, last) as id)`
}
