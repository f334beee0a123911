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
  const selectByDue = prepare(
    `select ${taskColumns} from tasks where due <= ? and done >= ? and done <= ? and id > ? order by id limit ?`,
  )
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectNothing = prepare('select 1')

  return {
    list({ done, due, after = 0, limit }) {
      const [least, most] = done === undefined ? [0, 1] : [Number(done), Number(done)]
      const rows = read(() => {
        if (due !== undefined) return selectByDue.all(due, least, most, after, limit)
        return done === undefined ? selectAll.all(after, limit) : selectByDone.all(least, after, limit)
      })
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
