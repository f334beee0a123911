import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { Unavailable } from '../../../../resources/errors.ts'
import { arrays, read } from '../../../../storage/sqlite/read/statements.ts'
import { nextTurn } from '../../../../turn.ts'
import type { Filter, Version } from '../../../store.ts'
import { type Language, type Query, queryOf, spell } from '../../words.ts'
import { placeSql, placeStep } from '../write/order.ts'
import { conditionOf } from './listing.ts'
import { preparePlaces } from './places.ts'

/** A query in the syntax of the index. */
export interface Match {
  readonly sql: string
  readonly terms: number
}

/** Undefined if the text has no words: then everything matches. */
export function matchOf(text: string | undefined): Match | undefined {
  const query = text === undefined ? undefined : queryOf(text)
  return query && { sql: spell(query, fts5), terms: countTerms(query) }
}

/**
 * Finds tasks after a place, in the user's order, one range of ids at a time so that the event loop is not blocked. The cost grows
 * with the number of tasks and of terms in the query, but not with the texts.
 */
export async function* findHits(
  db: DatabaseSync,
  match: Match | undefined,
  { from, ...filter }: Omit<Filter, 'text'> & { readonly from: number },
): AsyncGenerator<Version[]> {
  const { condition, values } = conditionOf(filter)
  const source = match
    ? 'search join tasks on id = search.rowid where search match :match and'
    : 'tasks where'
  const key = match ? 'search.rowid' : 'id'
  const select = (where: string) =>
    arrays(
      db,
      `select id, updated, ${placeSql} from ${source} ${key} > :above and ${key} <= :to and ${where}${condition}
       order by ${key}`,
    )
  const selectUnmoved = select('place is null')
  const width = Math.max(limits.leastSearched, Math.floor(limits.searchedAtOnce / (match?.terms ?? 1)))
  const lastId = read(preparePlaces(db).lastId)
  const look = (statement: StatementSync, above: number, to: number, more = {}) => {
    // node:sqlite binds numbers as REAL, and FTS5 ignores bounds that are not INTEGER (fts5GetRowidLimit): each range would be
    // read to the end of the index, 8 ms where 0.6 do among 100,000 tasks.
    const range = { above: BigInt(above), to: BigInt(to) }
    return read(() =>
      statement.all({ ...values, ...more, ...(match && { match: match.sql }), ...range }),
    ) as unknown as Version[]
  }

  const moved = await findMoved()
  let next = 0
  // Common words are found among the first tasks.
  let step = Math.min(limits.leastSearched, width)
  let to = 0
  for (let above = Math.max(0, Math.floor(from / placeStep)); above < lastId; above = to) {
    to = above + step
    step = Math.min(width, step * 2)
    const hits: Version[] = []
    for (const hit of look(selectUnmoved, above, to)) {
      while (next < moved.length && moved[next]![2] < hit[2]) hits.push(moved[next++]!)
      hits.push(hit)
    }
    const end = (to + 1) * placeStep
    while (next < moved.length && moved[next]![2] < end) hits.push(moved[next++]!)
    yield hits
    await pause(db)
  }
  yield moved.slice(next)

  /** All moved tasks, whose ids do not tell their order. */
  async function findMoved(): Promise<Version[]> {
    const hits: Version[] = []
    if (read(() => arrays(db, 'select 1 from tasks where place > ? limit 1').get(from)) === undefined)
      return hits
    const selectMoved = select('place > :from')
    for (let above = 0; above < lastId; above += width) {
      hits.push(...look(selectMoved, above, above + width, { from }))
      await pause(db)
    }
    return hits.sort((a, b) => a[2] - b[2])
  }
}

/** A database in memory has no snapshots, so nothing else may run in between. */
async function pause(db: DatabaseSync) {
  if (db.location() !== null) await nextTurn()
}

export interface Searches {
  /** Runs a search on a snapshot of what is committed now. Rejects with `Unavailable`. */
  run<T>(search: (db: DatabaseSync) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Runs one search at a time, on its own connection. */
export function openSearches(db: DatabaseSync): Searches {
  let own: DatabaseSync | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let closing = false

  return {
    run(search) {
      if (waiting >= limits.searches)
        return Promise.reject(new Unavailable(`${waiting} searches are waiting for others`))
      waiting++
      const done = last.then(() => still(search))
      last = done.catch(() => {}).then(() => waiting--)
      return done
    },
    async close() {
      closing = true
      await last
      own?.close()
      own = undefined
    },
  }

  async function still<T>(search: (db: DatabaseSync) => Promise<T>): Promise<T> {
    if (closing) throw new Unavailable('the storage is closing')
    const file = read(() => db.location())
    if (file === null) return search(db)
    own ??= read(() => new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs }))
    own.exec('begin')
    try {
      return await search(own)
    } finally {
      own.exec('rollback')
    }
  }
}

/** https://sqlite.org/fts5.html#full_text_query_syntax */
const fts5: Language = {
  and: ' AND ',
  or: ' OR ',
  term: ({ text, begins }) => `"${text}"${begins ? '*' : ''}`,
}

function countTerms(query: Query): number {
  return query.reduce((sum, part) => sum + ('any' in part ? countTerms(part.any.flat()) : 1), 0)
}
