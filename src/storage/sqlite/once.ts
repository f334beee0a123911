import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { earliestTime, latestTime } from './clock.ts'
import { atomically } from './removal.ts'
import { isMade, type KeyedWrite, type Outcome, type Write } from './writes.ts'

/**
 * Runs a write that bears a key unless one with this key was answered before: then it answers the same. Answer and
 * change are one transaction, so neither is ever without the other. A write that was refused may be tried again.
 */
export function prepareOnce(
  db: DatabaseSync,
  apply: (write: Write, now: number) => Outcome,
): (write: KeyedWrite, now: number) => Outcome {
  const select = db.prepare('select request, outcome from answers where key = ? and time > ?')
  const keep = db.prepare('insert or replace into answers (key, request, outcome, time) values (?, ?, ?, ?)')

  return ({ key, ...write }, now) => {
    const request = meaningOf(write)
    const known = select.get(key, earliestTime() - limits.keyMs)
    if (known !== undefined)
      return known['request'] === request ? { again: JSON.parse(String(known['outcome'])) } : 'key reused'
    return atomically(db, () => {
      const outcome = apply(write, now)
      if (isMade(outcome)) keep.run(key, request, JSON.stringify(outcome), latestTime())
      return outcome
    })
  }
}

/** The same text for all requests that say the same, in whatever order: members of a new task that are null say nothing. */
export function meaningOf(write: Write): string {
  return JSON.stringify(write, (name, value: unknown) => {
    // Another one each time, whatever it holds.
    if (name === 'batch') return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const members = Object.entries(value).filter(([, member]) => member !== null || write.kind !== 'create')
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
