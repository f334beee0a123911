import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Unavailable } from '../../tasks/errors.ts'
import type { TaskQuery } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { type Row, taskColumns, toTask } from './rows.ts'

/** What can be asked of a database. Each sees what is committed when it begins, and may throw `Unavailable`. */
export interface Reader {
  list(query: Filter): Task[]
  /** `match`: a query of FTS5. All tasks must have been taken up into the index. */
  search(query: Filter & { readonly match: string }): Task[]
  /** Whether there are tasks that the index of words does not have. */
  hasUnindexed(): boolean
  find(id: number): Task | undefined
  ready(): void
  close(): void
}

type Filter = Omit<TaskQuery, 'text'>

export function openReader(db: DatabaseSync): Reader {
  const selectOne = prepare(`select ${taskColumns} from tasks where id = ?`)
  const selectNothing = prepare('select 1')
  const selectUnindexed = prepare(
    'select 1 from tasks where id > (select coalesce(max(id), 0) from search_docsize) limit 1',
  )
  const statements = new Map<string, StatementSync>()

  return {
    list({ done, due, after = 0, limit }) {
      let where = 'id > :after'
      const values: Record<string, string | number> = { after, limit }
      if (done !== undefined) {
        where += ' and done = :done'
        values['done'] = Number(done)
      }
      if (due !== undefined) {
        where += ' and due <= :due'
        values['due'] = due
      }
      return rows(`select ${taskColumns} from tasks where ${where} order by id limit :limit`, values)
    },
    search({ match, done, due, after = 0, limit }) {
      let where = 'search match :match and id > :after'
      const values: Record<string, string | number> = { match, after, limit }
      if (done !== undefined) {
        where += ' and done = :done'
        values['done'] = Number(done)
      }
      if (due !== undefined) {
        where += ' and due <= :due'
        values['due'] = due
      }
      return rows(
        `select ${taskColumns} from search join tasks on id = search.rowid where ${where} order by id limit :limit`,
        values,
      )
    },
    hasUnindexed() {
      return read(() => selectUnindexed.get()) !== undefined
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

  function rows(sql: string, values: Record<string, string | number>): Task[] {
    const found = read(() => {
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = prepare(sql)
        statements.set(sql, statement)
      }
      return statement.all(values)
    })
    return (found as unknown as Row[]).map(toTask)
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
