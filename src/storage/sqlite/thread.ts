import { extname } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { FailedSync, Unavailable, Uncertain } from '../../tasks/errors.ts'
import type { Size } from '../quota.ts'
import type { Committer } from './committer.ts'
import type { FromWriter, ToWriter } from './writer.ts'
import type { Outcome, Write } from './writes.ts'

/** A committer in a thread of its own. */
export interface CommitterThread extends Committer {
  /** `tasks`: how many there are, if that is known; otherwise the thread counts them. */
  commit(group: readonly Write[], tasks?: number): Promise<readonly Outcome[]>
  /** It starts with the first write at the latest: until then it would only cost memory. */
  start(): Promise<void>
}

export interface ThreadEvents {
  /** What the thread tells beside outcomes. */
  onNotice?(notice: unknown): void
  /** The thread ended without being told to. */
  onEnd?(error: Error): void
}

/** `entry` is the thread's source, without its ending. It ends after `idleMs` without a group; the next one starts it anew. */
export function commitInThread(
  entry: string,
  workerData: unknown,
  { onNotice, onEnd }: ThreadEvents = {},
  idleMs = Number.POSITIVE_INFINITY,
): CommitterThread {
  let thread: Promise<Worker> | undefined
  let ended: Promise<void> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let settle: { resolve: (outcomes: readonly Outcome[]) => void; reject: (error: Error) => void } | undefined
  let size: Size | undefined

  return {
    size: () => size,
    async commit(writes, tasks) {
      clearTimeout(idle)
      const worker = await running()
      try {
        return await new Promise((resolve, reject) => {
          settle = { resolve, reject }
          worker.postMessage(JSON.stringify({ writes, tasks } satisfies ToWriter))
        })
      } finally {
        if (idleMs < Number.POSITIVE_INFINITY) idle = setTimeout(end, idleMs).unref()
      }
    },
    async start() {
      await running()
    },
    close() {
      clearTimeout(idle)
      return end()
    },
  }

  function running(): Promise<Worker> {
    if (thread) return thread
    const own: Promise<Worker> = ended.then(() => start(() => thread === own))
    thread = own
    return own
  }

  function end(): Promise<void> {
    if (thread) ended = exitOf(thread)
    thread = undefined
    return ended
  }

  /** `isWanted`: whether it has not been told to end. */
  async function start(isWanted: () => boolean): Promise<Worker> {
    const { Worker } = await import('node:worker_threads')
    const worker = new Worker(entry + extname(import.meta.filename), { workerData, execArgv: [] })
    let cause = new Error('the writing thread ended')
    worker.on('message', (text: unknown) => {
      // Under `node --watch` Node.js sends messages of its own this way (nodejs/node#65044).
      if (typeof text !== 'string') return
      const message: FromWriter = JSON.parse(text)
      if ('outcomes' in message) {
        size = message.size
        settle!.resolve(message.outcomes)
      } else if ('failed' in message) settle!.reject(errorOf(message))
      else onNotice?.(message.notice)
    })
    // A thread that dies takes its group along; the next write starts another.
    worker.on('error', (error) => {
      cause = error as Error
      settle?.reject(cause)
    })
    worker.on('exit', () => {
      if (!isWanted()) return
      thread = undefined
      settle?.reject(cause)
      onEnd?.(cause)
    })
    return worker
  }
}

async function exitOf(thread: Promise<Worker>): Promise<void> {
  const worker = await thread
  const exited = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage(JSON.stringify({ writes: [] } satisfies ToWriter))
  await exited
}

function errorOf({ failed, fault }: Extract<FromWriter, { failed: string }>): Error {
  switch (fault) {
    case 'undone':
      return new Unavailable(failed)
    case 'uncertain':
      return new Uncertain(failed)
    case 'failed sync':
      return new FailedSync(failed)
  }
}
