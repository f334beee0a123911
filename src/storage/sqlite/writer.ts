/** The thread that writes: takes a group, commits it, answers it. Its syncs never hold up the event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Outcome, prepareGroups, type Write } from './group.ts'
import { connect } from './open.ts'

/** `group: null` asks to close. */
export type ToWriter = { readonly group: readonly Write[] | null }
export type FromWriter =
  | { readonly outcomes: readonly Outcome[] }
  | { readonly failed: string }
  | { readonly closed: true }

const port = parentPort!
const db = connect(workerData.file)
const run = prepareGroups(db)

port.on('message', ({ group }: ToWriter) => {
  if (group) {
    port.postMessage(commit(group))
  } else {
    db.close()
    port.postMessage({ closed: true } satisfies FromWriter)
    port.close()
  }
})

function commit(group: readonly Write[]): FromWriter {
  try {
    return { outcomes: run(group) }
  } catch (error) {
    return { failed: String(error) }
  }
}
