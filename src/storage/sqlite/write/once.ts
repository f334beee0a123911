import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../limits.ts'
import { hashOf, isRequest, meaningOf } from '../../once.ts'
import { isMade, type Outcome, type Write } from '../../writes.ts'
import { earliestTime, latestTime } from '../clock.ts'
import type { DomainWrites } from '../domain.ts'
import { atomically } from './savepoint.ts'

/**
 * Runs a write that bears a key unless one with this key was answered before: then it answers the same. Answer and
 * change are one transaction, so neither is ever without the other. A write that was refused may be tried again.
 */
export function prepareOnce(
  db: DatabaseSync,
  apply: (write: Write, now: number) => Outcome,
  { keep, recall }: DomainWrites,
): (write: Write, key: string, now: number) => Outcome {
  const select = db.prepare('select request, outcome from answers where key = ? and time > ?')
  const insert = db.prepare(
    'insert or replace into answers (key, request, outcome, time) values (?, ?, ?, ?)',
  )

  return (write, key, now) => {
    const request = meaningOf(write)
    const known = select.get(key, earliestTime() - limits.keyMs)
    if (known !== undefined) {
      if (!isRequest(String(known['request']), request)) return 'key reused'
      return { again: recall(String(known['outcome']), write) }
    }
    return atomically(db, () => {
      const outcome = apply(write, now)
      if (isMade(outcome)) insert.run(key, hashOf(request), keep(outcome), latestTime())
      return outcome
    })
  }
}
