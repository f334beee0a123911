/** As sqlite/write/lists.ts. */
import { newItem } from '../../../resources/resource.ts'
import { type ItemRow, toItem } from '../../../storage/items.ts'
import type { Attached } from '../../../storage/postgres/domain.ts'
import { create } from '../../../storage/postgres/items.ts'
import { fragment, raw } from '../../../storage/postgres/sql.ts'
import { latestTime } from '../../../storage/sqlite/clock.ts'
import type { ItemMade } from '../../../storage/writes.ts'
import { lists } from '../../lists.ts'
import { madeOf, namedFirstSql, selectNamedSql } from '../sqlite/write/lists.ts'
import type { TaskGroup } from './group.ts'
import { columns, returningColumns } from './removal.ts'

/** By resource. */
export function attachedTo(group: TaskGroup): Readonly<Record<string, Attached>> {
  const { tx } = group
  return {
    [lists.name]: {
      async remove(id, atLeast) {
        const [last] =
          await tx`select greatest(${atLeast}::bigint, coalesce(max(deleted) + 1, 0)) as time from deleted_tasks where list = ${id}`
        const time = last!['time'] as number
        const { count } = await tx`with gone as (delete from tasks where list = ${id} returning ${columns})
          insert into deleted_tasks (${columns}, deleted) select ${columns}, ${time}::bigint from gone`
        await group.reload()
        return { time, count }
      },
      async restore(id, time) {
        const { count } =
          await tx`with back as (delete from deleted_tasks where list = ${id} and deleted = ${time} returning ${columns})
          insert into tasks (${columns}) select ${returningColumns} from back
          where not exists (select 1 from tasks where tasks.id = back.id)`
        await group.reload()
        return count
      },
    },
  }
}

export async function stageList(
  { tx }: TaskGroup,
  name: string,
  now: number,
): Promise<ItemMade | 'too many lists'> {
  const [row] = await tx.arrays(fragment`${raw(selectNamedSql)} where name = ${name} ${raw(namedFirstSql)}`)
  if (!row) return madeOf(await create(tx, lists, newItem(lists, { name }), now, -latestTime()))
  if (row[2] !== null) await tx`update lists set deleted = ${-latestTime()} where id = ${row[0] as number}`
  return { item: toItem(lists, row as ItemRow), added: 0 }
}

export async function showLists({ tx }: TaskGroup, ids: readonly number[]): Promise<void> {
  await tx`update lists set deleted = null where id = any(${ids}::bigint[]) and deleted < 0`
}
