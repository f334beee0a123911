import { join } from 'node:path'
import { KeyReused, NotFound, Unavailable, VersionMismatch } from '../../tasks/errors.ts'
import type { TaskQuery, TaskStore } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { type Committer, commitHere, commitInThread } from './committer.ts'
import type { Outcome } from './group.ts'
import { openDatabase } from './open.ts'
import { openQueue } from './queue.ts'
import { openReader, type Reader } from './reader.ts'
import { type Row, toTask } from './rows.ts'

/**
 * Tasks in an SQLite file, or in memory for `:memory:`. Reads run here on a connection of their own; writes
 * go in groups to the thread that commits them. Throws when the file cannot be opened, is damaged, belongs to
 * another program or has a newer schema.
 */
export function openSqlite(file: string): TaskStore {
  const db = openDatabase(file)
  const reader = openReader(db)
  const committer =
    file === ':memory:' ? commitHere(db) : commitInThread(join(import.meta.dirname, 'writer'), { file })
  return createStore(() => reader, committer)
}

/** A store that reads from what `reader` gives at the time, and writes through `committer`. */
export function createStore(
  reader: () => Reader | Promise<Reader>,
  committer: Committer,
): TaskStore & { committed(): void } {
  const listeners: (() => void)[] = []
  const committed = () => {
    for (const listener of listeners) listener()
  }
  const queue = openQueue(committer, committed)

  return {
    committed,
    async list(query: TaskQuery) {
      const now = reader()
      return now instanceof Promise ? (await now).list(query) : now.list(query)
    },
    async find(id) {
      const now = reader()
      return now instanceof Promise ? (await now).find(id) : now.find(id)
    },
    create(task, key) {
      return queue.write({ kind: 'create', ...task, ...(key !== undefined && { key }) }, asTask)
    },
    change(id, change, versions) {
      return queue.write({ kind: 'change', id, change, ...(versions && { versions }) }, asTask)
    },
    remove(id, versions) {
      return queue.write({ kind: 'remove', id, ...(versions && { versions }) }, asNothing)
    },
    changeAll({ done }) {
      return queue.write({ kind: 'changeAll', done }, asCount)
    },
    removeCompleted() {
      return queue.write({ kind: 'removeCompleted' }, asCount)
    },
    async ready() {
      const now = reader()
      if (now instanceof Promise) throw new Unavailable('the storage is still opening')
      now.ready()
    },
    onCommit(listener) {
      listeners.push(listener)
    },
    async close() {
      await queue.close()
      const now = reader()
      if (!(now instanceof Promise)) now.close()
    },
  }
}

function asTask(outcome: Outcome): Task {
  return toTask(made(outcome) as Row)
}

function asCount(outcome: Outcome): number {
  return made(outcome) as number
}

function asNothing(outcome: Outcome): void {
  made(outcome)
}

/** What a write made. Throws the domain's word where it made nothing. */
function made(outcome: Outcome): Row | number {
  if (outcome === 'not found') throw new NotFound('no task has this id')
  if (outcome === 'key reused') throw new KeyReused('the key made another task')
  if (outcome === 'version mismatch') throw new VersionMismatch('the task has another version')
  if (typeof outcome === 'object' && 'error' in outcome) throw new Error(`a write failed: ${outcome.error}`)
  return outcome
}
