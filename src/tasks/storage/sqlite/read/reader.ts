import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { arrays, first, read } from '../../../../storage/sqlite/read/statements.ts'
import type { Range, TaskReader } from '../../../store.ts'
import { type Row, taskColumns, toTask } from '../../rows.ts'
import { hasUnindexedSql } from '../write/indexing.ts'
import { find, isSearch } from './hits.ts'
import { conditionOf } from './listing.ts'
import { preparePages, searchPage } from './pages.ts'
import { preparePlaces } from './places.ts'
import { type Match, matchOf, openSearches } from './search.ts'
import { openView } from './view.ts'

export function openTaskReader(db: DatabaseSync): TaskReader & { close(): Promise<void> } {
  const selectOne = arrays(db, `select ${taskColumns} from tasks where id = ?`)
  const selectUnindexed = arrays(db, hasUnindexedSql)
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
    find(id) {
      const row = read(() => selectOne.get(id))
      return row && toTask(row as unknown as Row)
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
    close: searches.close,
  }

  function count({ from, below, most = Number.MAX_SAFE_INTEGER, ...filter }: Range): number {
    const { condition, values } = conditionOf(filter)
    const range = from === undefined ? '' : ' and id >= :from and id < :below'
    const sql = `select count(*) from (select 1 from tasks where true${condition}${range} limit :most)`
    const statement = counts.get(sql) ?? arrays(db, sql)
    counts.set(sql, statement)
    return first(statement.get({ ...values, ...(from !== undefined && { from, below: below! }), most }))!
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
