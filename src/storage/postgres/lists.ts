/** As sqlite/lists.ts. */
import { limits } from '../../limits.ts'
import { changeList, type List, type NewList } from '../../tasks/lists.ts'
import { firstList } from '../../tasks/task.ts'
import { earliestTime, latestTime } from '../sqlite/clock.ts'
import {
  countListsSql,
  isFull,
  type ListRow,
  type ListWrite,
  listColumns,
  namedFirstSql,
  ranksAfterMove,
  selectNamedSql,
  toList,
} from '../sqlite/lists.ts'
import { type ListMade, matches, type Refusal } from '../sqlite/writes.ts'
import { fragment, raw, type Sql } from './connect.ts'
import type { Group } from './group.ts'
import { columns, returningColumns } from './removal.ts'

const listed = raw(listColumns)

export async function readLists(sql: Sql): Promise<readonly List[]> {
  const rows = await sql.arrays(fragment`select ${listed} from lists where deleted is null order by rank, id`)
  return rows.map((row) => toList(row as ListRow))
}

export async function isThere({ tx }: Group, list: number): Promise<boolean> {
  return (await tx`select 1 from lists where id = ${list} and deleted is null`).length > 0
}

/** Shows those that an import has brought. */
export async function show({ tx }: Group, ids: readonly number[]): Promise<void> {
  await tx`update lists set deleted = null where id = any(${ids}::bigint[]) and deleted < 0`
}

/** To be called with nothing left to flush. */
export async function applyToLists(group: Group, write: ListWrite, now: number): Promise<ListMade | Refusal> {
  const { tx } = group
  if (write.kind === 'createList') return create(tx, write, now, null)
  if (write.kind === 'stageList') {
    const [named] = await tx.arrays(
      fragment`${raw(selectNamedSql)} where name = ${write.name} ${raw(namedFirstSql)}`,
    )
    if (!named) return create(tx, write, now, -latestTime())
    if (named[4] !== null)
      await tx`update lists set deleted = ${-latestTime()} where id = ${named[0] as number}`
    return { list: toList(named.slice(0, 4) as ListRow), added: 0 }
  }
  const [row] = await tx.arrays(fragment`select ${listed}, deleted from lists where id = ${write.id}`)
  if (row === undefined) return 'list not found'
  const list = toList(row.slice(0, 4) as ListRow)
  const deleted = row[4] as number | null
  const isGone = deleted !== null
  if (isGone && (write.kind !== 'restoreList' || deleted <= earliestTime() - limits.restorableMs))
    return 'list not found'
  if (!matches({ updated: list.version }, write, !isGone)) return 'version mismatch'
  switch (write.kind) {
    case 'changeList': {
      const next = changeList(list, write.change, now)
      if (next !== list)
        await tx`update lists set name = ${next.name}, color = ${next.color}, version = ${next.version} where id = ${list.id}`
      return { list: next, added: 0 }
    }
    case 'removeList': {
      if (list.id === firstList) return 'list not found'
      const [last] =
        await tx`select greatest(${latestTime()}::bigint, coalesce(max(deleted) + 1, 0)) as time from deleted_tasks where list = ${list.id}`
      const time = last!['time'] as number
      const { count } = await tx`with gone as (delete from tasks where list = ${list.id} returning ${columns})
        insert into deleted_tasks (${columns}, deleted) select ${columns}, ${time}::bigint from gone`
      await tx`update lists set deleted = ${time} where id = ${list.id}`
      await group.reload()
      return { list, added: -count }
    }
    case 'restoreList': {
      if (!isGone) return { list, added: 0 }
      if (isFull(await counted(tx))) return 'too many lists'
      await tx`update lists set deleted = null where id = ${list.id}`
      const { count } =
        await tx`with back as (delete from deleted_tasks where list = ${list.id} and deleted = ${deleted} returning ${columns})
        insert into tasks (${columns}) select ${returningColumns} from back
        where not exists (select 1 from tasks where tasks.id = back.id)`
      await group.reload()
      return { list, added: count }
    }
    case 'moveList': {
      if (write.before !== null && !(await isThere(group, write.before))) return 'no such neighbor'
      const ids = (await readLists(tx)).map(({ id }) => id)
      const ranks = ranksAfterMove(ids, list.id, write.before)
      await tx`update lists set rank = n.rank
        from unnest(${ranks.map(([id]) => id)}::bigint[], ${ranks.map(([, rank]) => rank)}::bigint[]) as n (id, rank)
        where lists.id = n.id`
      return { list, added: 0 }
    }
  }
}

async function counted(tx: Sql) {
  return (await tx.arrays(fragment`${raw(countListsSql)}`))[0] as unknown as [number, number, number]
}

async function create(
  tx: Sql,
  { name, color = null }: NewList,
  now: number,
  deleted: number | null,
): Promise<ListMade | 'too many lists'> {
  if (isFull(await counted(tx), deleted !== null)) return 'too many lists'
  const [made] = await tx`insert into lists (id, name, color, version, rank, deleted)
    select max(id) + 1, ${name}::text, ${color}::text, ${now}::bigint, max(rank) + 1, ${deleted}::bigint from lists returning id`
  return { list: { id: made!['id'], name, color, version: now }, added: 0 }
}
