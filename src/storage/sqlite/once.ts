import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { earliestTime, latestTime } from './clock.ts'
import { atomically } from './removal.ts'
import type { Row } from './rows.ts'
import { isMade, type KeyedWrite, type Made, type Outcome, type Write } from './writes.ts'

/**
 * Runs a write that bears a key unless one with this key was answered before: then it answers the same. Answer and
 * change are one transaction, so neither is ever without the other. A write that was refused may be tried again.
 */
export function prepareOnce(
  db: DatabaseSync,
  apply: (write: Write | KeyedWrite, now: number) => Outcome,
): (write: KeyedWrite, now: number) => Outcome {
  const select = db.prepare('select request, outcome from answers where key = ? and time > ?')
  const keep = db.prepare('insert or replace into answers (key, request, outcome, time) values (?, ?, ?, ?)')

  const selectNotes = db.prepare(
    'select notes from tasks where id = :id union all select notes from deleted_tasks where id = :id',
  )

  return (write, now) => {
    const { key } = write
    const request = meaningOf(write)
    const known = select.get(key, earliestTime() - limits.keyMs)
    if (known !== undefined) {
      if (!isRequest(String(known['request']), request)) return 'key reused'
      const { made, lacksNotes } = recalled(String(known['outcome']), write)
      if (lacksNotes !== undefined)
        (made as Row)[6] =
          (selectNotes.get({ id: lacksNotes })?.['notes'] as string | null | undefined) ?? null
      return { again: made }
    }
    return atomically(db, () => {
      const outcome = apply(write, now)
      if (isMade(outcome)) keep.run(key, hashOf(request), keptAs(outcome), latestTime())
      return outcome
    })
  }
}

/** Of a request only this is kept: whoever repeats it brings the rest along. */
export function hashOf(request: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(request).digest('base64url')
}

/** `known` as it was kept, by an earlier version as a whole. */
export function isRequest(known: string, request: string): boolean {
  return known === hashOf(request) || known === request
}

/** What is kept of an outcome: without the notes, which may be a thousand times as long as the rest. */
export function keptAs(made: Made): string {
  return JSON.stringify(Array.isArray(made) && made[6] !== null ? made.with(6, notesElsewhere) : made)
}

/** In the place of notes. */
const notesElsewhere = 1

/**
 * An outcome as it was kept, with the notes that the write brings along. Where it brings none they are those of the task
 * `lacksNotes`, as they are by now.
 */
export function recalled(kept: string, write: Write): { made: Made; lacksNotes?: number } {
  const made: Made = JSON.parse(kept)
  if (!Array.isArray(made) || (made as unknown[])[6] !== notesElsewhere) return { made }
  const brought =
    write.kind === 'create' ? write.notes : write.kind === 'change' ? write.change.notes : undefined
  if (brought === undefined) return { made, lacksNotes: made[0] }
  made[6] = brought
  return { made }
}

/** The same text for all requests that say the same, in whatever order: members of a new task that are null say nothing. */
export function meaningOf(write: Write): string {
  return JSON.stringify(write, (name, value: unknown) => {
    // Others each time, whatever they hold.
    if (name === 'batch' || name === 'key') return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const members = Object.entries(value).filter(([, member]) => member !== null || write.kind !== 'create')
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
