import type { DatabaseSync } from 'node:sqlite'
import { resources } from '../../../domain/resources.ts'
import { limits } from '../../../limits.ts'
import { purgeItemsSql } from '../../items.ts'
import { earliestTime } from '../clock.ts'
import { atomically } from './removal.ts'
import { batchesBefore } from './staging.ts'

/**
 * Returns a function that purges some of what has expired, to be called at the end of a write transaction: a timer would keep an
 * unused server awake. Never throws while the transaction is intact.
 */
export function prepareTidy(db: DatabaseSync): () => void {
  const purge = db.prepare(
    'delete from deleted_tasks where id in (select id from deleted_tasks where deleted <= ? order by deleted limit ?)',
  )
  const forget = db.prepare(
    'delete from answers where key in (select key from answers where time <= ? order by time limit ?)',
  )
  const discard = db.prepare(
    'delete from staged_tasks where (batch, number) in (select batch, number from staged_tasks where batch < ? limit ?)',
  )
  const forgetSessions = db.prepare(
    'delete from ended_sessions where session in (select session from ended_sessions where until <= ? order by until limit ?)',
  )
  const purgeItems = resources.map((resource) => db.prepare(purgeItemsSql(resource, '?', '?')))
  let next = 0

  return () => {
    const now = earliestTime()
    if (now < next) return
    next = now + limits.tidyEveryMs
    try {
      const removed = atomically(db, () => [
        ...purgeItems.map((purge) => purge.run(now - limits.restorableMs, limits.stagedMs - now).changes),
        purge.run(now - limits.restorableMs, limits.tidiedAtOnce).changes,
        forget.run(now - limits.keyMs, limits.tidiedAtOnce).changes,
        discard.run(batchesBefore(now - limits.stagedMs), limits.tidiedAtOnce).changes,
        forgetSessions.run(now, limits.tidiedAtOnce).changes,
      ])
      if (removed.includes(limits.tidiedAtOnce)) next = 0
    } catch (error) {
      if (!db.isTransaction) throw error
    }
  }
}
