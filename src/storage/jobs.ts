import { extname, join } from 'node:path'
import type { Job, JobMessage } from './job.ts'

export interface RunningJob {
  /** Rejects with a message for the operator. */
  readonly result: Promise<unknown>
  /** Resolves once the thread has ended, which a system call may delay. */
  stop(): Promise<unknown>
}

/** Runs it in a worker thread; `onMessage` gets its messages. */
export async function startJob(job: Job, onMessage: (message: JobMessage) => void): Promise<RunningJob> {
  const { Worker } = await import('node:worker_threads')
  const entry = join(import.meta.dirname, 'job') + extname(import.meta.filename)
  const worker = new Worker(entry, { workerData: job, execArgv: [] })
  const result = new Promise((resolve, reject) => {
    worker.on('message', (message: JobMessage) => {
      if ('done' in message) resolve(message.done)
      else if ('failed' in message) reject(new Error(message.failed))
      else onMessage(message)
    })
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('it was stopped')))
  })
  return { result, stop: () => worker.terminate() }
}
