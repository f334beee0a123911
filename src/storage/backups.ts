import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../limits.ts'
import type { Store } from '../resources/store.ts'
import { backupsIn } from './backup-names.ts'
import type { Database, Listener } from './database.ts'
import { startJob } from './jobs.ts'
import { obstacleIn } from './obstacles.ts'

export interface BackupSettings {
  readonly folder: string
  /** Hours between backups while there are changes. */
  readonly everyHours: number
  /** How many to keep. */
  readonly keep: number
}

export interface Backups {
  /** Why a due backup is missing. */
  warnings(): readonly string[]
  close(): Promise<void>
}

/**
 * Backs up into a folder, in a thread of its own, once the last backup is old enough and something has changed since. Without
 * changes there is no timer, so an idle process is never woken.
 */
export function scheduleBackups(
  database: Database,
  { folder, everyHours, keep }: BackupSettings,
  store: Store,
  { info, warn }: Pick<Listener, 'info' | 'warn'>,
): Backups {
  const everyMs = everyHours * 60 * 60 * 1_000
  const newest = newestIn(folder)
  /** On the monotonic clock. A backup from the future means that a clock was wrong, and is ignored. */
  let due = performance.now() + (newest && newest <= Date.now() ? newest + everyMs - Date.now() : 0)
  let timer: NodeJS.Timeout | undefined
  let underWay: Promise<void> | undefined
  let stop: () => unknown = () => {}
  let changed = false
  let closed = false
  /** Reported now, not when the first backup is due. */
  let warning = warningOf(obstacleIn(folder))
  if (warning) warn(warning)

  // With a journal nothing is known before the first write.
  if (!database.durable && changedSince(database.file, newest)) onChange()
  store.onCommit(onChange)

  return {
    warnings: () => (warning === undefined ? [] : [warning]),
    async close() {
      closed = true
      clearTimeout(timer)
      void stop()
      await underWay
    },
  }

  function onChange() {
    changed = true
    if (closed || timer !== undefined || underWay !== undefined) return
    timer = setTimeout(
      () => {
        timer = undefined
        underWay = backUp()
      },
      Math.max(0, due - performance.now()),
    )
  }

  async function backUp() {
    changed = false
    let failed = false
    try {
      const job = await startJob({ kind: 'rotate', database, folder, keep }, () => {})
      stop = job.stop
      if (closed) void stop()
      const made = await job.result
      warning = undefined
      if (!closed) info(`backed up to ${made}`)
    } catch (error) {
      failed = true
      warning = warningOf(obstacleIn(folder) ?? (error as Error).message)
      if (!closed) warn(warning!)
    }
    if (closed) return
    due = performance.now() + (failed ? Math.min(everyMs, limits.backupRetryMs) : everyMs)
    underWay = undefined
    if (changed || failed) onChange()
  }

  function warningOf(reason: string | undefined): string | undefined {
    return reason === undefined ? undefined : `No backup in ${folder}: ${reason}`
  }
}

/** The time of the newest backup, in milliseconds. If the folder cannot be read, the first backup will report it. */
function newestIn(folder: string): number | undefined {
  try {
    const last = backupsIn(readdirSync(folder)).at(-1)
    return last === undefined ? undefined : statSync(join(folder, last)).mtimeMs
  } catch {
    return undefined
  }
}

/** An empty log is the one that this start created. */
function changedSince(file: string, time = 0): boolean {
  return [file, `${file}-wal`].some((name) => {
    const stat = statSync(name, { throwIfNoEntry: false })
    return stat !== undefined && stat.size > 0 && stat.mtimeMs > time
  })
}
