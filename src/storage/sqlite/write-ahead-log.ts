import { closeSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { syncFolder } from '../folders.ts'

/** How long the log is; 0 where there is none. */
export function logBytes(file: string): number {
  return statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * Takes what is in a long log over into the database, and empties it unless somebody reads what is older. The connection is
 * `connect`'s: waiting for the readers would hold up the writes.
 */
export function shortenLog(db: DatabaseSync, file: string) {
  if (logBytes(file) < limits.logBytes) return
  db.exec('pragma busy_timeout = 0')
  try {
    db.exec('pragma wal_checkpoint(truncate)')
  } finally {
    db.exec(`pragma busy_timeout = ${limits.busyTimeoutMs}`)
  }
}

/**
 * What a process left in the log may be on no disk, although it can be read: its last sync may have failed, and on Linux
 * that marks the pages as clean, so that no later sync writes them. Written once more they are dirty again.
 */
export function renewLog(db: DatabaseSync, file: string) {
  if (logBytes(file) === 0) return
  // Nobody else writes meanwhile.
  db.exec('begin immediate')
  try {
    const log = openSync(`${file}-wal`, 'r+')
    try {
      const some = Buffer.allocUnsafe(limits.renewedAtOnce)
      for (let at = 0; ; ) {
        const bytes = readSync(log, some, 0, some.length, at)
        if (bytes === 0) break
        for (let done = 0; done < bytes; ) done += writeSync(log, some, done, bytes - done, at + done)
        at += bytes
      }
      fsyncSync(log)
    } finally {
      closeSync(log)
    }
    syncFolder(dirname(file))
  } finally {
    db.exec('rollback')
  }
}
