import type { Reset, Store } from '../resources/store.ts'
import type { Ids } from './ids.ts'
import type { List } from './lists.ts'
import type { ImportedTask, NewTask, Task, TaskChange, TaskCondition } from './task.ts'

/** Selects tasks. */
export interface Filter {
  /** Only tasks in these lists. */
  readonly lists?: readonly number[]
  readonly done?: boolean
  /** Only tasks due on this date or before. */
  readonly due?: string
  /** With `due`: on this date or after. */
  readonly dueFrom?: string
  /** Only tasks without a date. */
  readonly undated?: true
  /** Only tasks with all these words in title or notes; the last one matches as a prefix. */
  readonly text?: string
}

export interface TaskQuery extends Filter {
  /** For a query without a text: by date, undated tasks last, ties in the user's order. The default is the user's order. */
  readonly sort?: 'due'
  /**
   * Only tasks after the end of this page, or after the task with this id, which may have been removed. A purged
   * task counts as being where it was created.
   */
  readonly after?: Cursor | number
  /** The maximum number of tasks. */
  readonly limit: number
}

/** The end of a page. The next page continues there even if the page's last task is moved or removed meanwhile. */
export interface Cursor {
  /** The last task of the page. */
  readonly id: number
  /** Its place at that time: a number that increases along the user's order. */
  readonly place: number
  /** How often places had been renumbered by then. */
  readonly spreads: number
  /** The date of that task, or null, if the page is sorted by date. */
  readonly due?: string | null
}

export interface Page {
  readonly tasks: readonly Task[]
  /** Undefined if no task follows. A page may have fewer tasks than the limit if their texts are long. */
  readonly next?: Cursor
}

/** A snapshot of the tasks that match a filter. It is held until closed. */
export interface View {
  /** As of a `Cursor`. */
  readonly spreads: number
  /** All lists, in the user's order. */
  lists(): Promise<readonly List[]>
  /** The versions in order, which together identify the list's state. */
  versions(): AsyncIterable<readonly Version[]>
  /** Yields to the event loop between pages. */
  pages(): AsyncIterable<readonly Task[]>
  close(): Promise<void>
}

/** `due` if sorted by date. */
export type Version = readonly [id: number, updated: number, place: number, due?: string | null]

/** What the methods of `TaskStore` read from. Each query sees what is committed when it begins, and may throw `Unavailable`. */
export interface TaskReader {
  /** With a `text`, all tasks must be indexed. */
  page(query: TaskQuery): Later<Page>
  /** Whether there are tasks that are not indexed yet. */
  hasUnindexed(): Later<boolean>
  find(id: number): Later<Task | undefined>
  count(range: Range): Later<number>
  lastId(): Later<number>
  view(filter: Omit<TaskQuery, 'limit'>): Later<View>
}

type Later<T> = T | Promise<T>

/** Tasks with ids from `from` to `below`, exclusive; `most` ends the count. */
export type Range = Filter & { readonly from?: number; readonly below?: number; readonly most?: number }

/** A change made by a commit, as listeners need it. */
export type Change =
  | { readonly kind: 'created' | 'restored'; readonly task: Task }
  /** `newList`: it may have come from another list. */
  | { readonly kind: 'changed'; readonly task: Task; readonly newList?: true }
  | { readonly kind: 'deleted'; readonly id: number }
  | {
      readonly kind: 'moved'
      readonly id: number
      readonly before: number | null
      /** The task's list. Undefined in events of an earlier version. */
      readonly list?: number | null
    }
  | Reset

/** Where tasks are kept. Bulk writes may be limited to `lists`: tasks in other lists are not affected. */
export interface TaskStore extends Store<Change> {
  /** Rejects with `UnknownCursor` if `after` names a task that never existed. */
  page(query: TaskQuery): Promise<Page>
  find(id: number): Promise<Task | undefined>
  /** Rejects with `Invalid` if its list does not exist. */
  create(task: NewTask, key?: string): Promise<Task>
  /**
   * Rejects with `NotFound`, with `VersionMismatch` if the condition does not hold, or with `Invalid` if a task without a
   * date would repeat or its list does not exist.
   *
   * Completing a repeating task creates the next one, at its place and due on the rule's first day after
   * `today`, the client's date, or UTC's if missing. This happens only once per task. Reopening the task
   * removes the next one, unless that was changed since.
   */
  change(
    id: number,
    change: TaskChange,
    condition?: TaskCondition,
    key?: string,
    today?: string,
  ): Promise<Task>
  /** Rejects like `change`. The id is never reused, except by `restore`. */
  remove(id: number, condition?: TaskCondition, key?: string): Promise<void>
  /** How many were not so before. */
  changeAll(
    mark: { readonly done: boolean },
    key?: string,
    today?: string,
    lists?: readonly number[],
  ): Promise<number>
  /** How many were removed. */
  removeCompleted(key?: string, lists?: readonly number[]): Promise<number>
  /** Marks the existing tasks among these ids. Returns how many changed. */
  changeSome(
    ids: Ids,
    mark: { readonly done: boolean },
    key?: string,
    today?: string,
    lists?: readonly number[],
  ): Promise<number>
  /** Returns how many of these existed and were removed. */
  removeSome(ids: Ids, key?: string, lists?: readonly number[]): Promise<number>
  /**
   * Undoes what `changeSome`, `removeSome`, `addAll` or `undo` did with the key `of` in the last 24 hours, for each
   * task unchanged since that write: `done` and its time are restored, removed tasks return to their
   * places, added ones are removed. Returns the number of tasks. Rejects with `NotFound` if no such write is known.
   */
  undo(of: string, key?: string, today?: string, lists?: readonly number[]): Promise<number>
  /**
   * Undoes a removal of the last 30 days: the task returns unchanged to its place, or to the first list if its own is gone. An existing task is not changed. The
   * condition is on the version that it had. Rejects like `change`.
   */
  restore(id: number, condition?: TaskCondition, key?: string): Promise<Task>
  /**
   * Moves the task before another, or to the end for null, and into a list if one is given. Its version changes only with its
   * list. Rejects like `change`, or with `Invalid` if the other task does not exist.
   */
  move(
    id: number,
    before: number | null,
    condition?: TaskCondition,
    key?: string,
    list?: number | null,
  ): Promise<Task>
  count(range: Range): Promise<number>
  /** The last id assigned; 0 before the first. */
  lastId(): Promise<number>
  /** A snapshot of the committed state. */
  view(filter: Omit<TaskQuery, 'limit'>): Promise<View>
  /**
   * Adds all these tasks at the end, and the lists that they name where there are none of those names, or none of them when `batches` throws, which this then rejects with. Nobody sees
   * any before all are there. How many there were.
   */
  addAll(batches: AsyncIterable<readonly ImportedTask[]>, key?: string): Promise<number>
}
