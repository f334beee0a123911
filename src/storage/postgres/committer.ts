import { writes as domain } from '../../domain/postgres.ts'
import { resources } from '../../domain/resources.ts'
import { limits } from '../../limits.ts'
import { addedBy, changesOf } from '../changes.ts'
import { purgeItemsSql } from '../items.ts'
import { hashOf, isRequest, meaningOf } from '../once.ts'
import { earliestTime, latestTime } from '../sqlite/clock.ts'
import type { Committer } from '../sqlite/write/committer.ts'
import { expiring, purgeSql } from '../tidy.ts'
import { isEndSession, isItemWrite, isMade, type Outcome, type Write } from '../writes.ts'
import type { Pool } from './connect.ts'
import type { State } from './domain.ts'
import { endSession } from './ended.ts'
import { openGroup } from './group.ts'
import { applyToItems } from './items.ts'
import type { Room } from './room.ts'
import { type Fragment, fragment, raw, type Sql, withValues } from './sql.ts'

type Group = Awaited<ReturnType<typeof openGroup>>

/**
 * Commits a group as one transaction. It locks the single row of `taskapp_state` from start to end, so that groups of all replicas are
 * serialized and their numbers follow the order in which they become visible. `onCommit` is called before it settles.
 */
export function commitTo(
  { begin, single, close }: Pool,
  room: Room,
  onCommit: (number: number, writes: number, changes: string) => Promise<void>,
): Committer {
  const tidy = openTidy()
  /** The state after the last group of this replica. */
  let left: State | undefined
  /** Whether no other replica wrote between the last two. */
  let alone = false
  return { commit, close, size: room.size }

  function guesses(writes: readonly Write[]): boolean {
    return alone && !tidy.isDue() && writes.every(domain.isBlind)
  }

  async function commit(writes: readonly Write[]): Promise<readonly Outcome[]> {
    if (left && guesses(writes))
      try {
        const outcomes = await guess(writes, left)
        if (outcomes) return outcomes
      } catch (error) {
        alone = false
        if (!isRefusal(error)) throw error
      }
    try {
      return await run(writes)
    } catch (error) {
      if (writes.length === 1 || !isRefusal(error)) throw error
      // PostgreSQL rejected one of the writes, and nothing was applied.
      const outcomes: Outcome[] = []
      for (const write of writes) {
        try {
          outcomes.push((await run([write]))[0]!)
        } catch (refused) {
          if (!isRefusal(refused)) throw refused
          outcomes.push({ error: String((refused as Error).cause) })
        }
      }
      return outcomes
    }
  }

  /**
   * As one statement, which PostgreSQL refuses if the guess was wrong: it divides by zero, or a key was answered before. A
   * transaction of five takes a POST 1.1 times as long. Undefined if there is nothing to write.
   */
  async function guess(writes: readonly Write[], from: State): Promise<readonly Outcome[] | undefined> {
    const { group, outcomes, changes } = await applyTo(openGroup(unread, writes, room, from), writes, room)
    if (changes === '[]') return undefined
    const to = { number: from.number + 1, lastId: group.lastId, count: group.count }
    // `state` first, as others do: else two who guess would wait for each other.
    const made = group
      .creation()
      .map(
        (each, index) => fragment`made${raw(String(index))} as (${each} where exists (select from state)), `,
      )
      .reduce((before, next) => fragment`${before}${next}`)
    await single(fragment`with state as (${stateSql(from, to)} returning seq), ${made}
      told as (insert into commits (seq, writes, changes) select seq, ${writes.length}::integer, ${changes}::text from state),
      past as (${pastSql(to)})
      select pg_notify('taskapp', seq::text) from state`)
    left = to
    room.counted(to.count)
    await onCommit(to.number, writes.length, changes)
    return outcomes
  }

  async function run(writes: readonly Write[]): Promise<readonly Outcome[]> {
    const { outcomes, changes, isTold, from, to } = await begin((tx) =>
      applyAll(tx, writes, tidy.along, room),
    )
    alone = from.number === left?.number && from.lastId === left.lastId
    left = to
    room.counted(to.count)
    if (isTold) await onCommit(to.number, writes.length, changes)
    return outcomes
  }
}

interface Applied {
  readonly outcomes: readonly Outcome[]
  /** As JSON. */
  readonly changes: string
  /** Whether other replicas must be notified. */
  readonly isTold: boolean
  readonly from: State
  readonly to: State
}

