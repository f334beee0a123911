import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EndedSessions } from '../../access/ended.ts'
import { limits } from '../../limits.ts'
import { Unavailable, UnknownTask } from '../../tasks/errors.ts'
import type { Cursor, Filter, Page, TaskQuery, TaskStore, View } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import type { Size } from '../quota.ts'
import { endedId } from './ended.ts'
import { placeSql, placeStep, selectLastIdSql, selectPlaceSql, selectSpreadsSql } from './order.ts'
import { usedBytesSql } from './room.ts'
import { charsOf, pageOf, placeOf, type Row, taskColumns, toTask } from './rows.ts'
import { matchOf } from './words.ts'

/** What can be asked of a database. Each sees what is committed when it begins, and may throw `Unavailable`. */
export interface Reader {
  /** With a `text` all tasks must have been taken up into the index. */
  page(query: TaskQuery): Later<Page>
  /** Whether there are tasks that the index of words does not have. */
  hasUnindexed(): Later<boolean>
  find(id: number): Later<Task | undefined>
  isEnded: EndedSessions['isEnded']
  count(range: Range): Later<number>
  lastId(): Later<number>
  view(filter: Omit<TaskQuery, 'limit'>): Later<View>
  ready(): Later<void>
  /** How much is kept, counted now; undefined where it is known from writing. */
  size(): Size | undefined
  /** Of the database, and of its write-ahead log; undefined where they cannot be had. */
  bytes(): { readonly database: number; readonly log: number } | undefined
  close(): Later<void>
}

export type Range = Parameters<TaskStore['count']>[0]
type Later<T> = T | Promise<T>

/** A reader that answers at once. */
export interface SqliteReader extends Reader {
  page(query: TaskQuery): Page
  close(): void
}

