import { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { Unavailable } from '../../../../resources/errors.ts'
import { readItems } from '../../../../storage/sqlite/read/items.ts'
import { arrays, read } from '../../../../storage/sqlite/read/statements.ts'
import { nextTurn } from '../../../../turn.ts'
import { lists } from '../../../lists.ts'
import type { TaskQuery, View } from '../../../store.ts'
import { at, placeOf, type Row, taskColumns, toTask } from '../../rows.ts'
import { placeStep } from '../write/order.ts'
import { find, isSearch, type Query } from './hits.ts'
import { openRows } from './listing.ts'
import { preparePages, selectOneSql } from './pages.ts'
import { preparePlaces } from './places.ts'
import { type Match, matchOf } from './search.ts'

/** A snapshot on its own connection; of a database in memory, which has only one connection, a copy. */
export async function openView(
  db: DatabaseSync,
  { text, ...query }: Omit<TaskQuery, 'limit'>,
): Promise<View> {
  const match = matchOf(text)
  const file = read(() => db.location())
  if (file === null) return copyOf(db, query, match)
  const own = read(() => new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs }))
  try {
    own.exec('begin')
    // The snapshot is taken by the first read.
    own.prepare('select 1 from tasks limit 1').get()
    return viewOf(own, query, match)
  } catch (error) {
    own.close()
    throw new Unavailable('a read failed', { cause: error })
  }
}

function viewOf(db: DatabaseSync, query: Query, match: Match | undefined): View {
  const { after, ...filter } = query
  const places = preparePlaces(db)
  const from = places.behind(after)
  const spreads = places.spreads()
  const close = async () => db.close()
  const listsOf = async () => readItems(db, lists)
  if (isSearch(match, query)) {
    return {
      spreads,
      lists: listsOf,
      versions: () => find(db, match, query),
      async *pages() {
        const selectOne = arrays(db, selectOneSql)
        for await (const hits of find(db, match, query))
          for (let at = 0; at < hits.length; at += limits.readAtOnce) {
            const some = hits.slice(at, at + limits.readAtOnce)
            yield some.map(([id]) => toTask(read(() => selectOne.get(id)) as unknown as Row))
            await nextTurn()
          }
      },
      close,
    }
  }
  return {
    spreads,
    lists: listsOf,
    async *versions() {
      const rows = openRows<Unplaced>(db, 'id, updated')
      for (let at = from; ; ) {
        const some = read(() => rows(at, limits.versionsAtOnce, filter))
        const placed = some.map(([id, updated, place]) => [id, updated, place ?? id * placeStep] as const)
        yield placed
        if (placed.length < limits.versionsAtOnce) return
        at = placed.at(-1)![2]
        await nextTurn()
      }
    },
    async *pages() {
      const pageOf = preparePages(db)
      for (let next = after; ; ) {
        const page = pageOf({
          ...filter,
          ...(next !== undefined && { after: next }),
          limit: limits.viewedAtOnce,
        })
        yield page.tasks
        if (page.next === undefined) return
        next = page.next
        await nextTurn()
      }
    },
    close,
  }
}

/** A view with all tasks in memory. */
async function copyOf(db: DatabaseSync, query: Query, match: Match | undefined): Promise<View> {
  const { after, ...filter } = query
  const places = preparePlaces(db)
  const rows = isSearch(match, query)
    ? await found()
    : read(() => openRows(db, taskColumns)(places.behind(after), -1, filter))
  const listed = readItems(db, lists)
  return {
    spreads: places.spreads(),
    lists: async () => listed,
    async *versions() {
      yield rows.map(
        (row) => [row[0], row[at.updated] as number, placeOf(row), row[at.due] as string | null] as const,
      )
    },
    async *pages() {
      for (let at = 0; at < rows.length; at += limits.readAtOnce)
        yield rows.slice(at, at + limits.readAtOnce).map(toTask)
    },
    async close() {},
  }

  async function found(): Promise<Row[]> {
    const selectOne = arrays(db, selectOneSql)
    const all: Row[] = []
    for await (const hits of find(db, match, query))
      for (const [id] of hits) all.push(selectOne.get(id) as unknown as Row)
    return all
  }
}

/** A row of `id, updated`, with its place if it was moved. */
type Unplaced = [id: number, updated: number, place?: number]
