import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { arrays, first } from '../../../../storage/sqlite/read/statements.ts'
import type { Filter } from '../../../store.ts'
import { firstList } from '../../../task.ts'
import type { Row } from '../../rows.ts'
import { placeSql, placeStep } from '../write/order.ts'

/**
 * Reads rows of these columns, the first of which is the id, in the user's order and behind a place. Those of tasks that were
 * moved have their places behind the columns.
 */
export function openRows<R extends readonly [id: number, ...rest: unknown[]] = Row>(
  db: DatabaseSync,
  columns: string,
) {
  const unmoved = (condition: string) =>
    arrays(db, `select ${columns} from tasks where ${condition} and place is null order by id limit ?`)
  const selectAllUnmoved = unmoved('id > ?')
  const selectUnmovedByDone = unmoved('done = ? and id > ?')
  const selectUnmovedByDue = arrays(
    db,
    `select ${columns} from
       (select id from tasks indexed by tasks_due_by_id where due is not null and place is null
        and due between ? and ? and id > ? and done between ? and ? order by id limit ?)
     join tasks using (id) order by id`,
  )
  const selectUnmovedByList = unmoved('list = ? and done between ? and ? and id > ?')
  const selectAnyMoved = arrays(db, 'select 1 from tasks where place is not null limit 1')
  const statements = new Map<string, StatementSync>()

  return (from: number, limit: number, filter: Filter): R[] => {
    const { condition, values } = conditionOf(filter)
    if (filter.due !== undefined && (filter.lists !== undefined || isFew(condition, values)))
      return all(
        `select ${columns}, at from
           (select id, ${placeSql} as at from tasks indexed by tasks_by_due
            where ${placeSql} > :from${condition} order by at limit :limit)
         join tasks using (id) order by at`,
        { ...values, from, limit },
      )
    const still = selectUnmoved(Math.floor(from / placeStep), limit, filter)
    if (selectAnyMoved.get() === undefined) return still
    const moved = all(
      `select ${columns}, place from tasks where place > :from${condition} order by place limit :limit`,
      { ...values, from, limit },
    )
    return merge(still, moved).slice(0, limit < 0 ? undefined : limit)
  }

  /**
   * Whether so few are due that all of them are sorted. Of many, the first are soon found among all tasks with a date: of
   * 1,000,000 tasks each takes less than a millisecond where one way for both took 298.
   */
  function isFew(condition: string, values: Values): boolean {
    const most = limits.sortedAtOnce
    const [row] = all(
      `select count(*) from
         (select 1 from tasks indexed by tasks_by_due where true${condition} limit :most)`,
      { ...values, most: most + 1 },
    )
    return first(row)! <= most
  }

  /** Those that were never moved, by their ids. With the values by position: half the time of names. */
  function selectUnmoved(from: number, limit: number, { lists, done, due, dueFrom = '' }: Filter): R[] {
    const marks = [done === undefined ? 0 : Number(done), Number(done ?? true)] as const
    const found =
      lists !== undefined
        ? selectUnmovedByList.all(lists[0]!, ...marks, from, limit)
        : due !== undefined
          ? selectUnmovedByDue.all(dueFrom, due, from, ...marks, limit)
          : done === undefined
            ? selectAllUnmoved.all(from, limit)
            : selectUnmovedByDone.all(Number(done), from, limit)
    return found as unknown as R[]
  }

  function all(sql: string, values: Values): R[] {
    const statement = statements.get(sql) ?? arrays(db, sql)
    statements.set(sql, statement)
    return statement.all(values) as unknown as R[]
  }
}

export type Values = Record<string, string | number>

export function conditionOf({ lists, done, due, dueFrom, undated }: Filter): {
  condition: string
  values: Values
} {
  const values: Values = {}
  let condition = ''
  if (done !== undefined) {
    condition += ' and done = :done'
    values['done'] = Number(done)
  }
  if (due !== undefined) {
    // The index by due dates begins with it.
    if (done === undefined) condition += ' and done in (0, 1)'
    condition += ' and due <= :due'
    values['due'] = due
  }
  if (dueFrom !== undefined) {
    condition += ' and due >= :dueFrom'
    values['dueFrom'] = dueFrom
  }
  if (undated) condition += ' and due is null'
  const [list, ...more] = lists ?? []
  if (lists !== undefined && (list === undefined || more.length > 0))
    condition += ` and coalesce(list, ${firstList}) in (${lists.join()})`
  else if (list === firstList) condition += ' and list is null'
  else if (list !== undefined) {
    condition += ' and list = :list'
    values['list'] = list
  }
  return { condition, values }
}

/** Both in the order of their places. */
function merge<R extends readonly [id: number, ...rest: unknown[]]>(
  still: readonly R[],
  moved: readonly R[],
): R[] {
  const merged: R[] = []
  let next = 0
  for (const row of moved) {
    const place = row.at(-1) as number
    while (next < still.length && still[next]![0] * placeStep < place) merged.push(still[next++]!)
    merged.push(row)
  }
  return merged.concat(still.slice(next))
}
