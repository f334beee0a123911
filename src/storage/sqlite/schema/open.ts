import { closeSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { schema } from '../../../domain/sqlite.ts'
import { domain } from '../../../domain/store.ts'
import { limits } from '../../../limits.ts'
import { makeFolder } from '../../folders.ts'
import { obstacleIn } from '../../obstacles.ts'
import { migrations } from './migrations.ts'

/** "task" in ASCII: tells our files from other programs' (https://sqlite.org/pragma.html#pragma_application_id). */
export const applicationId = 0x7461736b

/**
 * A connection whose commits are on the disk when they return: `full` syncs the log at each, and `fullfsync` makes
 * macOS write the drive's own cache, too, which its fsync does not (https://sqlite.org/pragma.html#pragma_fullfsync).
 * `alone`: fails where another connection is open, and keeps others out.
 */
export function openConnection(file: string, alone = false): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: alone ? 0 : limits.busyTimeoutMs })
  try {
    if (alone) db.exec('pragma locking_mode = exclusive')
    db.exec('pragma synchronous = full; pragma fullfsync = on; pragma checkpoint_fullfsync = on')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** SQLITE_READONLY_DBMOVED (https://sqlite.org/rescode.html#readonly_dbmoved). */
const movedCode = 1032

/** Opens a connection as every connection to our file must be. The file is known to be ours. */
export function connect(file: string): DatabaseSync {
  const db = openConnection(file)
  keepLog(db)
  return db
}

/**
 * Opens the database, makes it where there is none, checks it and brings its schema up to date. `alone`: refuses where another
 * connection is open, and keeps others out.
 */
export function openDatabase(file: string, { alone = false } = {}): DatabaseSync {
  try {
    if (file !== ':memory:') makeFolder(dirname(file))
    for (;;) {
      const db = tryToOpen(file, alone)
      if (db) return db
    }
  } catch (error) {
    throw new Error(`Cannot open the database ${file}: ${obstacle(file, error) ?? reason(error)}`, {
      cause: error,
    })
  }
}

/**
 * Undefined where a restore has put another file in its place meanwhile. Then this connection has the file that was put aside
 * and reads it by the log of the new one, which has its name: it must find that out before it writes. In WAL mode it holds a
 * lock that a restore waits for, so no restore comes after the last look.
 */
function tryToOpen(file: string, alone: boolean): DatabaseSync | undefined {
  if (file !== ':memory:') makeFile(file)
  const before = identityOf(file)
  const isReplaced = () => identityOf(file) !== before
  let db: DatabaseSync | undefined
  try {
    db = openConnection(file, alone)
    // Waits until the restore, which locks the file, is through.
    refuseForeign(db)
    if (isReplaced()) return void db.close()
    keepLog(db)
    if (isReplaced()) return void db.close()
    prepare(db)
    refuseStrange(db)
    refuseReadOnly(db)
    return db
  } catch (error) {
    db?.close()
    if ((error as { errcode?: number }).errcode === movedCode || isReplaced()) return undefined
    throw error
  }
}

/** Makes an empty file where there is none, so that it can be told from another. What is wrong, SQLite tells better. */
function makeFile(file: string) {
  try {
    closeSync(openSync(file, 'wx', 0o644))
  } catch {}
}

/** Tells a file from another of the same name; undefined where there is none. */
export function identityOf(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stat && `${stat.dev}:${stat.ino}`
}

/** Where others do the same with a new file, SQLite fails at once: each would wait for the others' locks for reading. */
function keepLog(db: DatabaseSync) {
  const giveUp = performance.now() + limits.busyTimeoutMs
  for (;;) {
    try {
      return db.exec('pragma journal_mode = wal')
    } catch (error) {
      if (primaryCode(error) !== 5 || performance.now() > giveUp) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** One statement, so that both are of the same moment: another program may be making the database just now. */
export function refuseForeign(db: DatabaseSync) {
  const { id, tables } = db
    .prepare(
      `select application_id as id, (select count(*) from sqlite_schema) as tables
       from pragma_application_id`,
    )
    .get()!
  if (id !== applicationId && (id !== 0 || tables !== 0))
    throw new Error('it belongs to another program; choose another file in DATABASE_URL')
}

function refuseDamaged(db: DatabaseSync) {
  const found = db.prepare('pragma quick_check(1)').get()!['quick_check']
  if (found !== 'ok')
    throw new Error(`it is damaged (${String(found).replaceAll('\n', ' ')}); put a backup in its place`)
}

/**
 * Checks the file and takes the steps that it lacks, all under the lock for writing: of several programs that start on
 * a new file at once, one makes it, and the others find it made. Where nothing is lacking, nobody is locked out.
 */
function prepare(db: DatabaseSync) {
  const isBehind = Number(pragma(db, 'user_version')) < migrations.length
  transaction(db, isBehind ? 'immediate' : 'deferred', () => {
    refuseForeign(db)
    refuseDamaged(db)
    takeSteps(db, migrations.length)
  })
}

/** Takes the steps of the schema up to that version, all or none. */
export function migrate(db: DatabaseSync, to: number) {
  transaction(db, 'immediate', () => takeSteps(db, to))
}

/**
 * Refuses a file whose tables, columns, indexes and triggers are not those that the steps make. What others have added
 * beside them is let be, but for columns and triggers, which change what a write does.
 */
export function refuseStrange(db: DatabaseSync) {
  const found = objectsIn(db)
  if (sumOf(found) === schema.sum) return
  // The text of a schema may differ and mean the same.
  const expected = openConnection(':memory:')
  try {
    takeSteps(expected, migrations.length)
    for (const { type, name, sql } of objectsIn(expected)) {
      const there = found.find((object) => object.type === type && object.name === name)
      if (!there) throw new Error(strange(`the ${type} ${name} is missing`))
      const differs = type === 'table' ? columnsOf(db, name) !== columnsOf(expected, name) : there.sql !== sql
      if (differs) throw new Error(strange(`the ${type} ${name} is another one`))
    }
    for (const { type, name } of found)
      if (type === 'trigger' && !objectsIn(expected).some((object) => object.name === name))
        throw new Error(strange(`the trigger ${name} is of another program`))
  } finally {
    expected.close()
  }
}

/** What the quota counts. */
export function countIn(db: DatabaseSync): number {
  return Number(Object.values(db.prepare(domain.countSql).get()!)[0])
}

interface SchemaObject {
  readonly type: string
  readonly name: string
  readonly sql: string | null
}

export function objectsIn(db: DatabaseSync): SchemaObject[] {
  const query =
    "select type, name, sql from sqlite_schema where name not like 'sqlite_stat%' order by type = 'table' desc, type, name"
  return db.prepare(query).all() as unknown as SchemaObject[]
}

/** Enough to detect accidental changes. */
export function sumOf(objects: readonly SchemaObject[]): number {
  let sum = 0
  for (const { type, name, sql } of objects)
    for (const character of `${type} ${name} ${sql?.length};`)
      sum = (Math.imul(sum, 31) + character.charCodeAt(0)) | 0
  return sum
}

function columnsOf(db: DatabaseSync, table: string): string {
  return JSON.stringify(db.prepare('select name, type, "notnull", pk from pragma_table_xinfo(?)').all(table))
}

export function strange(what: string): string {
  return `its tables are not those of this program (${what}): another program changed it, or a version that was never released made it; put a backup in its place, or export from the version that made it and import that into a new file`
}

/**
 * A file that another user owns can be read all the same, and SQLite begins even a transaction for writing on it. Who holds the
 * lock does not matter yet.
 */
function refuseReadOnly(db: DatabaseSync) {
  try {
    db.exec('begin immediate')
    try {
      db.exec(`pragma user_version = ${migrations.length}`)
    } finally {
      db.exec('rollback')
    }
  } catch (error) {
    if (primaryCode(error) !== 5) throw error
  }
}

function takeSteps(db: DatabaseSync, to: number) {
  const version = Number(pragma(db, 'user_version'))
  const newest = Math.max(version, to)
  if (newest > migrations.length) {
    throw new Error(
      `its schema has version ${newest} and this program knows versions up to ${migrations.length}; run a newer taskapp`,
    )
  }
  if (version >= to) return
  try {
    for (const sql of migrations.slice(version, to)) db.exec(sql)
    // Journals and copies read `sqlite_sequence`, which comes with the first table that has a sequence.
    if (!db.prepare("select 1 from sqlite_schema where name = 'sqlite_sequence'").get())
      db.exec('create table made (id integer primary key autoincrement); drop table made')
  } catch (error) {
    // SQLITE_ERROR: the step does not fit what is there.
    if (primaryCode(error) !== 1) throw error
    throw new Error(strange((error as Error).message), { cause: error })
  }
  db.exec(`pragma application_id = ${applicationId}; pragma user_version = ${to}`)
}

function transaction(db: DatabaseSync, kind: 'deferred' | 'immediate', run: () => void) {
  db.exec(`begin ${kind}`)
  try {
    run()
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version') {
  return db.prepare(`pragma ${name}`).get()![name]
}

/** Of what the operating system refused, which SQLite cannot tell: https://sqlite.org/rescode.html */
function obstacle(file: string, error: unknown): string | undefined {
  const { errcode, code } = error as { errcode?: number; code?: string }
  // Locks, foreign and damaged files are no matter of rights or room.
  const isOfSystem = errcode === undefined ? code?.startsWith('E') : [8, 10, 13, 14].includes(errcode & 0xff)
  return isOfSystem ? obstacleIn(dirname(file), [file, `${file}-wal`, `${file}-shm`]) : undefined
}

function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message: string }
  switch (primaryCode(error)) {
    case 11:
      return 'it is damaged; put a backup in its place'
    case 14:
      return 'the file, or the -wal and -shm beside it, cannot be opened or made; check that its folder exists, may be written to, and whose the files are'
    case 26:
      return 'it is not an SQLite database; choose another file in DATABASE_URL'
    case 5:
      return 'another program holds a lock on it; end that program'
    case 8:
      return 'it may only be read; check whose the file and its folder are, and their permissions'
  }
  if (code?.startsWith('E') && code !== 'ERR_SQLITE_ERROR')
    return `its folder cannot be made; check the permissions and the path (${code})`
  return message
}

/** https://sqlite.org/rescode.html */
export function primaryCode(error: unknown): number {
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff
}
