import type { DatabaseSync } from 'node:sqlite'
import type { Quota, Size } from '../quota.ts'
import { prepareGroups } from './group.ts'
import type { Outcome, Write } from './writes.ts'

/**
 * Commits one group: resolves with an outcome for each write, rejects when the whole group failed, with `Unavailable` where it
 * is certain that nothing was done. One group at a time.
 */
export interface Committer {
  commit(group: readonly Write[]): Promise<readonly Outcome[]>
  /** How much is kept, as far as is known from writing. */
  size(): Size | undefined
  close(): Promise<void>
}

/** Commits on the connection it is given, for a database in memory, which no other connection can open. */
export function commitHere(db: DatabaseSync, quota: Quota): Committer {
  const groups = prepareGroups(db, quota)
  let size: Size | undefined
  return {
    size: () => size,
    async commit(group) {
      const outcomes = groups.apply(group)
      groups.commit()
      size = groups.size()
      return outcomes
    },
    async close() {},
  }
}
