import type { DatabaseSync } from 'node:sqlite'
import { changeTask, type NewTask, type Task, type TaskChange } from '../../tasks/task.ts'
import { prepareKeys } from './keys.ts'
import { type Row, taskColumns, toRow, toTask } from './rows.ts'

/** One write, as it travels to the thread that writes. */
export type Write =
  | ({ readonly kind: 'create'; readonly key?: string } & NewTask)
  | {
      readonly kind: 'change'
      readonly id: number
      readonly change: TaskChange
      readonly versions?: readonly number[]
    }
  | { readonly kind: 'remove'; readonly id: number; readonly versions?: readonly number[] }
  | { readonly kind: 'changeAll'; readonly done: boolean }
  | { readonly kind: 'removeCompleted' }

/** What became of one write: the row or the count it made, or why it made nothing. */
export type Outcome = Row | number | Refusal
export type Refusal = 'not found' | 'version mismatch' | 'key reused' | { readonly error: string }

/** Runs groups of writes, each as one transaction with one sync. */
export interface Groups {
  /**
   * Begins the transaction and answers each write. One that fails leaves its neighbours alone. Throws when the
   * transaction as a whole failed; then it is over, and none of the group is in the database.
   */
  apply(writes: readonly Write[]): Outcome[]
  commit(): void
  /** Ends the transaction if it is open, and none of the group is in the database. */
  rollback(): void
}

export function prepareGroups(db: DatabaseSync): Groups {
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const apply = prepareWrites(db)

  const groups: Groups = {
    apply(writes) {
      begin.run()
      try {
        return writes.map((write) => {
          try {
            return apply(write, Date.now())
          } catch (error) {
            // A failed statement undoes only itself, unless the fault was so bad that SQLite ended the transaction.
            if (!db.isTransaction) throw error
            return { error: String(error) }
          }
        })
      } catch (error) {
        groups.rollback()
        throw error
      }
    },
    commit() {
      commit.run()
    },
    rollback() {
      if (db.isTransaction) rollback.run()
    },
  }
  return groups
}

/** Applies a group and commits it. */
export function runGroup(groups: Groups, writes: readonly Write[]): Outcome[] {
  const outcomes = groups.apply(writes)
  try {
    groups.commit()
    return outcomes
  } catch (error) {
    groups.rollback()
    throw error
  }
}

/** Each write changes the tables by one statement or in a savepoint, so that a failure leaves no half of it behind. */
function prepareWrites(db: DatabaseSync): (write: Write, now: number) => Outcome {
  const select = db.prepare(`select ${taskColumns} from tasks where id = ?`)
  select.setReturnArrays(true)
  const insert = db.prepare('insert into tasks (title, created, updated) values (?, ?, ?)')
  const insertWhole = db.prepare(
    'insert into tasks (title, created, updated, notes, due) values (?, ?, ?, ?, ?)',
  )
  const update = db.prepare(
    'update tasks set title = ?, done = ?, updated = ?, completed = ?, notes = ?, due = ? where id = ?',
  )
  const remove = db.prepare('delete from tasks where id = ?')
  const updateAll = db.prepare(
    'update tasks set done = :done, updated = max(updated + 1, :now), completed = iif(:done, :now, null) where done <> :done',
  )
  const removeCompleted = db.prepare('delete from tasks where done')

  const find = (id: number) => {
    const row = select.get(id) as Row | undefined
    return row && toTask(row)
  }

  function create({ title, notes = null, due = null }: NewTask, now: number): Row {
    const { lastInsertRowid } =
      notes === null && due === null
        ? insert.run(title, now, now)
        : insertWhole.run(title, now, now, notes, due)
    return [Number(lastInsertRowid), title, 0, now, now, null, notes, due]
  }

  const createOnce = prepareKeys(db, create)

  return (write, now) => {
    switch (write.kind) {
      case 'create':
        return write.key === undefined ? create(write, now) : createOnce(write, write.key, now)
      case 'change': {
        const task = find(write.id)
        if (!task) return 'not found'
        if (!matches(task, write.versions)) return 'version mismatch'
        const next = changeTask(task, write.change, now)
        const row = toRow(next)
        if (next !== task)
          update.run(next.title, row[2], next.updated, next.completed, next.notes, next.due, next.id)
        return row
      }
      case 'remove': {
        if (write.versions) {
          const task = find(write.id)
          if (task && !matches(task, write.versions)) return 'version mismatch'
        }
        return Number(remove.run(write.id).changes) || 'not found'
      }
      case 'changeAll':
        return Number(updateAll.run({ done: Number(write.done), now }).changes)
      case 'removeCompleted':
        return Number(removeCompleted.run().changes)
    }
  }
}

function matches(task: Task, versions: readonly number[] | undefined): boolean {
  return versions === undefined || versions.includes(task.updated)
}
