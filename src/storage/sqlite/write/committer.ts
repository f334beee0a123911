import { extname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { Unavailable, Uncertain } from '../../../resources/errors.ts'
import type { Size } from '../../../resources/store.ts'
import type { Outcome, Write } from '../../writes.ts'
import type { FromWriter, ToWriter } from '../writer.ts'
import { prepareGroups } from './group.ts'

/**
 * Commits a group of writes. Resolves with an outcome for each; rejects if the whole group failed, with `Unavailable` if it is certain
 * that nothing was applied.
 */
export interface Committer {
  commit(group: readonly Write[]): Promise<readonly Outcome[]>
  /** How much is stored, if known from a write. */
  size(): Size | undefined
  close(): Promise<void>
}

/** Commits on the given connection, for a database in memory, which no other thread can open. */
export function commitHere(db: DatabaseSync, quota: Size): Committer {
  const groups = prepareGroups(db, quota)
  let size: Size | undefined
  return {
    size: () => size,
    async commit(group) {
      const outcomes = groups.apply(group)
      groups.commit()
      size = groups.size() ?? size
      return outcomes
    },
    async close() {},
  }
}

/** A committer in a thread of its own. */
export interface CommitterThread extends Committer {
  /** Starts the thread ahead of the first write; without a write it would only cost memory. */
  start(): Promise<void>
}

/**
 * `entry`: the source of the thread, without its extension. `onNotice` gets its messages other than outcomes; `onEnd` is called if it
 * ends unexpectedly.
 */
export function commitInThread(
  entry: string,
  workerData: unknown,
  onNotice?: (notice: unknown) => void,
  onEnd?: (error: Error) => void,
): CommitterThread {
  let thread: Promise<Worker> | undefined
  let settle: { resolve: (outcomes: readonly Outcome[]) => void; reject: (error: Error) => void } | undefined
  let closing = false
  let size: Size | undefined

  return {
    size: () => size,
    async commit(group) {
      thread ??= start()
      const worker = await thread
      return new Promise((resolve, reject) => {
        settle = { resolve, reject }
        worker.postMessage(JSON.stringify(group satisfies ToWriter))
      })
    },
    async start() {
      thread ??= start()
      await thread
    },
    async close() {
      closing = true
      if (!thread) return
      const worker = await thread
      const exited = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage(JSON.stringify([] satisfies ToWriter))
      await exited
    },
  }

  async function start(): Promise<Worker> {
    const { Worker } = await import('node:worker_threads')
    const worker = new Worker(entry + extname(import.meta.filename), { workerData, execArgv: [] })
    let cause = new Error('the writing thread ended')
    worker.on('message', (text: unknown) => {
      // Under `node --watch` Node.js sends messages of its own this way (nodejs/node#65044).
      if (typeof text !== 'string') return
      const message: FromWriter = JSON.parse(text)
      if ('outcomes' in message) {
        size = message.size ?? size
        settle!.resolve(message.outcomes)
      } else if ('failed' in message)
        settle!.reject(message.undone ? new Unavailable(message.failed) : new Uncertain(message.failed))
      else onNotice?.(message.notice)
    })
    // If the thread dies, its group is lost; the next write starts another.
    worker.on('error', (error) => {
      cause = error as Error
      settle?.reject(cause)
    })
    worker.on('exit', () => {
      thread = undefined
      settle?.reject(cause)
      if (!closing) onEnd?.(cause)
    })
    return worker
  }
}
