import type { Task } from '../../tasks/task.ts'

export const taskColumns = 'id, title, done, created, updated, completed, notes, due'

/** All that a task has, and takes along when it is deleted or restored. */
export const allColumns = `${taskColumns}, words, place`

/** A row of `taskColumns`, as an array: node:sqlite makes those faster than objects. */
export type Row = [
  id: number,
  title: string,
  done: number,
  created: number,
  updated: number,
  completed: number | null,
  notes: string | null,
  due: string | null,
  /** Of a restored task alone: the one that it stands before. */
  before?: number | null,
]

export function toTask(row: Row): Task {
  return {
    id: row[0],
    title: row[1],
    done: row[2] === 1,
    created: row[3],
    updated: row[4],
    completed: row[5],
    notes: row[6],
    due: row[7],
  }
}

export function toRow({ id, title, done, created, updated, completed, notes, due }: Task): Row {
  return [id, title, Number(done), created, updated, completed, notes, due]
}
