import type { EndedSessions } from '../../access/ended.ts'
import { limits } from '../../limits.ts'
import type { Commit } from '../../resources/store.ts'
import { earliestTime } from '../sqlite/clock.ts'
import { endedId } from '../sqlite/write/ended.ts'
import type { EndSession } from '../writes.ts'
import { fragment, type Sql } from './sql.ts'

export interface Ended {
  readonly isEnded: EndedSessions['isEnded']
  /** Call for every commit. */
  committed(commit: Commit): void
}

/**
 * Caches which sessions have ended, and reloads them when a commit says that more have. `current` resolves once all commits so far
 * are known.
 */
export function openEnded(sql: Sql, current: () => Promise<void>): Ended {
  let known: Promise<ReadonlyMap<string, number>> | undefined

  return {
    async isEnded(holder, session, until) {
      await current()
      known ??= read()
      const ended = await known
      return [endedId(holder), endedId(holder, session)].some((id) => (ended.get(id) ?? 0) >= until)
    },
    committed(commit) {
      if (commit.sessions) known = undefined
    },
  }

  function read(): Promise<ReadonlyMap<string, number>> {
    const rows = sql`select session, until from ended_sessions where until > ${earliestTime()}`
    const reading = rows.then(
      (all) => new Map(all.map((row) => [row['session'] as string, row['until'] as number])),
    )
    reading.catch(() => {
      if (known === reading) known = undefined
    })
    return reading
  }
}

/** As sqlite/write/ended.ts. */
export async function endSession(tx: Sql, { holder, session, until }: EndSession) {
  const keep = (
    id: string,
    time: number,
  ) => tx`insert into ended_sessions (session, until) values (${id}, ${time})
    on conflict (session) do update set until = greatest(ended_sessions.until, excluded.until)`
  const range = fragment`session > ${`${holder} `} and session < ${`${holder}!`}`
  await keep(endedId(holder, session), until)
  const [known] = await tx`select count(*) as count, max(until) as until from ended_sessions where ${range}`
  const all =
    session === undefined ? until : known!['count'] > limits.endedSessions ? known!['until'] : undefined
  if (all === undefined) return
  await keep(endedId(holder), all)
  await tx`delete from ended_sessions where ${range} and until <= ${all}`
}
