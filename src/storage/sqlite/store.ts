import { NotFound, Unavailable, VersionMismatch } from '../../tasks/errors.ts'
import type { TaskQuery, TaskStore } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import type { Outcome, Write } from './group.ts'
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
    async create({ title }) {
      return task(await write({ kind: 'create', title }))
    },
    async change(id, change, versions) {
      return task(await write({ kind: 'change', id, change, ...(versions && { versions }) }))
    },
    async remove(id, versions) {
      await write({ kind: 'remove', id, ...(versions && { versions }) })
    },
    async changeAll({ done }) {
      return Number(await write({ kind: 'changeAll', done }))
    },
    async removeCompleted() {
      return Number(await write({ kind: 'removeCompleted' }))
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

  async function write(write: Write): Promise<Task | number> {
    return accept(await queue.write(write), write)
  }
}

function task(outcome: Task | number): Task {
  return outcome as Task
}

function read<T>(query: () => T): T {
  try {
    return query()
  } catch (error) {
    throw new Unavailable('a read failed', { cause: error })
  }
}

/** What a write made. Throws the domain's word where it made nothing. */
function accept(outcome: Outcome, write: Write): Task | number {
  if (outcome === 'not found') throw new NotFound(`no task ${'id' in write ? write.id : ''}`)
  if (outcome === 'version mismatch')
    throw new VersionMismatch(`task ${'id' in write ? write.id : ''} was changed`)
  if (typeof outcome === 'object' && 'error' in outcome)
    throw new Error(`cannot ${write.kind}: ${outcome.error}`)
  return outcome
}
