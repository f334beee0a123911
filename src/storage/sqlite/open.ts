import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { migrations } from './migrations.ts'

/** "task" in ASCII: tells our files from other programs' (https://sqlite.org/pragma.html#pragma_application_id). */
const applicationId = 0x7461736b

/** Opens a connection as every connection to our file must be. The file is known to be ours. */
export function connect(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: limits.busyTimeoutMs })
  configure(db)
  return db
}

/** Opens the database, makes it where there is none, checks it and brings its schema up to date. */
export function openDatabase(file: string): DatabaseSync {
  try {
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
    const db = new DatabaseSync(file, { timeout: limits.busyTimeoutMs })
    try {
      refuseForeign(db)
      configure(db)
      refuseDamaged(db)
      migrate(db)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    throw new Error(`Cannot open the database ${file}: ${reason(error)}`, { cause: error })
  }
}

/** A write-ahead log with a sync for each commit: that an answered write is on disk hangs on `full`. */
function configure(db: DatabaseSync) {
  db.exec('pragma journal_mode = wal; pragma synchronous = full')
}

export function refuseForeign(db: DatabaseSync) {
  const id = pragma(db, 'application_id')
  const [tables] = Object.values(db.prepare('select count(*) from sqlite_schema').get()!)
  if (id !== applicationId && (id !== 0 || tables !== 0))
    throw new Error('it belongs to another program; choose another file in DATABASE_URL')
}

function refuseDamaged(db: DatabaseSync) {
  const found = db.prepare('pragma quick_check(1)').get()!['quick_check']
  if (found !== 'ok')
    throw new Error(`it is damaged (${String(found).replaceAll('\n', ' ')}); put a backup in its place`)
}

/** Takes the steps of the schema up to that version. */
export function migrate(db: DatabaseSync, to = migrations.length) {
  const version = Number(pragma(db, 'user_version'))
  const newest = Math.max(version, to)
  if (newest > migrations.length) {
    throw new Error(
      `its schema has version ${newest} and this program knows versions up to ${migrations.length}; run a newer taskapp`,
    )
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version || index >= to) continue
    db.exec('begin immediate')
    try {
      // Asked again: another process may have taken the step while this one waited for the lock.
      if (Number(pragma(db, 'user_version')) <= index)
        db.exec(`${sql} pragma application_id = ${applicationId}; pragma user_version = ${index + 1}`)
      db.exec('commit')
    } catch (error) {
      if (db.isTransaction) db.exec('rollback')
      throw error
    }
  }
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version') {
  return db.prepare(`pragma ${name}`).get()![name]
}

function reason(error: unknown): string {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message: string }
  // Primary result codes: https://sqlite.org/rescode.html
  switch (errcode && errcode & 0xff) {
    case 11:
      return 'it is damaged; put a backup in its place'
    case 14:
      return 'the file cannot be opened or made; check that its folder exists and may be written to'
    case 26:
      return 'it is not an SQLite database; choose another file in DATABASE_URL'
    case 5:
      return 'another program holds a lock on it; end that program'
    case 8:
      return 'it may only be read; check the permissions of the file and its folder'
  }
  if (code?.startsWith('E') && code !== 'ERR_SQLITE_ERROR')
    return `its folder cannot be made; check the permissions and the path (${code})`
  return message
}
