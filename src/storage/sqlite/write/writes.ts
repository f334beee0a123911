import type { Item, Values } from '../../../resources/resource.ts'
import { type Condition, holds } from '../../../resources/version.ts'
import type { Ids } from '../../../tasks/ids.ts'
import {
  type ArrivingTask,
  isIn,
  type NewTask,
  type Task,
  type TaskChange,
  type TaskCondition,
} from '../../../tasks/task.ts'
import type { Row } from '../rows.ts'
import type { Bulk } from './bulk.ts'
import type { Batch } from './staging.ts'

/** One write, as it is sent to the writing thread. */
export type Write =
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
      readonly list?: number | null
    } & Conditional)
  | ItemWrite
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
      readonly sum?: string
    }
  | { readonly kind: 'discard'; readonly batch: Batch }
  | {
      readonly kind: 'endSession'
      readonly holder: string
      readonly session?: string
      readonly until: number
    }

/** A write to the items of a resource. */
export type ItemWrite = { readonly resource: string } & (
  | { readonly kind: 'createItem'; readonly values: Values }
  | ({ readonly kind: 'changeItem'; readonly id: number; readonly change: Values } & OnVersion)
  | ({ readonly kind: 'removeItem' | 'restoreItem'; readonly id: number } & OnVersion)
  | ({ readonly kind: 'moveItem'; readonly id: number; readonly before: number | null } & OnVersion)
)

interface OnVersion {
  readonly condition?: Condition
}

interface Conditional {
  readonly condition?: TaskCondition
}

/** Only tasks in these lists, or all. */
interface Scoped {
  readonly lists?: readonly number[]
}

interface OnDay {
  /** The client's day, such as 2026-12-24: what repeats goes on behind it. Without it that of UTC. */
  readonly today?: string
}

/** A write that is applied once, however often it is sent with this key. */
export type KeyedWrite = Write & { readonly key: string }

/** The result of one write: a row, a count, a count with its undo, or an item. */
export type Made = Row | number | Bulk | ItemMade
/** `added`: how many tasks came or, if negative, went with it. */
export interface ItemMade {
  readonly item: Item
  readonly added: number
}
/** The outcome of one write: its result, the result of an earlier attempt, or why it was refused. */
export type Outcome = Made | { readonly again: Made } | Refusal
/** There is no room. */
export type Full = 'too many tasks' | 'too many bytes'
export type Refusal =
  | 'not found'
  | 'version mismatch'
  | 'no such place'
  | 'no date'
  | 'no such list'
  | 'too many items'
  | 'key reused'
  | 'import lost'
  | Full
  | { readonly error: string }

/** By how much the number of tasks changed, apart from restoring a single one. */
export function addedBy({ kind }: Write, outcome: Outcome): number {
  if (!isMade(outcome)) return 0
  if (kind === 'create') return 1
  if (typeof outcome === 'number') return ['remove', 'removeCompleted'].includes(kind) ? -outcome : 0
  if ('item' in outcome) return outcome.added
  if (!('undo' in outcome) || outcome.undo.kind === 'marked') return 0
  return outcome.undo.kind === 'added' ? outcome.count : -outcome.count
}

/** Whether the outcome is a new result, not a refusal or that of an earlier attempt. */
export function isMade(outcome: Outcome): outcome is Made {
  return (
    typeof outcome === 'number' ||
    (typeof outcome === 'object' && (Array.isArray(outcome) || 'undo' in outcome || 'item' in outcome))
  )
}

/** Whether the write may know of the task. */
export function reaches({ condition }: Conditional, task: Pick<Task, 'list'>): boolean {
  return isIn(condition?.lists, task)
}

/** Whether the precondition of a write holds for this version, or for that of something removed, which no longer `exists`. */
export function matches(version: number, { condition }: OnVersion, exists = true): boolean {
  return condition === undefined || holds(condition, version, exists)
}