export function openReader(db: DatabaseSync): SqliteReader {
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectNothing = prepare('select 1')
  const selectEnded = prepare('select 1 from ended_sessions where session in (?, ?) and until >= ?')
  const selectBytes = prepare('select page_count * page_size from pragma_page_count(), pragma_page_size()')
  const selectCount = prepare('select count(*) from tasks')
  const selectUsed = prepare(usedBytesSql)
  const selectUnindexed = prepare(
    'select 1 from tasks where id > (select coalesce(max(id), 0) from search_docsize) limit 1',
  )
  const places = preparePlaces(db)
  const rows = openRows(db, taskColumns)
  const selectLastId = prepare(selectLastIdSql)
  const counts = new Map<string, StatementSync>()

  return {
    page({ after, limit, ...filter }) {
      return read(() => {
        const found: Row[] = []
        let chars = 0
        let from = places.behind(after)
        // Little by little, as texts may be long.
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
    },
    hasUnindexed() {
      return read(() => selectUnindexed.get()) !== undefined
    },
    find(id) {
      const row = read(() => selectOne.get(id))
      return row && toTask(row as unknown as Row)
    },
    isEnded(holder, session, until) {
      return read(() => selectEnded.get(endedId(holder), endedId(holder, session), until)) !== undefined
    },
    count: (range) => read(() => count(range)),
    lastId: () => read(() => first(selectLastId.get()) ?? 0),
    view(filter) {
      // A transaction of its own keeps the view still. Nothing else can open a database in memory.
      const file = read(() => db.location())
      if (file === null) return copyOf(db, filter)
      const own = read(() => new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs }))
      try {
        own.exec('begin')
        // The transaction sees what was committed when it first reads.
        own.prepare('select 1 from tasks limit 1').get()
        return viewOf(own, filter, () => own.close())
      } catch (error) {
        own.close()
        throw new Unavailable('a read failed', { cause: error })
      }
    },
    ready() {
      read(() => selectNothing.get())
    },
    size() {
      const [tasks] = read(() => selectCount.get()) as unknown as [number]
      const [bytes] = read(() => selectUsed.get()) as unknown as [number]
      return { tasks, bytes }
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
    close() {
      db.close()
    },
  }

  function count({ from, below, most = Number.MAX_SAFE_INTEGER, text, ...filter }: Range): number {
    const { condition, values } = conditionOf(filter)
    const match = text === undefined ? undefined : matchOf(text)
    const table =
      match === undefined
        ? 'tasks where true'
        : 'search join tasks on id = search.rowid where search match :match'
    const range = from === undefined ? '' : ' and id >= :from and id < :below'
    const sql = `select count(*) from (select 1 from ${table}${condition}${range} limit :most)`
    const statement = counts.get(sql) ?? prepare(sql)
    counts.set(sql, statement)
    return first(
      statement.get({
        ...values,
        ...(match !== undefined && { match }),
        ...(from !== undefined && { from, below: below! }),
        most,
      }),
    )!
  }

  function prepare(sql: string) {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

function viewOf(db: DatabaseSync, { after, ...filter }: Omit<TaskQuery, 'limit'>, close: () => void): View {
  const reader = openReader(db)
  const places = preparePlaces(db)
  const from = places.behind(after)
  return {
    spreads: places.spreads(),
    async *versions() {
      const rows = openRows<Version>(db, 'id, updated')
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
      for (let next = after; ; ) {
        const page = reader.page({
          ...filter,
          ...(next !== undefined && { after: next }),
          limit: limits.pageSize,
        })
        yield page.tasks
        if (page.next === undefined) return
        next = page.next
        await nextTurn()
      }
    },
    async close() {
      close()
    },
  }
}

/** A view that has all the tasks in memory. */
function copyOf(db: DatabaseSync, { after, ...filter }: Omit<TaskQuery, 'limit'>): View {
  const places = preparePlaces(db)
  const rows = read(() => openRows(db, taskColumns)(places.behind(after), -1, filter))
  return {
    spreads: places.spreads(),
    async *versions() {
      yield rows.map((row) => [row[0], row[4], placeOf(row)] as const)
    },
    async *pages() {
      for (let at = 0; at < rows.length; at += limits.readAtOnce)
        yield rows.slice(at, at + limits.readAtOnce).map(toTask)
    },
    async close() {},
  }
}

/** After everything else that the event loop has to do. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A row of `id, updated`, with its place if it was ever moved. */
type Version = [id: number, updated: number, place?: number]

/**
 * Reads rows of these columns, the first of which is the id, in the user's order and behind a place. Those of tasks that were
 * moved have their places behind the columns.
 */
function openRows<R extends readonly [id: number, ...rest: unknown[]] = Row>(
  db: DatabaseSync,
  columns: string,
) {
  const unmoved = (condition: string) =>
    prepare(`select ${columns} from tasks where ${condition} and place is null order by id limit ?`)
  const selectAllUnmoved = unmoved('id > ?')
  const selectUnmovedByDone = unmoved('done = ? and id > ?')
  const selectUnmovedByDue = unmoved('due <= ? and id > ? and done between ? and ?')
  const selectAnyMoved = prepare('select 1 from tasks where place is not null limit 1')
  const statements = new Map<string, StatementSync>()

  return (from: number, limit: number, { done, due, text }: Filter): R[] => {
    const { condition, values } = conditionOf({ done, due })
    // A text without any word lets everything through.
    const match = text === undefined ? undefined : matchOf(text)
    if (match !== undefined)
      return all(
        `select ${columns}, ${placeSql} from search join tasks on id = search.rowid
         where search match :match and ${placeSql} > :from${condition} order by ${placeSql} limit :limit`,
        { ...values, match, from, limit },
      )
    const still = selectUnmoved(Math.floor(from / placeStep), limit, done, due)
    if (selectAnyMoved.get() === undefined) return still
    const moved = all(
      `select ${columns}, place from tasks where place > :from${condition} order by place limit :limit`,
      { ...values, from, limit },
    )
    return merge(still, moved).slice(0, limit < 0 ? undefined : limit)
  }

  /** Those that were never moved, by their ids. With the values by position: half the time of names. */
  function selectUnmoved(from: number, limit: number, done?: boolean, due?: string): R[] {
    const found =
      due !== undefined
        ? selectUnmovedByDue.all(
            due,
            from,
            done === undefined ? 0 : Number(done),
            Number(done ?? true),
            limit,
          )
        : done === undefined
          ? selectAllUnmoved.all(from, limit)
          : selectUnmovedByDone.all(Number(done), from, limit)
    return found as unknown as R[]
  }

  function all(sql: string, values: Values): R[] {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = prepare(sql)
      statements.set(sql, statement)
    }
    return statement.all(values) as unknown as R[]
  }

  function prepare(sql: string) {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

function preparePlaces(db: DatabaseSync) {
  const [selectPlace, selectLastId, selectSpreads] = [selectPlaceSql, selectLastIdSql, selectSpreadsSql].map(
    (sql) => {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      return statement
    },
  ) as [StatementSync, StatementSync, StatementSync]
  const spreads = () => first(selectSpreads.get()) ?? 0

  return {
    spreads,
    /** The place behind which a page goes on. */
    behind(after: Cursor | number | undefined): number {
      if (after === undefined || after === 0) return Number.MIN_SAFE_INTEGER
      return read(() => {
        const id = typeof after === 'number' ? after : after.id
        return placeBehind(after, {
          place: first(selectPlace.get({ id })),
          lastId: first(selectLastId.get()) ?? 0,
          spreads: spreads(),
        })
      })
    },
  }
}

/**
 * The place behind which a page goes on: that where the page before ended, unless tasks were spread since. Then it may be
 * another one, and the lower counts: some tasks may come twice, none is left out. Throws `UnknownTask`.
 */
export function placeBehind(
  after: Cursor | number,
  now: { readonly place: number | undefined; readonly lastId: number; readonly spreads: number },
): number {
  const id = typeof after === 'number' ? after : after.id
  if (id > now.lastId) throw new UnknownTask(`there was never a task ${id}`)
  if (typeof after === 'number') return now.place ?? id * placeStep
  return after.spreads === now.spreads ? after.place : Math.min(now.place ?? after.place, after.place)
}

type Values = Record<string, string | number>

function conditionOf({ done, due }: { done?: boolean | undefined; due?: string | undefined }): {
  condition: string
  values: Values
} {
  const values: Values = {}
  let condition = ''
  if (done !== undefined) {
    condition += ' and done = :done'
    values['done'] = Number(done)
  }
  if (due !== undefined) {
    condition += ' and due <= :due'
    values['due'] = due
  }
  return { condition, values }
}

/** Both in the order of their places. */
function merge<R extends readonly [id: number, ...rest: unknown[]]>(
  still: readonly R[],
  moved: readonly R[],
): R[] {
  const merged: R[] = []
  let next = 0
  for (const row of moved) {
    const place = row.at(-1) as number
    while (next < still.length && still[next]![0] * placeStep < place) merged.push(still[next++]!)
    merged.push(row)
  }
  return merged.concat(still.slice(next))
}

function first(row: unknown): number | undefined {
  return (row as [number | null] | undefined)?.[0] ?? undefined
}

function read<T>(query: () => T): T {
  try {
    return query()
  } catch (error) {
    if (error instanceof UnknownTask) throw error
    throw new Unavailable('a read failed', { cause: error })
  }
}
