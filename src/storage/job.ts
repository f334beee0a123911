/** The thread for long work, which would block the event loop of the service, and Ctrl+C in a command. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { limits } from '../limits.ts'
import { backupsIn } from './backup-names.ts'
import { backUp, copy, restore, restoreOver, verify } from './copies.ts'
import type { Database } from './database.ts'
import { work } from './work.ts'

export type Job =
  /** Makes the next backup and deletes the oldest beyond `keep`. Results in its path. */
  | { readonly kind: 'rotate'; readonly database: Database; readonly folder: string; readonly keep: number }
  | { readonly kind: 'backup'; readonly database: Database; readonly to: string }
  | { readonly kind: 'restore'; readonly from: string; readonly to: string; readonly until: Date | undefined }
  | { readonly kind: 'replace'; readonly from: string; readonly to: string }
  /** Results in whether all is sound. */
  | { readonly kind: 'verify'; readonly path: string }
  /** Results in `Copied`. */
  | { readonly kind: 'copy'; readonly from: Database; readonly to: Database }

export type JobMessage =
  | { readonly line: string }
  | { readonly progress: string }
  | { readonly scratch: string }
  | { readonly done: unknown }
  | { readonly failed: string }

/** Leftovers of a stopped thread, or files that another program is still writing. */
const unfinished = /^\.?tasks-\d{6,}-[\dTZ]+\.db.+$/
const tell = (message: JobMessage) => parentPort!.postMessage(message)
work.scratch = (scratch) => tell({ scratch })
work.progress = (progress) => tell({ progress })
run(workerData).then(
  (done) => tell({ done }),
  ({ message }: Error) => tell({ failed: message }),
)

async function run(job: Job): Promise<unknown> {
  switch (job.kind) {
    case 'rotate':
      return rotate(job)
    case 'backup':
      return backUp(job.database, job.to)
    case 'restore':
      return restore(job.from, job.to, job.until)
    case 'replace':
      return restoreOver(job.from, job.to)
    case 'verify':
      return verify(job.path, (line) => tell({ line }))
    case 'copy':
      return copy(job.from, job.to)
  }
}

/** Deletes the oldest only once the new one is complete and checked. */
async function rotate({ database, folder, keep }: Extract<Job, { kind: 'rotate' }>): Promise<string> {
  for (const name of readdirSync(folder))
    if (unfinished.test(name) && isAbandoned(join(folder, name))) rmSync(join(folder, name), { force: true })
  const last = backupsIn(readdirSync(folder)).at(-1)
  const number = String(Number(last?.split('-')[1] ?? 0) + 1).padStart(6, '0')
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const made = join(folder, `tasks-${number}-${time}.db`)
  await backUp(database, made)
  for (const name of backupsIn(readdirSync(folder)).slice(0, -keep)) rmSync(join(folder, name))
  return made
}

/** Otherwise another program that backs up into the same folder is still writing it. */
function isAbandoned(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat !== undefined && Math.abs(Date.now() - stat.mtimeMs) > limits.abandonedBackupMs
}
