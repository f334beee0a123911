import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { openConnection } from '../sqlite/open.ts'

/** Which journal a copy follows: an epoch, and when that began, which tells it from the same epoch of another folder. */
export interface Origin {
  readonly epoch: number
  readonly time: number
}

/** A copy whose process is gone without having put it away: perhaps all that there is of its tasks. */
export interface Leftover {
  readonly file: string
  /** Undefined where it never followed a journal to its end. */
  readonly origin: Origin | undefined
}

/** What belongs to a copy: its log, the index of that, and its origin. */
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

/** How many tasks it has; none where it cannot be read. */
export function tasksIn(file: string): number {
  try {
    const db = openConnection(file)
    try {
      return Number(db.prepare('select count(*) as n from tasks').get()!['n'])
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
      // Windows removes no file that somebody still reads; the next start does.
      if (!['EBUSY', 'EPERM'].includes((error as NodeJS.ErrnoException).code!)) throw error
    }
}

/** Gives the copy a name under which nobody removes it, and tells that. */
export function keepCopy(file: string, database: string): string {
  const kept = `${database}-kept-${new Date().toISOString().replaceAll(/[-:.]/g, '')}.db`
  moveCopy(file, kept)
  return kept
}

/** Copies that were kept beside the database. */
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
