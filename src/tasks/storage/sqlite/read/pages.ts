import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { arrays, read } from '../../../../storage/sqlite/read/statements.ts'
import type { Page, TaskQuery } from '../../../store.ts'
import { charsOf, pageOf, placeOf, type Row, taskColumns } from '../../rows.ts'
import { find } from './hits.ts'
import { openRows } from './listing.ts'
import { preparePlaces } from './places.ts'
import type { Match } from './search.ts'

/** With its place, if it was moved. */
export const selectOneSql = `select ${taskColumns}, place from tasks where id = ?`

/** Returns a function that reads a page of tasks. */
export function preparePages(db: DatabaseSync): (query: Omit<TaskQuery, 'text'>) => Page {
  const places = preparePlaces(db)
  const rows = openRows(db, taskColumns)

  return ({ after, limit, ...filter }) =>
    read(() => {
      const found: Row[] = []
      let chars = 0
      let from = places.behind(after)
      // In steps, since texts may be long.
      for (;;) {
        const most = Math.min(limit + 1 - found.length, limits.readAtOnce)
        const some = rows(from, most, filter)
        for (const row of some) {
          found.push(row)
          chars += charsOf(row)
        }
        if (some.length < most || found.length > limit || chars > limits.pageChars)
          return pageOf(found, limit, places.spreads)
        from = placeOf(some.at(-1)!)
      }
    })
}

/** A page of search results. */
export async function searchPage(
  db: DatabaseSync,
  match: Match | undefined,
  { limit, ...query }: Omit<TaskQuery, 'text'>,
): Promise<Page> {
  const places = preparePlaces(db)
  const selectOne = arrays(db, selectOneSql)
  const found: Row[] = []
  let chars = 0
  const cut = () => pageOf(found, limit, places.spreads, query.sort)
  for await (const hits of find(db, match, query))
    for (const [id] of hits) {
      const row = read(() => selectOne.get(id)) as unknown as Row
      found.push(row)
      chars += charsOf(row)
      if (found.length > limit || chars > limits.pageChars) return cut()
    }
  return cut()
}
