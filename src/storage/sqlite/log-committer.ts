import { closeSync, fdatasync, openSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../limits.ts'
import { FailedSync, Unavailable } from '../../tasks/errors.ts'
import type { Size } from '../quota.ts'
import type { Committer } from './committer.ts'
import { openWriting, type Target } from './connection.ts'
import type { HeldReader } from './held-reader.ts'
import { connectUnsynced, primaryCode } from './open.ts'
import { commitInThread } from './thread.ts'
import { logBytes } from './write-ahead-log.ts'
import type { Outcome, Write } from './writes.ts'

/** Writes that take no longer when there are more tasks. */
const quick = new Set(['create', 'change', 'remove', 'restore', 'move', 'endSession'])

/**
 * Commits to the write-ahead log here, on the event loop, which takes microseconds, and leaves the sync to libuv's thread
 * pool; until that is done `reader` sees what was before (decisions/003). What would hold up the loop goes to a thread of its
 * own: writes to many tasks, and what needs SQLite to sync by itself, which is a new log and one that has become long.
 * Where a sync fails, nothing is written any more, and `fail` is to end the process (decisions/013).
 */
export function commitToLog(target: Target, reader: HeldReader, fail: (error: Error) => void): Committer {
  const here = openWriting(target, connectUnsynced)
  const thread = commitInThread(join(import.meta.dirname, 'writer'), target, {}, limits.writerIdleMs)
  let log: number | undefined
  let size: Size | undefined
  let failed: Error | undefined

  return {
    size: () => size,
    async commit(writes) {
      if (failed) throw new Unavailable('a sync has failed', { cause: failed })
      try {
        return (belongHere(writes) && (await commitHere(writes))) || (await commitThere(writes))
      } catch (error) {
        if (error instanceof FailedSync) end(error)
        throw error
      }
    },
    async close() {
      // SQLite would take over the log into the database, and trust what it reads of it.
      if (failed) throw failed
      await thread.close()
      here.close()
      if (log !== undefined) closeSync(log)
    },
  }

  function belongHere(writes: readonly Write[]): boolean {
    if (!writes.every(({ kind }) => quick.has(kind))) return false
    const bytes = logBytes(target.file)
    return bytes > 0 && bytes < limits.logBytes
  }

  /** Undefined where another program holds the lock: the thread can wait for it. */
  async function commitHere(writes: readonly Write[]): Promise<readonly Outcome[] | undefined> {
    let outcomes: readonly Outcome[]
    reader.hold()
    try {
      log ??= openSync(`${target.file}-wal`, 'r+')
      outcomes = here.commit(writes, size?.tasks)
    } catch (error) {
      if (error instanceof FailedSync) throw error
      reader.release()
      size = undefined
      if (primaryCode((error as Error).cause) === 5) return undefined
      throw error
    }
    await synced(log)
    reader.release()
    size = here.size()
    return outcomes
  }

  async function commitThere(writes: readonly Write[]): Promise<readonly Outcome[]> {
    const tasks = size?.tasks
    size = undefined
    const outcomes = await thread.commit(writes, tasks)
    size = thread.size()
    return outcomes
  }

  /** Never a second try: it would succeed and prove nothing. */
  function end(error: FailedSync) {
    failed = error
    // After the answers to this group.
    setImmediate(
      fail,
      new Error(
        `A sync of the database failed: ${error.message}; the process ends, and its next start writes the log anew`,
      ),
    )
  }
}

function synced(log: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(log, (cause) => (cause ? reject(new FailedSync(cause.message, { cause })) : resolve()))
  })
}
