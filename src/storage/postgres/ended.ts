import type { EndedSessions } from '../../access/ended.ts'
import type { Commit } from '../../resources/store.ts'
import { earliestTime } from '../sqlite/clock.ts'
import { endedId } from '../sqlite/write/ended.ts'
import type { Sql } from './sql.ts'

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
