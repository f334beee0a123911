import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { changeTask, type NewTask, type Task, type TaskChange } from '../../tasks/task.ts'
import { type Row, taskColumns, toRow, toTask } from './rows.ts'
import { wordsOf } from './words.ts'

/** One write, as it travels to the thread that writes. */
export type Write =
  | ({ readonly kind: 'create' } & NewTask)
  | {
      readonly kind: 'change'
      readonly id: number
      readonly change: TaskChange
      readonly versions?: readonly number[]
    }
  | { readonly kind: 'remove'; readonly id: number; readonly versions?: readonly number[] }
  | { readonly kind: 'changeAll'; readonly done: boolean }
  | { readonly kind: 'removeCompleted' }
  | { readonly kind: 'index' }

/** What became of one write: the row or the count it made, or why it made nothing. */
export type Outcome = Row | number | Refusal
export type Refusal = 'not found' | 'version mismatch' | { readonly error: string }

/**
 * Returns a function that runs one write within a transaction. Each changes the table by one statement at most,
 * so that a failure leaves no half of it behind.
 */
export function prepareWrites(db: DatabaseSync): (write: Write, now: number) => Outcome {
  const select = db.prepare(`select ${taskColumns} from tasks where id = ?`)
  select.setReturnArrays(true)
  const insert = db.prepare('insert into tasks (title, created, updated) values (?, ?, ?)')
  const insertMore = db.prepare(
    'insert into tasks (title, notes, due, words, created, updated) values (?, ?, ?, ?, ?, ?)',
  )
  // Two statements: naming title and notes costs a look at the index of words.
  const updateDone = db.prepare('update tasks set done = ?, updated = ?, completed = ? where id = ?')
  const update = db.prepare(
    'update tasks set done = ?, updated = ?, completed = ?, title = ?, notes = ?, due = ?, words = ? where id = ?',
  )
  const remove = db.prepare('delete from tasks where id = ?')
  const updateAll = db.prepare(
    'update tasks set done = :done, updated = max(updated + 1, :now), completed = iif(:done, :now, null) where done <> :done',
  )
  const removeCompleted = db.prepare('delete from tasks where done')
  const index = db.prepare(
    `insert into search (rowid, words)
     select id, coalesce(words, title || ' ' || coalesce(notes, '')) from tasks
     where id > (select coalesce(max(id), 0) from search_docsize) order by id limit ${limits.indexedAtOnce}`,
  )

  const find = (id: number) => {
    const row = select.get(id) as Row | undefined
    return row && toTask(row)
  }

  return (write, now) => {
    switch (write.kind) {
      case 'create':
        return create(write, now)
      case 'change': {
        const task = find(write.id)
        if (!task) return 'not found'
        if (!matches(task, write.versions)) return 'version mismatch'
        const next = changeTask(task, write.change, now)
        if (next !== task) save(task, next)
        return toRow(next)
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
      case 'index':
        return Number(index.run().changes)
    }
  }

  function create({ title, notes = null, due = null }: NewTask, now: number): Row {
    const words = wordsOf(title, notes)
    const plain = notes === null && due === null && words === null
    const { lastInsertRowid } = plain
      ? insert.run(title, now, now)
      : insertMore.run(title, notes, due, words, now, now)
    return [Number(lastInsertRowid), title, 0, now, now, null, notes, due]
  }

  function save(before: Task, { id, title, done, notes, due, updated, completed }: Task) {
    if (title === before.title && notes === before.notes && due === before.due)
      updateDone.run(Number(done), updated, completed, id)
    else update.run(Number(done), updated, completed, title, notes, due, wordsOf(title, notes), id)
  }
}

function matches(task: Task, versions: readonly number[] | undefined): boolean {
  return versions === undefined || versions.includes(task.updated)
}
