import { extname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { limits } from '../../limits.ts'
import { Unavailable } from '../../tasks/errors.ts'
import { type Outcome, prepareGroups, type Write } from './group.ts'
import type { FromWriter, ToWriter } from './writer.ts'

/** Commits one group: resolves with an outcome for each write, rejects when the whole group failed. */
export interface Committer {
  commit(group: readonly Write[]): Promise<readonly Outcome[]>
  close(): Promise<void>
}

export interface WriteQueue {
  /**
   * Settles after the commit, with what `accept` makes of the outcome or with what it throws. Rejects with
   * `Unavailable` when there was no commit.
   */
  write<T>(write: Write, accept: (outcome: Outcome) => T): Promise<T>
  /** Commits what waits, then closes. */
  close(): Promise<void>
}

interface Waiting {
  readonly write: Write
  readonly settle: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: one group is under way at a time, and what arrives meanwhile makes up the next. The slower the
 * disk, the larger the groups. `onCommit` runs before any write of its group settles.
 */
export function openQueue(committer: Committer, onCommit: () => void): WriteQueue {
  let waiting: Waiting[] = []
  let underWay: Promise<void> | undefined
  let closing = false

  return {
    write(write, accept) {
      if (closing) return Promise.reject(new Unavailable('the storage is closing'))
      if (waiting.length >= limits.queuedWrites)
        return Promise.reject(new Unavailable(`${waiting.length} writes are waiting for the disk`))
      return new Promise((resolve, reject) => {
        const settle = (outcome: Outcome) => {
          try {
            resolve(accept(outcome))
          } catch (error) {
            reject(error)
          }
        }
        waiting.push({ write, settle, reject })
        underWay ??= drain()
      })
    },
    async close() {
      closing = true
      await underWay
      await committer.close()
    },
  }

  async function drain() {
    while (waiting.length > 0) {
      await gathered()
      const group = waiting.slice(0, limits.groupWrites)
      waiting = waiting.slice(limits.groupWrites)
      await commit(group)
    }
    underWay = undefined
  }

  /**
   * Until a turn of the event loop brings no further write. The answers to one group bring the next requests of
   * their clients: groups of 62 instead of 36 with 64 connections, and 15 % more writes a second.
   */
  async function gathered() {
    let before = 0
    while (waiting.length > before && waiting.length < limits.groupWrites) {
      before = waiting.length
      await nextTurn()
    }
  }

  async function commit(group: readonly Waiting[]) {
    try {
      const outcomes = await committer.commit(group.map(({ write }) => write))
      onCommit()
      group.forEach(({ settle }, index) => {
        settle(outcomes[index]!)
      })
    } catch (error) {
      // Whether a commit that failed is on disk is not known: readers must look again.
      onCommit()
      const reason = new Unavailable(`a group of ${group.length} writes was not committed`, { cause: error })
      for (const { reject } of group) reject(reason)
    }
  }
}

/** After everything that this turn of the event loop brings. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Commits on the connection it is given, for a database in memory, which no other thread can open. */
export function commitHere(db: DatabaseSync): Committer {
  const run = prepareGroups(db)
  return {
    async commit(group) {
      return run(group)
    },
    async close() {},
  }
}

/** Commits in a thread of its own. It starts with the first write: until then it would only cost memory. */
export function commitInThread(file: string): Committer {
  let thread: Promise<Worker> | undefined
  let settle: { resolve: (outcomes: readonly Outcome[]) => void; reject: (error: Error) => void } | undefined

  return {
    async commit(group) {
      thread ??= start()
      const worker = await thread
      return new Promise((resolve, reject) => {
        settle = { resolve, reject }
        worker.postMessage(JSON.stringify(group satisfies ToWriter))
      })
    },
    async close() {
      if (!thread) return
      const worker = await thread
      const exited = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage(JSON.stringify([] satisfies ToWriter))
      await exited
    },
  }

  async function start(): Promise<Worker> {
    const { Worker } = await import('node:worker_threads')
    const worker = new Worker(join(import.meta.dirname, `writer${extname(import.meta.filename)}`), {
      workerData: { file },
      execArgv: [],
    })
    worker.on('message', (text: unknown) => {
      // Under `node --watch` Node.js sends messages of its own this way (nodejs/node#65044).
      if (typeof text !== 'string') return
      const message: FromWriter = JSON.parse(text)
      if ('outcomes' in message) settle!.resolve(message.outcomes)
      else settle!.reject(new Error(message.failed))
    })
    // A thread that dies takes its group along; the next write starts another.
    worker.on('error', (error) => settle?.reject(error as Error))
    worker.on('exit', () => {
      thread = undefined
      settle?.reject(new Error('the writing thread ended'))
    })
    return worker
  }
}
