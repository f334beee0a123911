import { limits } from '../../limits.ts'
import { lastTime } from '../../resources/version.ts'
import { type MemberName, memberNames, memberOf, searchedNames } from '../members.ts'
import type { Page, TaskQuery } from '../store.ts'
import type { Task } from '../task.ts'
import { placeStep } from './sqlite/write/order.ts'

/** In the order in which the migrations added them, which is that of rows. */
export const columns = memberNames.toSorted((a, b) => memberOf(a).since - memberOf(b).since)
export const taskColumns = columns.join(', ')
/** All but the id, with a parameter for each. */
export const contents = columns.filter((name) => name !== 'id')
export const contentColumns = contents.join(', ')
export const contentParameters = contents.map(() => '?').join(', ')

/** All columns of a task in SQLite that are kept when it is deleted or restored, also those that are not members. */
export const ownColumns = ['place', 'next_id'] as const
export const allColumns = `${taskColumns}, ${ownColumns.join(', ')}`

/** Whether a task is in one of the lists of `scopeOf`. */
export const scopeSql = '(:lists is null or coalesce(list, 1) in (select value from json_each(:lists)))'

export function scopeOf(lists: readonly number[] | undefined): { readonly lists: string | null } {
  return { lists: lists === undefined ? null : JSON.stringify(lists) }
}

/** What a task has that comes back: the first list takes it in where its own was deleted. */
export const returningColumns = returning(allColumns)
export const returningTasks = returning(taskColumns)
export const returningContents = returning(contentColumns)

function returning(names: string): string {
  return names.replace(
    /\blist\b/,
    'case when list in (select id from lists where deleted is null) then list end',
  )
}

/** Whether a task is as it was made. */
export const untouchedSql = 'done = 0 and updated = created'

/** What `next_id` (see repeats.ts) is of a task that an import brings. */
export const arrivedNextSql = 'case when done = 1 and repeat is not null then 0 end'

/** As `versionAfter`, with `:now`. */
export const versionSql = `iif(updated < ${lastTime}, max(updated + 1, :now), :now)`

export type Value = string | number | null

/** A row of `taskColumns`, as an array: node:sqlite makes those faster than objects. */
export type Row = [id: number, ...values: Value[]]

/**
 * Behind its columns a row has, of a restored task, the one that it stands before; in a list, its place if it was ever moved; of a
 * repeating task that was marked, the row of the next that was made, or the id of the one that is gone.
 */
export const moreAt = columns.length

/** Where each member is in a row. */
export const at = Object.fromEntries(columns.map((name, index) => [name, index])) as Readonly<
  Record<MemberName, number>
>

/** Written out: a loop over the members takes five times as long. */
export function toTask(row: Row): Task {
  return {
    id: row[at.id] as number,
    title: row[at.title] as string,
    done: row[at.done] === 1,
    notes: row[at.notes] as string | null,
    due: row[at.due] as string | null,
    repeat: row[at.repeat] as string | null,
    list: row[at.list] as number | null,
    created: row[at.created] as number,
    updated: row[at.updated] as number,
    completed: row[at.completed] as number | null,
  }
}

export function toRow(task: Task): Row {
  return columns.map((name) => toValue(task[name])) as Row
}

function toValue(value: Value | boolean): Value {
  return typeof value === 'boolean' ? Number(value) : value
}

/** The place of a row in a list: one that was never moved has none after its columns. */
export function placeOf(row: Row): number {
  return (row[moreAt] as number | null | undefined) ?? row[0] * placeStep
}

const searched = searchedNames.map((name) => at[name])

/** Characters in the texts that count towards the length of a page. */
export function charsOf(row: Row): number {
  let chars = 0
  for (const index of searched) chars += (row[index] as string | null)?.length ?? 0
  return chars
}

/** Cuts the rows to a page, by the limit or by the length of their texts. */
export function pageOf(
  rows: readonly Row[],
  limit: number,
  spreads: () => number,
  sort?: TaskQuery['sort'],
): Page {
  let count = 0
  for (let chars = 0; count < Math.min(limit, rows.length) && chars < limits.pageChars; count++)
    chars += charsOf(rows[count]!)
  const tasks = rows.slice(0, count).map(toTask)
  if (count === rows.length) return { tasks }
  const last = rows[count - 1]!
  const sorted = sort && { due: last[at.due] as string | null }
  return { tasks, next: { id: last[0], place: placeOf(last), spreads: spreads(), ...sorted } }
}
