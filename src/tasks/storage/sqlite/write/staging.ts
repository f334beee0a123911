import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { atomically } from '../../../../storage/sqlite/write/savepoint.ts'
import { type ArrivingTask, arrivedTask } from '../../../task.ts'
import { arrivedNextSql, contentColumns, contentParameters, returningContents, toRow } from '../../rows.ts'
import { type Bulk, bulkAdded } from './bulk.ts'

/** An import in progress (decisions/011): a number made of its time and random bits. */
export type Batch = number

export function newBatch(): Batch {
  return Date.now() * 1_000 + Math.floor(Math.random() * 1_000)
}

/** The lower bound of batches begun at that time or later, in milliseconds since 1970. */
export function batchesBefore(time: number): Batch {
  return time * 1_000
}

export interface Staging {
  /** Stores tasks out of sight; `first` is the number of the first of them. */
  stage(batch: Batch, first: number, tasks: readonly ArrivingTask[], now: number): number
  /** Appends all staged tasks. Undefined if their number is not `count`. */
  adopt(batch: Batch, count: number, lists: readonly number[], now: number): Bulk | undefined
  /** Deletes a part of the batch; 0 once nothing is left. */
  discard(batch: Batch): number
}

/** `show`: as of `StagedLists`. */
export function prepareStaging(db: DatabaseSync, show: (lists: readonly number[]) => void): Staging {
  const insert = db.prepare(
    `insert into staged_tasks (batch, number, ${contentColumns}) values (?, ?, ${contentParameters})`,
  )
  const count = db.prepare('select count(*) as n from staged_tasks where batch = ?')
  const adopt = db.prepare(
    `insert into tasks (${contentColumns}, next_id) select ${returningContents}, ${arrivedNextSql} from staged_tasks where batch = ? order by number`,
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
    adopt(batch, expected, lists, now) {
      if (count.get(batch)!['n'] !== expected) return undefined
      show(lists)
      return bulkAdded(Number(adopt.run(batch).lastInsertRowid), expected, now)
    },
    discard(batch) {
      return Number(discard.run({ batch }).changes)
    },
  }
}
