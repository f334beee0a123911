import type { DatabaseSync } from 'node:sqlite'
import type { Size } from '../../../resources/store.ts'
import { noQuota } from '../../quota.ts'
import type { Outcome, Write } from '../../writes.ts'
import { faultOf } from '../faults.ts'
import { prepareWrites } from './apply.ts'
import { openRoom } from './room.ts'
import { prepareTidy } from './tidy.ts'

/** Runs groups of writes, each as one transaction with one sync. */
export interface Groups {
  /**
   * Begins the transaction and answers each write. One that fails leaves its neighbours alone. Throws when the
   * transaction as a whole failed; then it is over, and none of the group is in the database.
   */
  apply(writes: readonly Write[]): Outcome[]
  commit(): void
  /** How much is kept, now and then. */
  size(): Size | undefined
  /** Ends the transaction if it is open, and none of the group is in the database. */
  rollback(): void
}

export function prepareGroups(db: DatabaseSync, quota: Size = noQuota): Groups {
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const room = openRoom(db, quota)
  const apply = prepareWrites(db, room)
  const tidy = prepareTidy(db)

  const groups: Groups = {
    apply(writes) {
      begin.run()
      room.begin()
      try {
        const outcomes = writes.map((write) => {
          try {
            return apply(write, Date.now())
          } catch (error) {
            // A failed statement undoes only itself, unless the fault was so bad that SQLite ended the transaction. What ails
            // the file is no fault of the write.
            if (!db.isTransaction || faultOf(error) !== undefined) throw error
            room.forget()
            return { error: String(error) }
          }
        })
        tidy()
        return outcomes
      } catch (error) {
        groups.rollback()
        throw error
      }
    },
    commit() {
      commit.run()
    },
    size: room.report,
    rollback() {
      room.forget()
      if (db.isTransaction) rollback.run()
    },
  }
  return groups
}
