import type { DatabaseSync } from 'node:sqlite'
import { newItem } from '../../../../resources/resource.ts'
import { type ItemRow, itemColumns, toItem } from '../../../../storage/items.ts'
import { latestTime } from '../../../../storage/sqlite/clock.ts'
import { arrays } from '../../../../storage/sqlite/read/statements.ts'
import type { Attached, Items } from '../../../../storage/sqlite/write/items.ts'
import type { ItemMade } from '../../../../storage/writes.ts'
import { lists } from '../../../lists.ts'
import { allColumns } from '../../rows.ts'

/** The list of a name to which an import adds: the first that is shown, or that another import brings. */
export const selectNamedSql = `select ${itemColumns(lists)} from lists`
export const namedFirstSql =
  'and (deleted is null or deleted < 0) order by deleted is not null, rank, id limit 1'

/** By resource, what goes with an item. */
export function prepareAttached(db: DatabaseSync): Readonly<Record<string, Attached>> {
  return { [lists.name]: prepareListed(db) }
}

/** The tasks in a list go with it, and come back with it. */
function prepareListed(db: DatabaseSync): Attached {
  // Later than that of any task which was deleted alone, so that only those which go with the list come back with it.
  const selectTime = arrays(
    db,
    'select max(?, coalesce(max(deleted) + 1, 0)) from deleted_tasks where list = ?',
  )
  const bury = db.prepare(
    `insert or replace into deleted_tasks (${allColumns}, deleted) select ${allColumns}, ? from tasks where list = ?`,
  )
  const remove = db.prepare('delete from tasks where list = ?')
  const gone = 'from deleted_tasks where list = :id and deleted = :time'
  const putBack = db.prepare(
    `insert into tasks (${allColumns}) select ${allColumns} ${gone}
     and not exists (select 1 from tasks where tasks.id = deleted_tasks.id)`,
  )
  const forget = db.prepare(`delete ${gone}`)

  return {
    remove(id, atLeast) {
      const [time] = selectTime.get(atLeast, id) as unknown as [number]
      bury.run(time, id)
      return { time, count: Number(remove.run(id).changes) }
    },
    restore(id, time) {
      const count = Number(putBack.run({ id, time }).changes)
      forget.run({ id, time })
      return count
    },
  }
}

/** The lists that imports bring. */
export interface StagedLists {
  /** The list of this name, made out of sight if there is none. */
  stage(name: string, now: number): ItemMade | 'too many lists'
  show(ids: readonly number[]): void
}

export function prepareStagedLists(db: DatabaseSync, { create }: Items): StagedLists {
  const selectNamed = arrays(db, `${selectNamedSql} where name = ? ${namedFirstSql}`)
  const setDeleted = db.prepare('update lists set deleted = ? where id = ?')
  const showOne = db.prepare('update lists set deleted = null where id = ? and deleted < 0')

  return {
    stage(name, now) {
      const row = selectNamed.get(name) as unknown as ItemRow | undefined
      if (!row) return madeOf(create(newItem(lists, { name }), now, -latestTime()))
      if (row[2] !== null) setDeleted.run(-latestTime(), row[0])
      return { item: toItem(lists, row), added: 0 }
    },
    show(ids) {
      for (const id of ids) showOne.run(id)
    },
  }
}

export function madeOf(outcome: ItemMade | 'too many items'): ItemMade | 'too many lists' {
  return outcome === 'too many items' ? 'too many lists' : outcome
}
