import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { arrivedTask, type ImportedTask } from '../../tasks/task.ts'
import { type Bulk, bulkAdded } from './bulk.ts'
import { atomically } from './removal.ts'
import { arrivedNextSql, contentColumns, contentParameters, toRow } from './rows.ts'

/** An import on its way (decisions/011): a number made of its time, and by chance unlike all others. */
export type Batch = number

export function newBatch(): Batch {
  return Date.now() * 1_000 + Math.floor(Math.random() * 1_000)
}

/** The number that batches older than this many milliseconds are below. */
export function batchesBefore(time: number): Batch {
  return time * 1_000
}

export interface Staging {
  /** Keeps tasks where nobody sees them; `first` is the number of the first of them. */
  stage(batch: Batch, first: number, tasks: readonly ImportedTask[], now: number): number
  /** Makes tasks of all that is kept, at the end of the list. Undefined when it is not so many. */
  adopt(batch: Batch, count: number, now: number): Bulk | undefined
  /** Throws away a part of what is kept; 0 when there is nothing left. */
  discard(batch: Batch): number
}

export function prepareStaging(db: DatabaseSync): Staging {
  const insert = db.prepare(
    `insert into staged_tasks (batch, number, ${contentColumns}) values (?, ?, ${contentParameters})`,
  )
  const count = db.prepare('select count(*) as n from staged_tasks where batch = ?')
  const adopt = db.prepare(
    `insert into tasks (${contentColumns}, next_id) select ${contentColumns}, ${arrivedNextSql} from staged_tasks where batch = ? order by number`,
  )
  const discard = db.prepare(
    `delete from staged_tasks where batch = :batch and number in
     (select number from staged_tasks where batch = :batch limit ${limits.tidiedAtOnce})`,
  )

  return {
    stage(batch, first, tasks, now) {
      return atomically(db, () => {
        for (const [index, task] of tasks.entries()) {
          const [, ...values] = toRow(arrivedTask(task, now))
          insert.run(batch, first + index, ...values)
        }
        return tasks.length
      })
    },
    adopt(batch, expected, now) {
      if (count.get(batch)!['n'] !== expected) return undefined
      return bulkAdded(Number(adopt.run(batch).lastInsertRowid), expected, now)
    },
    discard(batch) {
      return Number(discard.run({ batch }).changes)
    },
  }
}
