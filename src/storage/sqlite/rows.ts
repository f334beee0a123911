import type { Task } from '../../tasks/task.ts'

export const taskColumns = 'id, title, done, created, updated, completed'

/** A row of `taskColumns`, as an array: node:sqlite makes those faster than objects. */
export type Row = [
  id: number,
  title: string,
  done: number,
  created: number,
  updated: number,
  completed: number | null,
]

export function toTask(row: Row): Task {
  return {
    id: row[0],
    title: row[1],
    done: row[2] === 1,
    created: row[3],
    updated: row[4],
    completed: row[5],
  }
}

export function toRow({ id, title, done, created, updated, completed }: Task): Row {
  return [id, title, Number(done), created, updated, completed]
}
