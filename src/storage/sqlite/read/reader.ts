import { statSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EndedSessions } from '../../../access/ended.ts'
import type { Item, Resource, Values } from '../../../resources/resource.ts'
import type { Size } from '../../../resources/store.ts'
import type { Page, TaskQuery, TaskStore, View } from '../../../tasks/store.ts'
import type { Task } from '../../../tasks/task.ts'
import { type Row, taskColumns, toTask } from '../rows.ts'
import { endedId } from '../write/ended.ts'
import { hasUnindexedSql } from '../write/indexing.ts'
import { usedBytesSql } from '../write/room.ts'
import { arrays, first, preparePlaces, read } from './cursor.ts'
import { find, isSearch } from './hits.ts'
import { readItems } from './items.ts'
import { conditionOf } from './listing.ts'
import { preparePages, searchPage } from './pages.ts'
import { type Match, matchOf, openSearches } from './search.ts'
import { openView } from './view.ts'

/** Queries. Each sees what is committed when it begins, and may throw `Unavailable`. */
export interface Reader {
  items<V extends Values>(resource: Resource<V>): Later<readonly Item<V>[]>
  /** With a `text`, all tasks must be indexed. */
  page(query: TaskQuery): Later<Page>
  /** Whether there are tasks that are not indexed yet. */
  hasUnindexed(): Later<boolean>
  find(id: number): Later<Task | undefined>
  isEnded: EndedSessions['isEnded']
  count(range: Range): Later<number>
  lastId(): Later<number>
  view(filter: Omit<TaskQuery, 'limit'>): Later<View>
  ready(): Later<void>
  /** How much is stored, counted now; undefined if the committer knows it. */
  size(): Size | undefined
  /** Sizes of the database and of its write-ahead log; undefined if unknown. */
  bytes(): { readonly database: number; readonly log: number } | undefined
  close(): Later<void>
}

export type Range = Parameters<TaskStore['count']>[0]
type Later<T> = T | Promise<T>

export function openReader(db: DatabaseSync): Reader {
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectNothing = prepare('select 1')
  const selectEnded = prepare('select 1 from ended_sessions where session in (?, ?) and until >= ?')
  const selectBytes = prepare('select page_count * page_size from pragma_page_count(), pragma_page_size()')
  const selectCount = prepare('select count(*) from tasks')
  const selectUsed = prepare(usedBytesSql)
  const selectUnindexed = prepare(hasUnindexedSql)
  const places = preparePlaces(db)
  const page = preparePages(db)
  const searches = openSearches(db)
  const counts = new Map<string, StatementSync>()

  return {
    page({ text, ...query }) {
      const match = matchOf(text)
      return isSearch(match, query) ? searches.run((own) => searchPage(own, match, query)) : page(query)
    },
    hasUnindexed() {
      return read(() => selectUnindexed.get()) !== undefined
    },
    items: (resource) => readItems(db, resource),
    find(id) {
      const row = read(() => selectOne.get(id))
      return row && toTask(row as unknown as Row)
    },
    isEnded(holder, session, until) {
      return read(() => selectEnded.get(endedId(holder), endedId(holder, session), until)) !== undefined
    },
    count({ text, ...range }) {
      const match = matchOf(text)
      // A range of ids is narrow.
      return isSearch(match, range) && range.from === undefined
        ? searches.run((own) => countHits(own, match, range))
        : read(() => count(range))
    },
    lastId: () => read(places.lastId),
    view: (filter) => openView(db, filter),
    ready() {
      read(() => selectNothing.get())
    },
    size() {
      const [tasks] = read(() => selectCount.get()) as unknown as [number]
      const [bytes] = read(() => selectUsed.get()) as unknown as [number]
      return { count: tasks, bytes }
    },
    bytes() {
      try {
        const [database] = selectBytes.get() as unknown as [number]
        const log = statSync(`${db.location()}-wal`, { throwIfNoEntry: false })?.size ?? 0
        return { database, log }
      } catch {
        return undefined
      }
    },
    async close() {
      await searches.close()
      db.close()
    },
  }

  function count({ from, below, most = Number.MAX_SAFE_INTEGER, ...filter }: Range): number {
    const { condition, values } = conditionOf(filter)
    const range = from === undefined ? '' : ' and id >= :from and id < :below'
    const sql = `select count(*) from (select 1 from tasks where true${condition}${range} limit :most)`
    const statement = counts.get(sql) ?? prepare(sql)
    counts.set(sql, statement)
    return first(statement.get({ ...values, ...(from !== undefined && { from, below: below! }), most }))!
  }

  function prepare(sql: string) {
    return arrays(db, sql)
  }
}

async function countHits(
  db: DatabaseSync,
  match: Match | undefined,
  { most = Number.MAX_SAFE_INTEGER, from: _from, below: _below, ...filter }: Range,
): Promise<number> {
  let count = 0
  for await (const hits of find(db, match, filter)) {
    count += hits.length
    if (count >= most) return most
  }
  return count
}
