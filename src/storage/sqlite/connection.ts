import type { DatabaseSync } from 'node:sqlite'
import { FailedSync, Unavailable, Uncertain } from '../../tasks/errors.ts'
import type { Quota, Size } from '../quota.ts'
import { faultOf } from './faults.ts'
import { type Groups, prepareGroups } from './group.ts'
import { identityOf } from './open.ts'
import type { Outcome, Write } from './writes.ts'

/** The file that is written to. */
export interface Target {
  readonly file: string
  readonly identity: string | undefined
  readonly quota: Quota
}

export interface WritingConnection {
  /**
   * Commits the group. `tasks`: how many there are, if that is known. Throws `Unavailable` where it is certain that nothing
   * was done, `Uncertain` where it is not, and `FailedSync`.
   */
  commit(group: readonly Write[], tasks?: number): readonly Outcome[]
  /** The connection, opened where it is not. */
  db(): DatabaseSync
  /** How much is kept after a commit. */
  size(): Size
  close(): void
}

/** A connection for writing, opened by `connect` when it is first needed. */
export function openWriting(
  { file, identity, quota }: Target,
  connect: (file: string) => DatabaseSync,
): WritingConnection {
  let db: DatabaseSync | undefined
  let groups: Groups | undefined

  const writing: WritingConnection = {
    commit(group, tasks) {
      let undone = true
      try {
        refuseOther()
        groups ??= prepareGroups(writing.db(), quota)
        groups.know(tasks)
        const outcomes = groups.apply(group)
        undone = false
        groups.commit()
        return outcomes
      } catch (cause) {
        groups?.rollback()
        if (isReadOnly(cause)) writing.close()
        throw errorOf(cause, undone)
      }
    },
    db() {
      db ??= connect(file)
      return db
    },
    size: () => groups!.size(),
    close() {
      db?.close()
      db = groups = undefined
    },
  }
  return writing

  /** SQLite would go on to write into a file that nobody can open any more. */
  function refuseOther() {
    const now = identityOf(file)
    if (now === undefined)
      throw new Error('the file of the database is gone; put it or a backup there and start anew')
    if (now !== identity) throw new Error('the file of the database was replaced by another file; start anew')
  }
}

/** In the operator's words. */
export function errorOf(cause: unknown, undone: boolean): Unavailable {
  const fault = faultOf(cause)
  const { message } = cause as Error
  const text = fault ? `${fault} (${message})` : message
  if (isFailedSync(cause)) return new FailedSync(text, { cause })
  return undone ? new Unavailable(text, { cause }) : new Uncertain(text, { cause })
}

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC (https://sqlite.org/rescode.html). */
function isFailedSync(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number }
  return [1034, 1290].includes(errcode)
}

/** A connection to a file that could only be read stays so, even when the file may be written again. */
function isReadOnly(error: unknown): boolean {
  const { errcode = 0 } = error as { errcode?: number }
  return (errcode & 0xff) === 8
}
