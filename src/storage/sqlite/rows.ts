import { limits } from '../../limits.ts'
import type { Page } from '../../tasks/store.ts'
import { lastTime, type Task } from '../../tasks/task.ts'
import { placeStep } from './order.ts'

export const taskColumns = 'id, title, done, created, updated, completed, notes, due'

/** All that a task has, and takes along when it is deleted or restored. In SQLite. */
export const allColumns = `${taskColumns}, place`

/** As `versionAfter`, with `:now`. */
export const versionSql = `iif(updated < ${lastTime}, max(updated + 1, :now), :now)`

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
  /** Of a restored task: the one that it stands before. Of one in a list: its place, if it was ever moved. */
  more?: number | null,
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

/** The place of a row of a list: one that was never moved has none behind its columns. */
export function placeOf(row: Row): number {
  return row[8] ?? row[0] * placeStep
}

/** How long the texts of a task are. */
export function charsOf(row: Row): number {
  return row[1].length + (row[6]?.length ?? 0)
}

/** The page that these rows begin with: up to the limit, or up to where their texts are long. */
export function pageOf(rows: readonly Row[], limit: number, spreads: () => number): Page {
  let count = 0
  for (let chars = 0; count < Math.min(limit, rows.length) && chars < limits.pageChars; count++)
    chars += charsOf(rows[count]!)
  const tasks = rows.slice(0, count).map(toTask)
  if (count === rows.length) return { tasks }
  const last = rows[count - 1]!
  return { tasks, next: { id: last[0], place: placeOf(last), spreads: spreads() } }
}
