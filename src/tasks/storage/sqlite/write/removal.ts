import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { earliestTime, latestTime } from '../../../../storage/sqlite/clock.ts'
import { atomically } from '../../../../storage/sqlite/write/savepoint.ts'
import { allColumns, returningColumns, scopeOf, scopeSql } from '../../rows.ts'

export interface Removal {
  /** How many tasks had this id. */
  remove(id: number): number
  /** How many there were. */
  removeCompleted(lists?: readonly number[]): number
  /** The version and the list of a task deleted not too long ago. */
  removed(id: number): { readonly updated: number; readonly list: number | null } | undefined
  /** Restores a task that `removed` has found. */
  restore(id: number): void
}

/** Deleted tasks are kept in their own table, so that lists and counts need not skip them. */
export function prepareRemoval(db: DatabaseSync): Removal {
  const keep = (condition: string) =>
    db.prepare(
      `insert or replace into deleted_tasks (${allColumns}, deleted) select ${allColumns}, :deleted from tasks where ${condition}`,
    )
  const keepOne = keep('id = :id')
  const keepCompleted = keep(`done = 1 and ${scopeSql}`)
  const removeOne = db.prepare('delete from tasks where id = ?')
  const removeCompleted = db.prepare(`delete from tasks where done = 1 and ${scopeSql}`)
  const selectRemoved = db.prepare('select updated, list from deleted_tasks where id = ? and deleted > ?')
  const putBack = db.prepare(
    `insert into tasks (${allColumns}) select ${returningColumns} from deleted_tasks where id = ?`,
  )
  const forget = db.prepare('delete from deleted_tasks where id = ?')

  return {
    remove(id) {
      // Without a savepoint, whose cost every deletion would pay: if the second statement fails, the first has left a copy that
      // nobody sees while the task exists.
      keepOne.run({ deleted: latestTime(), id })
      return Number(removeOne.run(id).changes)
    },
    removeCompleted(lists) {
      const scope = scopeOf(lists)
      return atomically(db, () => {
        keepCompleted.run({ deleted: latestTime(), ...scope })
        return Number(removeCompleted.run(scope).changes)
      })
    },
    removed(id) {
      const found = selectRemoved.get(id, earliestTime() - limits.restorableMs)
      return found && { updated: Number(found['updated']), list: found['list'] as number | null }
    },
    restore(id) {
      atomically(db, () => {
        putBack.run(id)
        forget.run(id)
      })
    },
  }
}
