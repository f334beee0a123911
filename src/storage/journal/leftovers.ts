import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { countIn, openConnection } from '../sqlite/schema/open.ts'

/** The journal that a replica follows: an epoch and its start time, which distinguishes it from the same epoch in another folder. */
export interface Origin {
  readonly epoch: number
  readonly time: number
}

/** A replica whose process was killed: it may be all that is left of its tasks. */
export interface Leftover {
  readonly file: string
  /** Undefined if it never caught up with a journal. */
  readonly origin: Origin | undefined
}

/** Files of a replica: its log, the log's index, and its origin. */
const suffixes = ['', '-wal', '-shm', '.from']

/**
 * The leftovers beside `base`, out of the way of copies that are still to be made: in a container each process has the same
 * number.
 */
export function collectLeftovers(base: string): Leftover[] {
  const names = readdirSync(dirname(base)).filter((name) => name.startsWith(`${basename(base)}-`))
  return names.flatMap((name) => {
    const path = join(dirname(base), name)
    const [, left, pid, number] = /^-(left-)?(\d+)-(\d+|snapshot)$/.exec(path.slice(base.length)) ?? []
    if (pid === undefined) return []
    if (!left && Number(pid) !== process.pid && isAlive(Number(pid))) return []
    if (number === 'snapshot') {
      removeCopy(path)
      return []
    }
    const file = left ? path : `${base}-left-${Date.now()}-${number}`
    if (!left) moveCopy(path, file)
    return [{ file, origin: originOf(file) }]
  })
}

/** The number of tasks; 0 if it cannot be read. */
export function tasksIn(file: string): number {
  try {
    const db = openConnection(file)
    try {
      return countIn(db)
    } finally {
      db.close()
    }
  } catch {
    return 0
  }
}

export function removeCopy(file: string) {
  for (const suffix of suffixes)
    try {
      rmSync(file + suffix, { force: true })
    } catch (error) {
      // Windows does not delete files that are open; the next start will.
      if (!['EBUSY', 'EPERM'].includes((error as NodeJS.ErrnoException).code!)) throw error
    }
}

/** Renames the replica so that it is not removed; returns the new name. */
export function keepCopy(file: string, database: string): string {
  const kept = `${database}-kept-${new Date().toISOString().replaceAll(/[-:.]/g, '')}.db`
  moveCopy(file, kept)
  return kept
}

/** Replicas that were kept next to the database. */
export function keptCopies(database: string): string[] {
  const folder = dirname(database)
  const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(database)}-kept-`))
  return names.filter((name) => name.endsWith('.db')).map((name) => join(folder, name))
}

function moveCopy(from: string, to: string) {
  for (const suffix of suffixes) if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix)
}

function originOf(file: string): Origin | undefined {
  try {
    return JSON.parse(readFileSync(`${file}.from`, 'utf8'))
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
