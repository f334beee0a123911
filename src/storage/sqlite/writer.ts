/** The thread that writes: takes a group, commits it, answers it. Its syncs never hold up the event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import { prepareGroups, runGroup } from './group.ts'
import { connect, identityOf } from './open.ts'
import type { Outcome, Write } from './writes.ts'

/**
 * Both ways JSON text, which costs half of what structured cloning does for groups of small objects. An empty
 * group asks to close.
 */
export type ToWriter = readonly Write[]
export type FromWriter =
  | { readonly outcomes: readonly Outcome[] }
  | { readonly failed: string }
  | { readonly notice: unknown }

const port = parentPort!
const { file, identity }: { file: string; identity: string | undefined } = workerData
const db = connect(file)
const groups = prepareGroups(db)

port.on('message', (text: string) => {
  const group: ToWriter = JSON.parse(text)
  if (group.length > 0) {
    port.postMessage(JSON.stringify(commit(group)))
  } else {
    db.close()
    port.close()
  }
})

function commit(group: ToWriter): FromWriter {
  try {
    // SQLite would go on to write into a file that nobody can open any more.
    const now = identityOf(file)
    if (now === undefined) throw new Error(`${file} is gone; put it or a backup there and start anew`)
    if (now !== identity) throw new Error(`${file} was replaced by another file; start anew`)
    return { outcomes: runGroup(groups, group) }
  } catch (error) {
    return { failed: String(error) }
  }
}
