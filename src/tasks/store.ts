import type { NewTask, Task, TaskChange } from './task.ts'

/** Which tasks, in the user's order. */
export interface TaskQuery {
  readonly done?: boolean
  /** Only tasks that are due on this date or before. */
  readonly due?: string
  /** Only tasks that come after the one with this id, which need not exist any more. */
  readonly after?: number
  /** At most so many. */
  readonly limit: number
}

/**
 * Where tasks are kept. Every promise of a write settles after its commit is on disk (fsync done), and every
 * read sees all writes answered before it began and nothing that is not committed. Writes that arrive together
 * may share one transaction; one that fails leaves its neighbours alone.
 *
 * Any method may reject with `Unavailable`: nothing happened, and trying again later may help. When a commit
 * itself fails nobody knows what reached the disk, and the answer is `Unavailable` just the same.
 */
export interface TaskStore {
  list(query: TaskQuery): Promise<Task[]>
  find(id: number): Promise<Task | undefined>
  /**
   * With the key of an earlier creation of the same task: makes nothing and resolves with what that one made.
   * Rejects with `KeyReused` where that was another task. Keys are kept for `limits.idempotencyMs`.
   */
  create(task: NewTask, key?: string): Promise<Task>
  /**
   * `versions`: values of `Task.updated`, one of which the task must have; undefined: any will do.
   * Rejects with `NotFound` or `VersionMismatch`.
   */
  change(id: number, change: TaskChange, versions?: readonly number[]): Promise<Task>
  /** As `change`. The id is never used again. */
  remove(id: number, versions?: readonly number[]): Promise<void>
  /** How many were not so before. */
  changeAll(mark: { readonly done: boolean }): Promise<number>
  /** How many were removed. */
  removeCompleted(): Promise<number>
  /** Resolves when the storage answers. */
  ready(): Promise<void>
  /** `listener` is called after each commit that changed something, before any of its writes settles. */
  onCommit(listener: () => void): void
  /** Commits what is under way and lets go of everything. */
  close(): Promise<void>
}
