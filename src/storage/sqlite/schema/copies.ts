import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../limits.ts'
import { syncFolder } from '../../folders.ts'
import { megabytes, work } from '../../work.ts'
import { faultOf } from '../faults.ts'
import { applicationId, countIn, openConnection, openDatabase, primaryCode, refuseForeign } from './open.ts'

/** Makes a consistent copy of an SQLite file, even while the service writes to it. Throws if `to` exists. */
export function backupFile(file: string, to: string) {
  refuseExisting(to)
  if (!existsSync(file)) throw new Error(`Cannot back up ${file}: there is no such file`)
  const db = new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs })
  try {
    const { size, mode } = statSync(file)
    work.progress(`copying ${file}, ${megabytes(size)}`)
    copyTo(db, to, mode)
  } finally {
    db.close()
  }
}

/**
 * The copy appears under its name complete, checked and synced, or not at all. Throws if the name was taken meanwhile. `mode`: the
 * permissions of the original.
 */
export function copyTo(db: DatabaseSync, file: string, mode = 0) {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    work.scratch(part)
    closeSync(openSync(part, 'wx', 0o600))
    db.prepare('vacuum into ?').run(part)
    checkFile(part)
    chmodSync(part, (mode & 0o666) | 0o600)
    publish(part, file)
  } finally {
    rmSync(part, { force: true })
  }
}

/** Syncs a finished file and renames it. Throws if the name is taken. */
export function publish(part: string, file: string) {
  // If root runs this, the file belongs to the owner of the folder, which is the service.
  const { uid, gid } = statSync(dirname(resolve(file)))
  if (process.getuid?.() === 0) chownSync(part, uid, gid)
  const handle = openSync(part, 'r+')
  fsyncSync(handle)
  closeSync(handle)
  name(part, file)
}

/** Renames the file, but never over another one. */
function name(file: string, to: string) {
  try {
    linkSync(file, to)
    rmSync(file)
  } catch (error) {
    // Some file systems have no hard links.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      refuseExisting(to)
      renameSync(file, to)
    } else refuseExisting(to)
  }
  syncFolder(dirname(to))
}

/** Reads a whole SQLite file. Returns what the quota counts; throws if it is damaged or not ours. */
export function checkFile(file: string): number {
  if (!existsSync(file)) throw new Error(`Cannot check ${file}: there is no such file`)
  work.progress(`checking ${file}, ${megabytes(statSync(file).size)}`)
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: limits.busyTimeoutMs })
    try {
      refuseForeign(db)
      const found = db.prepare('pragma integrity_check(1)').get()!['integrity_check']
      if (found !== 'ok') throw new Error(String(found).replaceAll('\n', ' '))
      return countIn(db)
    } finally {
      db.close()
    }
  } catch (error) {
    throw new Error(`${file} is no sound file of tasks: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Replaces `to` by a copy of `from`, and renames what was there. Throws, leaving everything as it was, if `from` is damaged or has a
 * newer schema, or if a program has `to` open.
 */
export function replaceFile(from: string, to: string) {
  const next = `${to}.next`
  work.scratch(next)
  rmSync(next, { force: true })
  checkFile(from)
  backupFile(from, next)
  try {
    openDatabase(next).close()
    if (!existsSync(to)) return name(next, to)
    const { isEmpty, release } = lockOut(to)
    try {
      ownAs(next, to)
      if (!isEmpty) putAside(to)
      renameSync(next, to)
      syncFolder(dirname(to))
    } finally {
      release()
    }
  } finally {
    rmSync(next, { force: true })
  }
}

/** Copies owner and permissions from another file: root may restore a file for the service. */
function ownAs(file: string, other: string) {
  const { uid, gid, mode } = statSync(other)
  const own = statSync(file)
  try {
    chmodSync(file, mode & 0o777)
    if (own.uid !== uid || own.gid !== gid) chownSync(file, uid, gid)
  } catch (error) {
    throw new Error(`Cannot replace ${other} and keep its owner: do it as that user or as root`, {
      cause: error,
    })
  }
}

/** Adds another name; its own stays, if the file system has hard links, so that nobody else can take it meanwhile. */
function putAside(file: string) {
  const aside = `${file}.${new Date().toISOString().replaceAll(/[-:.]/g, '')}`
  // A leftover log, as of a damaged file, must not be applied to the next one.
  for (const suffix of ['-wal', '-shm'])
    try {
      if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix)
    } catch {
      // On Windows deletion may lag.
      rmSync(file + suffix, { force: true, maxRetries: 10 })
    }
  try {
    linkSync(file, aside)
  } catch {
    renameSync(file, aside)
  }
}

export function refuseExisting(file: string) {
  if (existsSync(file)) throw new Error(`Cannot write ${file}: it is there already; choose another name`)
}

/**
 * Keeps every program from opening the file, until `release` is called; throws when one has it open. To leave the
 * write-ahead log a connection must be the only one; what the log had is in the file then. A file that is damaged is what a
 * backup is for. `isEmpty`: it has no table yet.
 */
function lockOut(file: string): { readonly isEmpty: boolean; release(): void } {
  let db: DatabaseSync | undefined
  let isEmpty = false
  try {
    db = openConnection(file)
    db.exec('pragma journal_mode = delete; begin exclusive')
    // Another may have begun a log between the two: then the lock does not keep others out.
    const mode = db.prepare('pragma journal_mode').get()!['journal_mode']
    if (mode !== 'delete') throw new Error(`its journal is ${mode}`)
    isEmpty = db.prepare('select 1 from sqlite_schema').get() === undefined
    // Who opened a file without a page deletes, at its first read, the log that stands beside its name: that of the next one.
    // Only in exclusive mode does a commit keep the lock; set before, it would keep that of readers, which writers wait for.
    if (isEmpty) db.exec(`pragma locking_mode = exclusive; pragma application_id = ${applicationId}; commit`)
  } catch (error) {
    db?.close()
    const fault = primaryCode(error)
    if (fault === 11 || fault === 26) return { isEmpty: false, release() {} }
    throw new Error(
      fault === 0 || fault === 5
        ? `Cannot replace ${file}: a program uses it; stop that first`
        : `Cannot replace ${file}: ${faultOf(error) ?? (error as Error).message}`,
      { cause: error },
    )
  }
  // Windows does not rename a file that is open, so no other process can be left with it.
  if (process.platform === 'win32') db.close()
  return {
    isEmpty,
    release() {
      if (db?.isOpen) db.close()
    },
  }
}
