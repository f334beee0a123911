import { existsSync } from 'node:fs'
import { copy } from '../../domain/postgres.ts'
import { limits } from '../../limits.ts'
import type { Database } from '../database.ts'
import type { CarriedTable } from '../sqlite/schema/carried.ts'
import { openDatabase, primaryCode } from '../sqlite/schema/open.ts'
import { quoted } from '../tables.ts'
import type { Address } from './address.ts'
import { connect, type Dedicated, type Pool, programName } from './connect.ts'
import { migrate } from './migrations.ts'
import { fragment, raw } from './sql.ts'

const { sequence, computed, stored, derived } = copy

export type Value = string | number | null
/** The first is the key. */
export type Row = readonly Value[]

export interface Table extends CarriedTable {
  readonly key: string
  /** Of the columns, comma-separated. */
  readonly names: string
  readonly lowest: Value
  /** The rows that every new database has, by their keys. */
  readonly initial: ReadonlyMap<Value, Row>
}

/** One side of a copy. */
export interface End {
  /** At most so many rows after this key, in byte order of keys. */
  behind(table: Table, key: Value, most: number): Promise<Row[]>
  /** The rows after one key up to another, or to the last. */
  between(table: Table, key: Value, last: Value | undefined): Promise<Row[]>
  /** Rows that are not there, or that a new database has. */
  add(table: Table, rows: readonly Row[]): Promise<void>
  /** The last id ever assigned. */
  lastId(): Promise<number>
  raiseLastId(to: number): Promise<void>
  close(): Promise<void>
}

/** Nothing else may use the database meanwhile. */
export function openEnd(database: Database, isSource: boolean): Promise<End> {
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
    const columns = table.columns.map(({ name }) => computed[name] ?? quoted(name))
    const query = db.prepare(`select ${columns.join(', ')} from ${quoted(table.name)} where ${where}`)
    query.setReturnArrays(true)
    return query.all(...values) as unknown as Row[]
  }
  return {
    async behind(table, key, most) {
      return select(table, `${table.key} > ? order by ${table.key} limit ?`, [key, most])
    },
    async between(table, key, last) {
      return last === undefined
        ? select(table, `${table.key} > ?`, [key])
        : select(table, `${table.key} > ? and ${table.key} <= ?`, [key, last])
    },
    async add({ name, names, columns }, rows) {
      const parameters = columns.map(() => '?').join(', ')
      const insert = db.prepare(`insert or replace into ${quoted(name)} (${names}) values (${parameters})`)
      db.exec('begin immediate')
      try {
        for (const row of rows)
          insert.run(
            ...row.map((value, at) =>
              columns[at]!.name in computed ? stored(columns[at]!.name, value, row[0]!) : value,
            ),
          )
        db.exec('commit')
      } catch (error) {
        db.exec('rollback')
        throw error
      }
    },
    async lastId() {
      return Number(
        db.prepare('select max(seq) as last from sqlite_sequence where name = ?').get(sequence)!['last'] ?? 0,
      )
    },
    async raiseLastId(to) {
      if (to === 0) return
      const { changes } = db
        .prepare('update sqlite_sequence set seq = max(seq, ?) where name = ?')
        .run(to, sequence)
      if (changes === 0) db.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(sequence, to)
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
  const derivedColumns =
    await sql`select table_name as "table", column_name as name from information_schema.columns
    where table_schema = current_schema and column_name = any(${Object.keys(derived)})`
  return {
    async behind({ name, names, key: column }, key, most) {
      const rows =
        sql.arrays(fragment`select ${raw(names)} from ${raw(quoted(name))} where ${raw(column)} > ${key}
        order by ${raw(column)} limit ${most}`)
      return (await rows) as Row[]
    },
    async between({ name, names, key: column }, key, last) {
      const to = last === undefined ? raw('') : fragment` and ${raw(column)} <= ${last}`
      return (await sql.arrays(
        fragment`select ${raw(names)} from ${raw(quoted(name))} where ${raw(column)} > ${key}${to}`,
      )) as Row[]
    },
    async add({ name, columns, key }, rows) {
      const lists = columns.map(
        ({ isText }, index) =>
          fragment`${rows.map((row) => row[index]!)}::${raw(isText ? 'text[]' : 'bigint[]')}`,
      )
      const own = derivedColumns.filter(({ table }) => table === name).map((column): string => column['name'])
      const named = rows.map((row) =>
        Object.fromEntries(columns.map((column, at) => [column.name, row[at]!])),
      )
      for (const column of own) lists.push(fragment`${named.map(derived[column]!)}::text[]`)
      const listed = lists.reduce((before, next) => fragment`${before}, ${next}`)
      const all = [...columns.map((column) => quoted(column.name)), ...own]
      const taken = all.map((column) => `${column} = excluded.${column}`)
      await pool.begin(async (tx) => {
        void tx`select seq from taskapp_state for update`
        void tx`insert into ${raw(`${quoted(name)} (${all.join(', ')})`)} select * from unnest(${listed})
          on conflict (${raw(key)}) do update set ${raw(taken.join(', '))}`
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
