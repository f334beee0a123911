import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { EndedSessions } from '../../access/ended.ts'
import { limits } from '../../limits.ts'
import { Unavailable } from '../../tasks/errors.ts'
import type { TaskQuery } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { endedId } from './ended.ts'
import { largestId, placeSql, placeStep, selectPlaceSql } from './order.ts'
import { type Row, taskColumns, toTask } from './rows.ts'
import { matchOf } from './words.ts'

/** What can be asked of a database. Each sees what is committed when it begins, and may throw `Unavailable`. */
export interface Reader {
  list(query: Filter): Later<Task[]>
  /** `text` has words. All tasks must have been taken up into the index. */
  search(query: Filter & { readonly text: string }): Later<Task[]>
  /** Whether there are tasks that the index of words does not have. */
  hasUnindexed(): Later<boolean>
  find(id: number): Later<Task | undefined>
  isEnded: EndedSessions['isEnded']
  /** Every task in the user's order, as it is when the first page is taken. */
  all(): Iterable<readonly Task[]> | AsyncIterable<readonly Task[]>
  ready(): Later<void>
  /** Of the database, and of its write-ahead log; undefined where they cannot be had. */
  bytes(): { readonly database: number; readonly log: number } | undefined
  close(): Later<void>
}

type Later<T> = T | Promise<T>

/** A reader that answers at once. */
export interface SqliteReader extends Reader {
  list(query: Filter): Task[]
  all(): Iterable<readonly Task[]>
  close(): void
}

type Filter = Omit<TaskQuery, 'text'>

export function openReader(db: DatabaseSync): SqliteReader {
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectPlace = prepare(selectPlaceSql)
  const selectNothing = prepare('select 1')
  const selectEnded = prepare('select 1 from ended_sessions where session in (?, ?) and until >= ?')
  const selectBytes = prepare('select page_count * page_size from pragma_page_count(), pragma_page_size()')
  const selectUnindexed = prepare(
    'select 1 from tasks where id > (select coalesce(max(id), 0) from search_docsize) limit 1',
  )
  const unmoved = (condition: string) =>
    prepare(`select ${taskColumns} from tasks where ${condition} and place is null order by id limit ?`)
  const selectAllUnmoved = unmoved('id > ?')
  const selectUnmovedByDone = unmoved('done = ? and id > ?')
  const selectUnmovedByDue = unmoved('due <= ? and id > ? and done between ? and ?')
  const selectAnyMoved = prepare('select 1 from tasks where place is not null limit 1')
  const statements = new Map<string, StatementSync>()

  return {
    list({ after, limit, done, due }) {
      const from = placeOf(after)
      const unmoved = read(() => selectUnmoved(Math.floor(from / placeStep), limit, done, due))
      if (read(() => selectAnyMoved.get()) === undefined) return unmoved.map(toTask)
      const { condition, values } = filter({ done, due })
      const moved = rows(
        `select ${taskColumns}, place from tasks where place > :from${condition} order by place limit :limit`,
        { ...values, from, limit },
      )
      return merge(unmoved, moved).slice(0, limit).map(toTask)
    },
    search({ text, after, limit, ...filters }) {
      const { condition, values } = filter(filters)
      const found = rows(
        `select ${taskColumns} from search join tasks on id = search.rowid
         where search match :match and ${placeSql} > :from${condition} order by ${placeSql} limit :limit`,
        { ...values, match: matchOf(text)!, from: placeOf(after), limit },
      )
      return found.map(toTask)
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
    *all() {
      // A transaction of its own keeps the view still. Nothing else can open a database in memory.
      const file = read(() => db.location())
      if (file === null) return yield* pagesOf(this)
      const own = read(() => new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs }))
      try {
        own.exec('begin')
        yield* pagesOf(openReader(own))
      } finally {
        own.close()
      }
    },
    ready() {
      read(() => selectNothing.get())
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

  /** Those that were never moved, by their ids. With the values by position: half the time of names. */
  function selectUnmoved(from: number, limit: number, done?: boolean, due?: string): Row[] {
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
    return found as unknown as Row[]
  }

  function placeOf(after = 0): number {
    if (after === 0) return Number.MIN_SAFE_INTEGER
    const row = read(() => selectPlace.get({ id: after })) as unknown as [number] | undefined
    return row?.[0] ?? Math.min(after, largestId) * placeStep
  }

  function rows(sql: string, values: Values): Row[] {
    return read(() => {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = prepare(sql)
        statements.set(sql, statement)
      }
      return statement.all(values) as unknown as Row[]
    })
  }

  function prepare(sql: string) {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

function* pagesOf(reader: SqliteReader): Generator<readonly Task[]> {
  for (let after = 0; ; ) {
    const tasks = reader.list({ after, limit: limits.pageSize })
    if (tasks.length > 0) yield tasks
    if (tasks.length < limits.pageSize) return
    after = tasks.at(-1)!.id
  }
}

type Values = Record<string, string | number>

function filter({ done, due }: { done?: boolean | undefined; due?: string | undefined }): {
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

/** Both in the order of their places; the moved ones have theirs behind the columns of a task. */
function merge(unmoved: readonly Row[], moved: readonly Row[]): Row[] {
  const merged: Row[] = []
  let next = 0
  for (const row of moved) {
    const place = (row as readonly unknown[]).at(-1) as number
    while (next < unmoved.length && unmoved[next]![0] * placeStep < place) merged.push(unmoved[next++]!)
    merged.push(row)
  }
  return merged.concat(unmoved.slice(next))
}

function read<T>(query: () => T): T {
  try {
    return query()
  } catch (error) {
    throw new Unavailable('a read failed', { cause: error })
  }
}
