import { limits } from '../../limits.ts'
import type { Change, Commit } from '../../tasks/store.ts'
import type { Pool } from './connect.ts'

/** Follows the commits of all replicas, each once and in order. */
export interface Tail {
  recent(): readonly Commit[]
  /** Resolves when `tell` has heard of every commit there was when this was called. */
  current(): Promise<void>
  /** One that was made here: others before it are told first. */
  own(number: number, writes: number, changes: readonly Change[]): Promise<void>
  /** Stops listening. */
  close(): Promise<void>
}

export async function openTail({ sql, within }: Pool, tell: (commit: Commit) => void): Promise<Tail> {
  const recent: Commit[] = []
  let last: number | undefined
  let underWay: Promise<void> | undefined
  let next: Promise<void> | undefined

  await current()
  // Also called whenever the connection that listens was lost and is there again.
  const look = () => void current().catch(() => {})
  const { unlisten } = await within(() => sql.listen('taskapp', look, look))

  return {
    recent: () => recent,
    current,
    async own(number, writes, changes) {
      if (number > last! + 1) await current()
      hear(number, writes, changes)
    },
    async close() {
      await unlisten().catch(() => {})
    },
  }

  /** Whoever asks while a look is under way shares the one after it, which begins later than they asked. */
  function current(): Promise<void> {
    if (underWay === undefined) {
      underWay = catchUp().finally(() => {
        underWay = undefined
      })
      return underWay
    }
    next ??= underWay
      .catch(() => {})
      .then(() => {
        next = undefined
        return current()
      })
    return next
  }

  async function catchUp() {
    const rows = await within(
      () => sql`select seq, writes, changes from commits where seq > ${last ?? -1} order by seq`,
    )
    last ??= (rows[0]?.['seq'] ?? 1) - 1
    for (const { seq, writes, changes } of rows) hear(seq, writes, JSON.parse(changes))
  }

  function hear(number: number, writes: number, changes: readonly Change[]) {
    if (number <= last!) return
    // What lies between was thrown away before anybody here saw it.
    const missed = number > last! + 1
    last = number
    const commit: Commit = { number, writes, changes: () => (missed ? [{ kind: 'reset' }] : changes) }
    if (missed) recent.length = 0
    recent.push(commit)
    if (recent.length > limits.postgresCommits) recent.shift()
    tell(commit)
  }
}
