/** The thread that writes what would hold up the event loop: takes a group, commits it, answers it. */
import { parentPort, workerData } from 'node:worker_threads'
import { FailedSync, Unavailable } from '../../tasks/errors.ts'
import type { Size } from '../quota.ts'
import { errorOf, openWriting, type Target } from './connection.ts'
import { connect } from './open.ts'
import { shortenLog } from './write-ahead-log.ts'
import type { Outcome, Write } from './writes.ts'

/**
 * Both ways JSON text, which costs half of what structured cloning does for groups of small objects. A group without writes
 * tells it to close.
 */
export interface ToWriter {
  readonly writes: readonly Write[]
  /** How many tasks there are, if that is known. */
  readonly tasks?: number | undefined
}
export type FromWriter =
  | { readonly outcomes: readonly Outcome[]; readonly size: Size }
  | { readonly failed: string; readonly fault: Fault }
  | { readonly notice: unknown }

/** Whether it is certain that nothing was done. */
type Fault = 'undone' | 'uncertain' | 'failed sync'

const port = parentPort!
const target: Target = workerData
const writing = openWriting(target, connect)

port.on('message', (text: string) => {
  const { writes, tasks }: ToWriter = JSON.parse(text)
  if (writes.length > 0) {
    port.postMessage(JSON.stringify(commit(writes, tasks)))
  } else {
    writing.close()
    port.close()
  }
})

function commit(writes: readonly Write[], tasks: number | undefined): FromWriter {
  try {
    shorten()
    const outcomes = writing.commit(writes, tasks)
    const size = writing.size()
    shorten()
    return { outcomes, size }
  } catch (error) {
    return { failed: (error as Error).message, fault: faultOf(error) }
  }
}

/** It may fail as long as no sync does: then the log grows on. */
function shorten() {
  try {
    shortenLog(writing.db(), target.file)
  } catch (cause) {
    const error = errorOf(cause, true)
    if (error instanceof FailedSync) throw error
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof FailedSync) return 'failed sync'
  return error instanceof Unavailable && error.undone ? 'undone' : 'uncertain'
}
