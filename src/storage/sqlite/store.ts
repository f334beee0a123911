import { NotFound, Unavailable, VersionMismatch } from '../../tasks/errors.ts'
import type { TaskQuery, TaskStore } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import type { Outcome } from './group.ts'
import { openDatabase } from './open.ts'
import { commitHere, commitInThread, openQueue } from './queue.ts'
import { type Row, taskColumns, toTask } from './rows.ts'

/**
 * Tasks in an SQLite file, or in memory for `:memory:`. Reads run here on a connection of their own; writes
 * go in groups to the thread that commits them. Throws when the file cannot be opened, is damaged, belongs to
 * another program or has a newer schema.
 */
export function openSqlite(file: string): TaskStore {
  const db = openDatabase(file)
  const listeners: (() => void)[] = []
  const queue = openQueue(file === ':memory:' ? commitHere(db) : commitInThread(file), () => {
    for (const listener of listeners) listener()
  })
  const selectAll = prepare(`select ${taskColumns} from tasks where id > ? order by id limit ?`)
  const selectByDone = prepare(
    `select ${taskColumns} from tasks where done = ? and id > ? order by id limit ?`,
  )
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectNothing = prepare('select 1')

  return {
    async list({ done, after = 0, limit }: TaskQuery) {
      const rows = read(() =>
        done === undefined ? selectAll.all(after, limit) : selectByDone.all(Number(done), after, limit),
      )
      return (rows as unknown as Row[]).map(toTask)
    },
    async find(id) {
      const row = read(() => selectOne.get(id))
      return row && toTask(row as unknown as Row)
    },
    create({ title }) {
      return queue.write({ kind: 'create', title }, asTask)
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
      read(() => selectNothing.get())
    },
    onCommit(listener) {
      listeners.push(listener)
    },
    async close() {
      await queue.close()
      db.close()
    },
  }

  function prepare(sql: string) {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

function read<T>(query: () => T): T {
  try {
    return query()
  } catch (error) {
    throw new Unavailable('a read failed', { cause: error })
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
  if (outcome === 'version mismatch') throw new VersionMismatch('the task has another version')
  if (typeof outcome === 'object' && 'error' in outcome) throw new Error(`a write failed: ${outcome.error}`)
  return outcome
}
