import type { DatabaseSync } from 'node:sqlite'

/** Runs in a savepoint: if `run` throws, its changes are undone and the transaction goes on. */
export function atomically<T>(db: DatabaseSync, run: () => T): T {
  db.exec('savepoint step')
  try {
    const result = run()
    db.exec('release step')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('rollback to step; release step')
    throw error
  }
}
