import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { arrays, first, read } from '../../../../storage/sqlite/read/statements.ts'
import { nextTurn } from '../../../../turn.ts'
import { latestDay } from '../../../rules.ts'
import type { Filter, TaskQuery, Version } from '../../../store.ts'
import { firstList } from '../../../task.ts'
import { placeSql } from '../write/order.ts'
import { openRows } from './listing.ts'
import { preparePlaces } from './places.ts'
import { findHits, type Match } from './search.ts'

export type Query = Omit<TaskQuery, 'text' | 'limit'>

/** Whether no index has the answer in its order: it is found little by little, on a connection of its own. */
export function isSearch(match: Match | undefined, { undated, sort, lists, due }: Query): boolean {
  // The index of lists has no first one, and is in the order of one list at a time.
  const isScattered =
    lists !== undefined && (lists.length !== 1 || lists[0] === firstList || due !== undefined)
  return match !== undefined || undated === true || sort !== undefined || isScattered
}

/** What such a query finds, in the order that it asks for. */
export function find(
  db: DatabaseSync,
  match: Match | undefined,
  { after, sort, ...filter }: Query,
): AsyncGenerator<Version[]> {
  const from = read(() => preparePlaces(db).behind(after))
  if (sort === undefined) return findHits(db, match, { ...filter, from })
  const day = typeof after === 'object' ? after.due : ''
  return day === null ? findUndated(db, filter, from) : findByDay(db, filter, from, day ?? '')
}

/** From a place in one day on, day by day, and then what has no date. */
async function* findByDay(
  db: DatabaseSync,
  filter: Filter,
  from: number,
  day: string,
): AsyncGenerator<Version[]> {
  const { lists, done, due = latestDay, dueFrom = '', undated } = filter
  const rows = openRows<Version>(db, `id, updated, ${placeSql}, due`)
  const selectNext = arrays(
    db,
    `select min(due) from tasks indexed by tasks_by_due where done = ? and due between ? and ?`,
  )
  const marks = done === undefined ? [0, 1] : [Number(done)]
  const nextDay = (least: string) =>
    read(() => marks.map((mark) => first<string>(selectNext.get(mark, least, due))))
      .filter((found) => found !== undefined)
      .sort()[0]

  let next = undated ? undefined : nextDay(day > dueFrom ? day : dueFrom)
  let place = next === day ? from : Number.MIN_SAFE_INTEGER
  while (next !== undefined) {
    const ofDay = { ...(lists && { lists }), ...(done !== undefined && { done }), due: next, dueFrom: next }
    const some = read(() => rows(place, limits.readAtOnce, ofDay))
    yield some.map(([id, updated, at, on]) => [id, updated, at, on ?? null] as const)
    place = some.at(-1)?.[2] ?? place
    if (some.length < limits.readAtOnce) {
      // No date is between this and the next character behind it.
      next = nextDay(`${next} `)
      place = Number.MIN_SAFE_INTEGER
    }
    if (db.location() !== null) await nextTurn()
  }
  if (filter.due === undefined) yield* findUndated(db, filter, Number.MIN_SAFE_INTEGER)
}

async function* findUndated(db: DatabaseSync, filter: Filter, from: number): AsyncGenerator<Version[]> {
  for await (const hits of findHits(db, undefined, { ...filter, undated: true, from }))
    yield hits.map(([id, updated, place]) => [id, updated, place, null] as const)
}
