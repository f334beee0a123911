import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../limits.ts'

/**
 * What a row of `ended_sessions` is called: one session of a holder, or all that end by its time. Holders have no blank in their
 * names.
 */
export function endedId(holder: string, session?: string): string {
  return session === undefined ? holder : `${holder} ${session}`
}

/** Returns a function that keeps the end of sessions, within a transaction. */
export function prepareEnded(
  db: DatabaseSync,
): (holder: string, session: string | undefined, until: number) => void {
  const keep = db.prepare(
    `insert into ended_sessions (session, until) values (?, ?)
     on conflict (session) do update set until = max(until, excluded.until)`,
  )
  const range = `session > :holder || ' ' and session < :holder || '!'`
  const known = db.prepare(`select count(*) as count, max(until) as until from ended_sessions where ${range}`)
  const forget = db.prepare(`delete from ended_sessions where ${range} and until <= :until`)

  return (holder, session, until) => {
    keep.run(endedId(holder, session), until)
    const { count, until: last } = known.get({ holder })!
    // So many that it is simpler, and takes less room, to end all of them.
    const all =
      session === undefined ? until : Number(count) > limits.endedSessions ? Number(last) : undefined
    if (all === undefined) return
    keep.run(endedId(holder), all)
    forget.run({ holder, until: all })
  }
}
