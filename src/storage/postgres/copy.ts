import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { limits } from '../../limits.ts'
import { textNames } from '../../tasks/members.ts'
import type { Database } from '../open.ts'
import { openDatabase, primaryCode } from '../sqlite/open.ts'
import { placeSql, placeStep } from '../sqlite/order.ts'
import { columns, ownColumns, type Row as TaskRow, toTask } from '../sqlite/rows.ts'
import { work } from '../work.ts'
import { type Address, connect, type Dedicated, fragment, type Pool, programName, raw } from './connect.ts'
import { migrate } from './migrations.ts'
import { wordsOf } from './words.ts'

type Value = string | number | null
/** The first is the key. */
type Row = readonly Value[]

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly key: { readonly type: 'bigint' | 'text'; readonly lowest: Value }
}

const taskColumns: readonly string[] = [...columns, ...ownColumns]
const placeAt = columns.length
const id = { type: 'bigint', lowest: 0 } as const
/** All persistent tables; staged imports are temporary. */
const tables: readonly Table[] = [
  { name: 'tasks', columns: taskColumns, key: id },
  { name: 'deleted_tasks', columns: [...taskColumns, 'deleted'], key: id },
  { name: 'answers', columns: ['key', 'request', 'outcome', 'time'], key: { type: 'text', lowest: '' } },
  { name: 'ended_sessions', columns: ['session', 'until'], key: { type: 'text', lowest: '' } },
]

/** One side of a copy. */
interface End {
  /** At most so many rows after this key, in byte order of keys. */
  behind(table: Table, key: Value, most: number): Promise<Row[]>
  /** The rows after one key up to another, or to the last. */
  between(table: Table, key: Value, last: Value | undefined): Promise<Row[]>
  add(table: Table, rows: readonly Row[]): Promise<void>
  /** The last id ever assigned. */
  lastId(): Promise<number>
  raiseLastId(to: number): Promise<void>
  close(): Promise<void>
}

export interface Copied {
  readonly tasks: number
  readonly deleted: number
  readonly answers: number
}

/**
 * Copies all persistent tables into a database that is empty or partly filled by an earlier attempt, and compares every column of
 * every row at the end. Throws, without having changed anything, if the target has other data.
 */
