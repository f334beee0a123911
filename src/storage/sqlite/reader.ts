import type { DatabaseSync } from 'node:sqlite'
import { Unavailable } from '../../tasks/errors.ts'
import type { TaskQuery } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { type Row, taskColumns, toTask } from './rows.ts'

/** What can be asked of a database. Each may throw `Unavailable`. */
export interface Reader {
  list(query: TaskQuery): Task[]
  find(id: number): Task | undefined
  ready(): void
  close(): void
}

export function openReader(db: DatabaseSync): Reader {
  const selectAll = prepare(`select ${taskColumns} from tasks where id > ? order by id limit ?`)
  const selectByDone = prepare(
    `select ${taskColumns} from tasks where done = ? and id > ? order by id limit ?`,
  )
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectNothing = prepare('select 1')

  return {
    list({ done, after = 0, limit }) {
      const rows = read(() =>
        done === undefined ? selectAll.all(after, limit) : selectByDone.all(Number(done), after, limit),
      )
      return (rows as unknown as Row[]).map(toTask)
    },
    find(id) {
      const row = read(() => selectOne.get(id))
      return row && toTask(row as unknown as Row)
    },
    ready() {
      read(() => selectNothing.get())
    },
    close() {
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
