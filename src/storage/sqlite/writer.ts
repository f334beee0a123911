/** The writing thread: receives a group, commits it and answers, so that syncs never block the event loop. */
import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Size } from '../../resources/store.ts'
import type { Outcome, Write } from '../writes.ts'
import { faultOf } from './faults.ts'
import { connect, identityOf } from './schema/open.ts'
import { type Groups, prepareGroups } from './write/group.ts'

/**
 * JSON text in both directions, which costs half as much as structured cloning for groups of small objects. An empty group asks the
 * thread to close.
 */
export type ToWriter = readonly Write[]
export type FromWriter =
  | { readonly outcomes: readonly Outcome[]; readonly size?: Size | undefined }
  /** `undone`: it is certain that nothing was applied. */
  | { readonly failed: string; readonly undone: boolean }
  | { readonly notice: unknown }

export interface WriterData {
  readonly file: string
  readonly identity: string | undefined
  readonly quota: Size
}

const port = parentPort!
const { file, identity, quota }: WriterData = workerData
let db: DatabaseSync | undefined
let groups: Groups | undefined

port.on('message', (text: string) => {
  const group: ToWriter = JSON.parse(text)
  if (group.length > 0) {
    port.postMessage(JSON.stringify(commit(group)))
  } else {
    db?.close()
    port.close()
  }
})

function commit(group: ToWriter): FromWriter {
  let undone = true
  try {
    // SQLite would keep writing to a file that has been deleted.
    const now = identityOf(file)
    if (now === undefined)
      throw new Error('the file of the database is gone; put it or a backup there and start anew')
    if (now !== identity) throw new Error('the file of the database was replaced by another file; start anew')
    db ??= connect(file)
    groups ??= prepareGroups(db, quota)
    const outcomes = groups.apply(group)
    undone = false
    groups.commit()
    return { outcomes, size: groups.size() }
  } catch (error) {
    reopenAfter(error)
    const fault = faultOf(error)
    const { message } = error as Error
    return { failed: fault ? `${fault} (${message})` : message, undone }
  }
}

/** A connection that was opened read-only stays so, even once the file is writable again. */
function reopenAfter(error: unknown) {
  groups?.rollback()
  const { errcode = 0 } = error as { errcode?: number }
  if ((errcode & 0xff) !== readOnly) return
  db?.close()
  db = groups = undefined
}

const readOnly = 8
