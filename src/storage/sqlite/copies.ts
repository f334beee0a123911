import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { openDatabase, refuseForeign } from './open.ts'

/** A consistent copy of an SQLite file, also while the service writes to it. Throws where `to` exists. */
export function backupFile(file: string, to: string) {
  refuseExisting(to)
  if (!existsSync(file)) throw new Error(`Cannot back up ${file}: there is no such file`)
  const db = new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs })
  try {
    copyTo(db, to)
  } finally {
    db.close()
  }
}

/** Whole, checked and synced under its name, or not there. */
export function copyTo(db: DatabaseSync, file: string) {
  const part = `${file}.part`
  try {
    rmSync(part, { force: true })
    db.prepare('vacuum into ?').run(part)
    checkFile(part)
    const handle = openSync(part, 'r+')
    fsyncSync(handle)
    closeSync(handle)
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

/** Reads all of an SQLite file of tasks. How many it has; throws where it is damaged or not ours. */
export function checkFile(file: string): number {
  if (!existsSync(file)) throw new Error(`Cannot check ${file}: there is no such file`)
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs })
    try {
      refuseForeign(db)
      const found = db.prepare('pragma integrity_check(1)').get()!['integrity_check']
      if (found !== 'ok') throw new Error(String(found).replaceAll('\n', ' '))
      return Number(db.prepare('select count(*) as count from tasks').get()!['count'])
    } finally {
      db.close()
    }
  } catch (error) {
    throw new Error(`${file} is no sound file of tasks: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Puts the file of tasks `from` in the place of `to`, and what was there aside. Throws, with everything as it was, when
 * `from` is not sound or of a newer schema, or when a program has `to` open.
 */
export function replaceFile(from: string, to: string) {
  const next = `${to}.next`
  rmSync(next, { force: true })
  checkFile(from)
  backupFile(from, next)
  try {
    void openDatabase(next).close()
    if (existsSync(to)) {
      refuseOpen(to)
      renameSync(to, `${to}.${new Date().toISOString().replaceAll(/[-:.]/g, '')}`)
    }
    renameSync(next, to)
  } finally {
    rmSync(next, { force: true })
  }
}

export function refuseExisting(file: string) {
  if (existsSync(file)) throw new Error(`Cannot write ${file}: it is there already; choose another name`)
}

/** To leave the write-ahead log a connection must be the only one. What the log had is in the file then. */
function refuseOpen(file: string) {
  const db = new DatabaseSync(file)
  try {
    const mode = db.prepare('pragma journal_mode = delete').get()!['journal_mode']
    if (mode !== 'delete') throw new Error(`its journal is ${mode}`)
  } catch (error) {
    throw new Error(`Cannot replace ${file}: a program uses it; stop that first`, { cause: error })
  } finally {
    db.close()
  }
}
