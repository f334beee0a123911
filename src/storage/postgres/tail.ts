import type { DomainChange } from '../../domain/store.ts'
import { limits } from '../../limits.ts'
import type { Commit } from '../../resources/store.ts'
import type { Dedicated, Pool } from './connect.ts'

/** Follows the commits of all replicas, each once and in order. */
export interface Tail {
  recent(): readonly Commit<DomainChange>[]
  /** Resolves once `tell` was called for every commit so far. */
  current(): Promise<void>
  /** A commit of this replica, with its changes as JSON; listeners get earlier commits of other replicas first. */
  own(number: number, writes: number, changes: string): Promise<void>
  /** Stops listening. */
  close(): Promise<void>
}

/**
 * Listens on its own connection, and polls on the same one, so that an answer proves that notifications would arrive. Polls every
 * second anyway: a connection may be dead without notice.
 */
export async function openTail(
  { dedicated }: Pool,
  tell: (commit: Commit<DomainChange>) => void,
): Promise<Tail> {
  const recent: Commit<DomainChange>[] = []
  let last: number | undefined
  let underWay: Promise<void> | undefined
  let next: Promise<void> | undefined
  /** Whether the current poll has not been sent yet. */
  let begins = false
  let connection: Promise<Dedicated> | undefined
  let looked = 0
  const look = () => void current().catch(() => {})

  await current()
  const watch = setInterval(() => {
    if (performance.now() - looked >= limits.postgresWatchMs) look()
  }, limits.postgresWatchMs)

  return {
    recent: () => recent,
    current,
    async own(number, writes, changes) {
      if (number > last! + 1) await current().catch(() => {})
      hear(number, writes, changes)
    },
    async close() {
      clearInterval(watch)
      await (await connection?.catch(() => undefined))?.close()
    },
  }

  /** Calls during a poll share the next one, which starts after they were made. */
  function current(): Promise<void> {
    if (underWay === undefined) {
      begins = true
      queueMicrotask(() => {
        begins = false
      })
      underWay = catchUp().finally(() => {
        underWay = undefined
      })
      return underWay
    }
    if (begins) return underWay
    next ??= underWay
      .catch(() => {})
      .then(() => {
        next = undefined
        return current()
      })
    return next
  }

  async function catchUp() {
    looked = performance.now()
    const used = connected()
    try {
      const { sql } = await used
      const rows = await sql`select seq, writes, changes from commits where seq > ${last ?? -1} order by seq`
      last ??= (rows[0]?.['seq'] ?? 1) - 1
      for (const { seq, writes, changes } of rows) hear(seq, writes, changes)
    } catch (error) {
      // It may have ended without notice.
      forget(used)
      throw error
    }
  }

  function connected(): Promise<Dedicated> {
    if (connection) return connection
    const made = listen()
    made.then(({ onEnd }) => onEnd(() => forget(made))).catch(() => {})
    connection = made
    return made
  }

  function forget(used: Promise<Dedicated>) {
    if (connection === used) connection = undefined
    used.then(({ close }) => close()).catch(() => {})
  }

  async function listen(): Promise<Dedicated> {
    const made = await dedicated(limits.postgresTailMs)
    // Commits of this replica are told anyway, mostly after their answer.
    made.onNotify((number) => Number(number) > last! && look())
    try {
      await made.sql`listen taskapp`
    } catch (error) {
      void made.close()
      throw error
    }
    return made
  }

  /** The text is kept, not the changes: a thousand groups of tasks outlive the young generation, for 2 of the 38 µs of a POST. */
  function hear(number: number, writes: number, text: string) {
    if (number <= last!) return
    // The commits in between were purged before this replica saw them.
    const missed = number > last! + 1
    last = number
    const commit: Commit<DomainChange> = {
      number,
      writes,
      changes: (): readonly DomainChange[] => (missed ? [{ kind: 'reset' }] : JSON.parse(text)),
      // A commit that changed no task ended a session: older replicas do not say so explicitly.
      ...((missed || text === '[]') && { sessions: true }),
    }
    if (missed) recent.length = 0
    recent.push(commit)
    if (recent.length > limits.postgresCommits) recent.shift()
    tell(commit)
  }
}