export async function copyAll(from: Database, to: Database): Promise<Copied> {
  refuseItself(from, to)
  const source = await openEnd(from, true)
  try {
    const target = await openEnd(to, false)
    try {
      // First without writing: a target with other data stays as it is.
      for (const table of tables) await walk(table, source, target)
      // No id is assigned twice, even if a service is started on an incomplete copy.
      await target.raiseLastId(await source.lastId())
      for (const table of tables) await walk(table, source, target, (rows) => target.add(table, rows))
      const counts: number[] = []
      for (const table of tables) {
        const { rows, missing } = await walk(table, source, target)
        if (missing > 0) throw new Error(`${missing} rows of ${table.name} did not arrive; copy again`)
        counts.push(rows)
      }
      const [tasks, deleted, answers] = counts as [number, number, number]
      return { tasks, deleted, answers }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** Compares a table on both sides. Throws if the target has a row that is missing or different in the source. */
async function walk(
  table: Table,
  source: End,
  target: End,
  add?: (missing: readonly Row[]) => Promise<void>,
) {
  let rows = 0
  let missing = 0
  for (let key = table.key.lowest; ; ) {
    const some = await source.behind(table, key, limits.copiedAtOnce)
    const last = some.length < limits.copiedAtOnce ? undefined : some.at(-1)![0]!
    const there = new Map((await target.between(table, key, last)).map((row) => [row[0], row]))
    const lacking = some.filter((row) => {
      const copy = there.get(row[0]!)
      there.delete(row[0]!)
      if (copy && row.some((value, index) => copy[index] !== value)) refuse(row[0]!)
      return !copy
    })
    for (const other of there.keys()) refuse(other!)
    if (lacking.length > 0) await add?.(lacking)
    rows += some.length
    work.progress(`${add ? 'copying' : 'comparing'} ${table.name}, ${rows} rows`)
    missing += lacking.length
    if (last === undefined) return { rows, missing }
    key = last
  }

  function refuse(key: Value): never {
    throw new Error(
      `Cannot copy: the target has ${table.name} ${JSON.stringify(key)}, which the source has not, or otherwise; choose an empty target`,
    )
  }
}

function refuseItself({ file, postgres }: Database, to: Database) {
  if (file === ':memory:' || to.file === ':memory:')
    throw new Error('Cannot copy what is in memory: it ends with the program')
  if (postgres ? postgres.url === to.postgres?.url : !to.postgres && resolve(file) === resolve(to.file))
    throw new Error('Cannot copy: both are the same database')
}

function openEnd(database: Database, isSource: boolean): Promise<End> {
  if (database.postgres) return openPostgresEnd(database.postgres, isSource)
  if (isSource && !existsSync(database.file))
    throw new Error(`Cannot copy ${database.file}: there is no such file`)
  return openSqliteEnd(database.file, isSource)
}

async function openSqliteEnd(file: string, isSource: boolean): Promise<End> {
  const db = openAlone(file)
  // A snapshot.
  if (isSource) db.exec('begin')
  const select = (table: Table, where: string, values: readonly Value[]) => {
    const columns = table.columns.map((column) => (column === 'place' ? placeSql : column)).join(', ')
    const query = db.prepare(`select ${columns} from ${table.name} where ${where}`)
    query.setReturnArrays(true)
    return query.all(...values) as unknown as Row[]
  }
  return {
    async behind(table, key, most) {
      const name = table.columns[0]!
      return select(table, `${name} > ? order by ${name} limit ?`, [key, most])
    },
    async between(table, key, last) {
      const name = table.columns[0]!
      return last === undefined
        ? select(table, `${name} > ?`, [key])
        : select(table, `${name} > ? and ${name} <= ?`, [key, last])
    },
    async add(table, rows) {
      const isOfTasks = table.key === id
      const insert = db.prepare(
        `insert into ${table.name} (${table.columns.join(', ')}) values (${table.columns.map(() => '?').join(', ')})`,
      )
      db.exec('begin immediate')
      try {
        for (const row of rows) {
          const [task, place] = [Number(row[0]), row[placeAt]]
          insert.run(...(isOfTasks && place === task * placeStep ? row.with(placeAt, null) : row))
        }
        db.exec('commit')
      } catch (error) {
        db.exec('rollback')
        throw error
      }
    },
    async lastId() {
      return Number(
        db.prepare("select max(seq) as last from sqlite_sequence where name = 'tasks'").get()!['last'] ?? 0,
      )
    },
    async raiseLastId(to) {
      const { changes } = db
        .prepare("update sqlite_sequence set seq = max(seq, ?) where name = 'tasks'")
        .run(to)
      if (changes === 0) db.prepare("insert into sqlite_sequence (name, seq) values ('tasks', ?)").run(to)
    },
    async close() {
      db.close()
    },
  }
}

/** Writes during the copy would be lost. */
function openAlone(file: string) {
  try {
    return openDatabase(file, { alone: true })
  } catch (error) {
    if (primaryCode((error as Error).cause) !== 5) throw error
    throw new Error(`Cannot copy ${file}: a program uses it; stop that first`, { cause: error })
  }
}

async function refuseInUse({ sql }: Pool) {
  const [row] = await sql`select count(*) as n from pg_stat_activity
    where datname = current_database() and application_name = ${programName}`
  if (row!['n'] > 0)
    throw new Error(`Cannot copy: the service has ${row!['n']} connections to the PostgreSQL; stop it first`)
}

async function openPostgresEnd(address: Address, isSource: boolean): Promise<End> {
  const pool = await connect(address, `${programName} copy`)
  let own: Dedicated | undefined
  try {
    await refuseInUse(pool)
    await migrate(pool)
    if (isSource) own = await pool.dedicated(limits.postgresMigrationMs)
  } catch (error) {
    await pool.close()
    throw error
  }
  if (own) {
    await own.sql`begin isolation level repeatable read read only`
    await own.sql`${raw(`set local idle_in_transaction_session_timeout = 0`)}`
  }
  const sql = own?.sql ?? pool.sql
  const listed = (table: Table) => raw(table.columns.join(', '))
  const named = (table: Table) => raw(table.columns[0]!)
  return {
    async behind(table, key, most) {
      const rows =
        sql.arrays(fragment`select ${listed(table)} from ${raw(table.name)} where ${named(table)} > ${key}
        order by ${named(table)} limit ${most}`)
      return (await rows) as Row[]
    },
    async between(table, key, last) {
      const to = last === undefined ? raw('') : fragment` and ${named(table)} <= ${last}`
      return (await sql.arrays(
        fragment`select ${listed(table)} from ${raw(table.name)} where ${named(table)} > ${key}${to}`,
      )) as Row[]
    },
    async add(table, rows) {
      const hasWords = table.key === id
      const names = [...table.columns, ...(hasWords ? ['words'] : [])]
      const values = table.columns.map((_, index) => rows.map((row) => row[index]!))
      if (hasWords) values.push(rows.map((row) => wordsOf(toTask(row as TaskRow))))
      const listed = names
        .map((name, index) => fragment`${values[index]!}::${raw(isText(name) ? 'text[]' : 'bigint[]')}`)
        .reduce((before, next) => fragment`${before}, ${next}`)
      await pool.begin(async (tx) => {
        void tx`select seq from taskapp_state for update`
        void tx`insert into ${raw(table.name)} (${raw(names.join(', '))}) select * from unnest(${listed})`
      })
    },
    async lastId() {
      return (await sql`select last_id from taskapp_state`)[0]!['last_id']
    },
    async raiseLastId(to) {
      await sql`update taskapp_state set last_id = greatest(last_id, ${to}::bigint)`
    },
    async close() {
      await own?.close()
      await pool.close()
    },
  }
}

function isText(column: string): boolean {
  return [...textNames, 'words', 'key', 'request', 'outcome', 'session'].includes(column)
}
