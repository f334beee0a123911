import type { DatabaseSync } from 'node:sqlite'
import { resources } from '../../../domain/resources.ts'
import { limits } from '../../../limits.ts'
import { purgeItemsSql } from '../../items.ts'
import { expiring, purgeSql } from '../../tidy.ts'
import { earliestTime } from '../clock.ts'
import { atomically } from './savepoint.ts'

/**
 * Returns a function that purges some of what has expired, to be called at the end of a write transaction: a timer would keep an
 * unused server awake. Never throws while the transaction is intact.
 */
export function prepareTidy(db: DatabaseSync): () => void {
  const purges = expiring.map((rows) => ({ ...rows, purge: db.prepare(purgeSql(rows)) }))
  const purgeItems = resources.map((resource) => db.prepare(purgeItemsSql(resource)))
  let next = 0

  return () => {
    const now = earliestTime()
    if (now < next) return
    next = now + limits.tidyEveryMs
    try {
      const removed = atomically(db, () => {
        for (const purge of purgeItems) purge.run(now - limits.restorableMs, limits.stagedMs - now)
        return purges.map(({ purge, until }) => purge.run(until(now), limits.tidiedAtOnce).changes)
      })
      if (removed.includes(limits.tidiedAtOnce)) next = 0
    } catch (error) {
      if (!db.isTransaction) throw error
    }
  }
}
