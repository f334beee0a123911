import { type Fragment, raw, type Sql } from '../../../storage/postgres/sql.ts'
import { latestTime } from '../../../storage/sqlite/clock.ts'
import { allColumns, returningColumns as returning } from '../rows.ts'

/** All that a task has, and takes along when it is deleted or restored. */
export const columns = raw(`${allColumns}, words`)

/** The same for `insert`, but a list that is gone. */
export const returningColumns = raw(`${returning}, words`)

/** Deletes tasks, and returns the ids of those. */
export function bury(tx: Sql, condition: Fragment) {
  return tx`with gone as (delete from tasks where ${condition} returning ${columns})
    insert into deleted_tasks (${columns}, deleted) select ${columns}, ${latestTime()}::bigint from gone returning id`
}