async function applyTo(opened: Promise<Group>, writes: readonly Write[], room: Room) {
  const group = await opened
  const outcomes: Outcome[] = []
  for (const write of writes) outcomes.push(await once(group, write, room))
  return { group, outcomes, changes: JSON.stringify(changesOf(writes, outcomes)) }
}

async function applyAll(
  tx: Sql,
  writes: readonly Write[],
  tidy: (tx: Sql, to: State) => void,
  room: Room,
): Promise<Applied> {
  const { group, outcomes, changes } = await applyTo(openGroup(tx, writes, room), writes, room)
  const { from, lastId, count } = group
  // A commit without changes tells other replicas that a session ended.
  const isTold = changes !== '[]' || writes.some(({ kind }) => kind === 'endSession')
  const number = from.number + (isTold ? 1 : 0)
  const to = { number, lastId, count }
  void tx`${stateSql(from, to)}`
  group.flush()
  if (isTold) {
    void tx`with made as (insert into commits (seq, writes, changes) values (${number}, ${writes.length}, ${changes})),
      past as (${pastSql(to)})
      select pg_notify('taskapp', ${String(number)})`
  }
  tidy(tx, to)
  return { outcomes, changes, isTold, from, to }
}

/** Divides by zero if another group was committed since `from`. */
function stateSql(from: State, to: State): Fragment {
  return fragment`update taskapp_state set last_id = ${to.lastId}, tasks = ${to.count},
    seq = ${to.number}::bigint / (seq = ${from.number} and last_id = ${from.lastId})::integer`
}

/** One goes as one comes: a range walks over all that went since the last vacuum, after 4,000 commits for as long as the rest takes. */
function pastSql({ number }: State): Fragment {
  return fragment`delete from commits where seq = ${number - limits.postgresCommits}`
}

/** Of a group that reads nothing. */
const unread: Sql = Object.assign(() => Promise.reject(new Error('A guess does not read')), {
  arrays: () => Promise.reject(new Error('A guess does not read')),
})

/** As sqlite/write/tidy.ts: purges some of what has expired, along with a group. */
function openTidy() {
  let next = 0
  return { isDue: () => earliestTime() >= next, along }

  function along(tx: Sql, { number }: State) {
    const now = earliestTime()
    if (now < next) return
    next = now + limits.tidyEveryMs
    const most = limits.tidiedAtOnce
    const removed = Promise.all(
      expiring.map((rows) => tx`${withValues(purgeSql(rows), rows.until(now), most)}`),
    )
    void tx`delete from commits where seq < ${number - limits.postgresCommits}`
    for (const resource of resources)
      void tx`${withValues(purgeItemsSql(resource), now - limits.restorableMs, limits.stagedMs - now)}`
    removed.then(
      (all) => {
        if (all.some(({ count }) => count === most)) next = 0
      },
      () => {
        next = 0
      },
    )
  }
}

/** As sqlite/write/once.ts. */
async function once(group: Group, write: Write, room: Room): Promise<Outcome> {
  const { key } = write
  if (key === undefined) return apply(group, write, room)
  const request = meaningOf(write)
  const known = group.answers.get(key)
  if (known) {
    if (!isRequest(known.request, request)) return 'key reused'
    return { again: await group.own.recall(known.outcome, write) }
  }
  const outcome = await apply(group, write, room)
  if (isMade(outcome))
    group.answer(key, { request: hashOf(request), outcome: group.own.keep(outcome), time: latestTime() })
  return outcome
}

async function apply(group: Group, write: Write, room: Room): Promise<Outcome> {
  const full = room.refuse(write, group.count)
  if (full) return full
  const outcome = await applyAnyway(group, write, Date.now())
  group.count += addedBy(write, outcome)
  return outcome
}

async function applyAnyway(group: Group, write: Write, now: number): Promise<Outcome> {
  if (isEndSession(write)) {
    await endSession(group.tx, write)
    return 1
  }
  if (!isItemWrite(write)) return group.own.apply(write, now)
  group.flush()
  const resource = resources.find(({ name }) => name === write.resource)!
  return applyToItems(group, resource, write, now, group.own.attached[resource.name])
}

/** Data that it rejects, or that violates a constraint: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function isRefusal(error: unknown): boolean {
  const code = ((error as Error).cause as { code?: unknown } | undefined)?.code
  return typeof code === 'string' && /^(22|23|P0)/.test(code)
}
