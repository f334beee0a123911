/** The thread that makes one backup: reading all tasks would hold up the event loop. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { limits } from '../limits.ts'
import { backupsIn } from './backups.ts'
import { backUp } from './copies.ts'
import type { Database } from './open.ts'

export interface BackupTask {
  readonly database: Database
  readonly folder: string
  readonly keep: number
}

export interface BackupOutcome {
  readonly made?: string
  readonly failed?: string
}

/** What a thread that was stopped leaves, and what another program is about to make. */
const unfinished = /^\.?tasks-\d{6,}-[\dTZ]+\.db.+$/
const { database, folder, keep }: BackupTask = workerData
const tell = (outcome: BackupOutcome) => parentPort!.postMessage(outcome)
run().then(tell, ({ message }: Error) => tell({ failed: message }))

/** Only when the new one is whole and checked, the oldest go. */
async function run(): Promise<BackupOutcome> {
  for (const name of readdirSync(folder))
    if (unfinished.test(name) && isAbandoned(join(folder, name))) rmSync(join(folder, name), { force: true })
  const last = backupsIn(readdirSync(folder)).at(-1)
  const number = String(Number(last?.split('-')[1] ?? 0) + 1).padStart(6, '0')
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const made = join(folder, `tasks-${number}-${time}.db`)
  await backUp(database, made)
  for (const name of backupsIn(readdirSync(folder)).slice(0, -keep)) rmSync(join(folder, name))
  return { made }
}

/** Another program that backs up into the same folder is still writing it otherwise. */
function isAbandoned(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat !== undefined && Math.abs(Date.now() - stat.mtimeMs) > limits.abandonedBackupMs
}
