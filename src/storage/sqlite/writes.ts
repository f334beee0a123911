import type { Ids } from '../../tasks/ids.ts'
import {
  type Condition,
  holds,
  type ImportedTask,
  type NewTask,
  type Task,
  type TaskChange,
} from '../../tasks/task.ts'
import type { Bulk } from './bulk.ts'
import type { Row } from './rows.ts'
import type { Batch } from './staging.ts'

/** One write, as it travels to the thread that writes. */
export type Write =
  | ({ readonly kind: 'create' } & NewTask)
  | ({ readonly kind: 'change'; readonly id: number; readonly change: TaskChange } & Conditional & OnDay)
  | ({ readonly kind: 'remove'; readonly id: number } & Conditional)
  | ({ readonly kind: 'changeAll'; readonly done: boolean } & OnDay)
  | { readonly kind: 'removeCompleted' }
  | ({ readonly kind: 'changeSome'; readonly ids: Ids; readonly done: boolean } & OnDay)
  | { readonly kind: 'removeSome'; readonly ids: Ids }
  /** `of`: the key of the write to take back. */
  | ({ readonly kind: 'undo'; readonly of: string } & OnDay)
  | ({ readonly kind: 'restore'; readonly id: number } & Conditional)
  | ({ readonly kind: 'move'; readonly id: number; readonly before: number | null } & Conditional)
  | { readonly kind: 'index' }
  | {
      readonly kind: 'stage'
      readonly batch: Batch
      readonly first: number
      readonly tasks: readonly ImportedTask[]
    }
  /** `sum`: of all that was staged, to tell a repeat from another import. */
  | { readonly kind: 'adopt'; readonly batch: Batch; readonly count: number; readonly sum?: string }
  | { readonly kind: 'discard'; readonly batch: Batch }
  | {
      readonly kind: 'endSession'
      readonly holder: string
      readonly session?: string
      readonly until: number
    }

interface Conditional {
  readonly condition?: Condition
}

interface OnDay {
  /** The client's day, such as 2026-12-24: what repeats goes on behind it. Without it that of UTC. */
  readonly today?: string
}

/** A write that is done once, however often it comes with this key. */
export type KeyedWrite = Write & { readonly key: string }

/** What one write made: a row, a count, or a count and what takes it back. */
export type Made = Row | number | Bulk
/** What became of one write: what it made, or had made before, or why it made nothing. */
export type Outcome = Made | { readonly again: Made } | Refusal
/** There is no room. */
export type Full = 'too many tasks' | 'too many bytes'
export type Refusal =
  | 'not found'
  | 'version mismatch'
  | 'no such place'
  | 'no date'
  | 'key reused'
  | 'import lost'
  | Full
  | { readonly error: string }

/** How many tasks more there are, but for a single one that was restored. */
export function addedBy({ kind }: Write, outcome: Outcome): number {
  if (!isMade(outcome)) return 0
  if (kind === 'create') return 1
  if (typeof outcome === 'number') return ['remove', 'removeCompleted'].includes(kind) ? -outcome : 0
  if (!('undo' in outcome) || outcome.undo.kind === 'marked') return 0
  return outcome.undo.kind === 'added' ? outcome.count : -outcome.count
}

/** Whether the outcome is what the write made, and not why it made nothing or what another had made. */
export function isMade(outcome: Outcome): outcome is Made {
  return (
    typeof outcome === 'number' ||
    (typeof outcome === 'object' && (Array.isArray(outcome) || 'undo' in outcome))
  )
}

/** Whether the condition of a write holds for the task, or for one that was removed and `exists` no more. */
export function matches(
  { updated }: Pick<Task, 'updated'>,
  { condition }: Conditional,
  exists = true,
): boolean {
  return condition === undefined || holds(condition, updated, exists)
}
