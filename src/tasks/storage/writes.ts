import type { ItemMade, Write } from '../../storage/writes.ts'
import type { Ids } from '../ids.ts'
import {
  type ArrivingTask,
  isIn,
  type NewTask,
  type Task,
  type TaskChange,
  type TaskCondition,
} from '../task.ts'
import type { Row } from './rows.ts'
import type { Bulk } from './sqlite/write/bulk.ts'
import type { Batch } from './sqlite/write/staging.ts'

/** A write to tasks, or for them. */
export type TaskWrite = Write &
  (
    | ({ readonly kind: 'create' } & NewTask)
    | ({ readonly kind: 'change'; readonly id: number; readonly change: TaskChange } & Conditional & OnDay)
    | ({ readonly kind: 'remove'; readonly id: number } & Conditional)
    | ({ readonly kind: 'changeAll'; readonly done: boolean } & OnDay & Scoped)
    | ({ readonly kind: 'removeCompleted' } & Scoped)
    | ({ readonly kind: 'changeSome'; readonly ids: Ids; readonly done: boolean } & OnDay & Scoped)
    | ({ readonly kind: 'removeSome'; readonly ids: Ids } & Scoped)
    /** `of`: the key of the write to undo. */
    | ({ readonly kind: 'undo'; readonly of: string } & OnDay & Scoped)
    | ({ readonly kind: 'restore'; readonly id: number } & Conditional)
    | ({
        readonly kind: 'move'
        readonly id: number
        readonly before: number | null
        readonly list?: number | null | undefined
      } & Conditional)
    /** For an import: the list of this name, which is made out of sight if there is none. `adopt` shows it. */
    | { readonly kind: 'stageList'; readonly name: string }
    | { readonly kind: 'index' }
    | {
        readonly kind: 'stage'
        readonly batch: Batch
        readonly first: number
        readonly tasks: readonly ArrivingTask[]
      }
    /** `sum`: a hash of the staged tasks, to tell a repeat from another import. */
    | {
        readonly kind: 'adopt'
        readonly batch: Batch
        readonly count: number
        readonly lists: readonly number[]
        readonly sum?: string | undefined
      }
    | { readonly kind: 'discard'; readonly batch: Batch }
  )

interface Conditional {
  readonly condition?: TaskCondition | undefined
}

/** Only tasks in these lists, or all. */
interface Scoped {
  readonly lists?: readonly number[] | undefined
}

interface OnDay {
  /** The client's day, such as 2026-12-24: what repeats goes on behind it. Without it that of UTC. */
  readonly today?: string | undefined
}

/** The result of one: a row, a count, a count with its undo, or a list. */
export type TaskMade = Row | number | Bulk | ItemMade

/** Whether the write may know of the task. */
export function reaches({ condition }: Conditional, task: Pick<Task, 'list'>): boolean {
  return isIn(condition?.lists, task)
}
