import type { Item, ItemStore, Resource, Values } from '../resources/resource.ts'
import type { Ids } from './ids.ts'
import type { ImportedTask, NewTask, Task, TaskChange, TaskCondition } from './task.ts'

/** Which tasks. */
export interface Filter {
  /** Only those in these lists. */
  readonly lists?: readonly number[]
  readonly done?: boolean
  /** Only tasks due on this date or before. */
  readonly due?: string
  /** With `due`: on this date or after. */
  readonly dueFrom?: string
  /** Only tasks without a date. */
  readonly undated?: true
  /** Only tasks with all these words in title or notes, the last of them at least as a beginning. */
  readonly text?: string
}

export interface TaskQuery extends Filter {
  /** Of a query without a text: by date, those without one at the end, and of one date in the user's order, which it is else. */
  readonly sort?: 'due'
  /**
   * Only tasks behind the place where this page ended, or behind the task with this id, which may have been removed. One
   * that was purged is taken to have stood where it was created.
   */
  readonly after?: Cursor | number
  /** At most so many. */
  readonly limit: number
}

/** Where a page ended. So the next one goes on there although the page's last task is moved or removed meanwhile. */
export interface Cursor {
  /** The last task of the page. */
  readonly id: number
  /** Its place then: a number that grows along the user's order. */
  readonly place: number
  /** How often tasks had been given other places in the same order by then. */
  readonly spreads: number
  /** The date of that task, or null, where the page is sorted by it. */
  readonly due?: string | null
}

export interface Page {
  readonly tasks: readonly Task[]
  /** Undefined where no task follows. There may be fewer tasks than the limit where their texts are long. */
  readonly next?: Cursor
}

/** The tasks that a filter lets through, as they were at one moment. Holds on to them until it is closed. */
export interface View {
  /** As of a `Cursor`. */
  readonly spreads: number
  /** All of them, in the user's order. */
  items<V extends Values>(resource: Resource<V>): Promise<readonly Item<V>[]>
  /** The versions in order, which together tell one list from another. */
  versions(): AsyncIterable<readonly Version[]>
  /** Leaves the event loop to others between one page and the next. */
  pages(): AsyncIterable<readonly Task[]>
  close(): Promise<void>
}

/** `due` where it is sorted by that. */
export type Version = readonly [id: number, updated: number, place: number, due?: string | null]

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
      /** That of the task. Undefined in what an earlier version tells. */
      readonly list?: number | null
    }
  /** Anything may have changed: many tasks at once, or it is unknown what; or, with `of`, only the items of that resource. Earlier versions ignore `of`. */
  | { readonly kind: 'reset'; readonly of?: string }

export interface Commit {
  /** How many writes it had. */
  readonly writes: number
  /** What they did, in order. May be asked later on, and is made anew each time. */
  changes(): readonly Change[]
  /** Milliseconds that it took, where this process made it. */
  readonly ms?: number
  /** Nobody knows whether it happened. */
  readonly failed?: true
  /** It ended sessions, or may have. */
  readonly sessions?: true
  /** Its number, where others write to the same storage: without gaps, and the same for all of them. */
  readonly number?: number
}

/** What a storage has that other processes write to as well. */
export interface Shared {
  /** Names the storage for as long as it lives, alike in each process. */
  readonly epoch: string
  /** The last commits of all processes, in order. */
  recent(): readonly Commit[]
  /** Resolves when the listeners have heard of every commit that anybody was told of before this was called. */
  current(): Promise<void>
}

/** The state of the storage, for monitoring. */
export interface Figures {
  /** How much is kept, and how much may be; undefined while it is not known. */
  readonly size: { readonly tasks: number; readonly bytes: number } | undefined
  readonly quota: { readonly tasks: number; readonly bytes: number }
  /** Writes that wait for their commit. */
  readonly queuedWrites: number
  /** The sizes of the database and of its write-ahead log; undefined if unknown. */
  readonly bytes: { readonly database: number; readonly log: number } | undefined
  readonly journal?: {
    readonly role: 'starting' | 'writer' | 'replaced'
    /** What a process that starts now would have to replay. */
    readonly bytesSinceSnapshot: number
    /** How often the folder did not take something. */
    readonly warnings: number
  }
}

/**
 * Where tasks are kept. Every promise of a write settles after its commit is on disk (fsync done), and every
 * read sees all writes answered before it began and nothing that is not committed. Writes that arrive together
 * may share one transaction; one that fails leaves its neighbours alone.
 *
 * A write may bear a `key`, any text. Within 24 hours a repeat with the same key changes nothing and settles as the
 * first did that succeeded, across restarts; with other arguments or of another method it rejects with `KeyReused`.
 *
 * What changes many tasks may be told `lists`: it leaves those in others alone.
 *
 * A write for which there is no room rejects with `Full`. Any method may reject with `Unavailable`: nothing happened, and
 * trying again later may help. When a commit itself fails, or takes too long, it is unknown what reached the disk, and it
 * rejects with `Uncertain`.
 */
export interface TaskStore {
  /** What is kept beside tasks. */
  items<V extends Values>(resource: Resource<V>): ItemStore<V>
  /** Rejects with `UnknownTask` where `after` names a task that never was. */
  page(query: TaskQuery): Promise<Page>
  find(id: number): Promise<Task | undefined>
  /** Rejects with `Invalid` where its list is not there. */
  create(task: NewTask, key?: string): Promise<Task>
  /**
   * Rejects with `NotFound`, with `VersionMismatch` where the condition does not hold, or with `Invalid` where a task without a
   * date is to repeat or its list is not there.
   *
   * Whatever marks a repeating task as done makes the task after it, at its place and on the first of its days behind
   * `today`, the date at the client; UTC's where it is missing. It does so once, whatever comes later. Whatever marks it as
   * open again takes that task away, unless it was changed since.
   */
  change(
    id: number,
    change: TaskChange,
    condition?: TaskCondition,
    key?: string,
    today?: string,
  ): Promise<Task>
  /** As `change`. The id is never used again, but by `restore`. */
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
  /** Marks those with these ids that are there. How many were not so before. */
  changeSome(
    ids: Ids,
    mark: { readonly done: boolean },
    key?: string,
    today?: string,
    lists?: readonly number[],
  ): Promise<number>
  /** How many of these were there, and were removed. */
  removeSome(ids: Ids, key?: string, lists?: readonly number[]): Promise<number>
  /**
   * Takes back what `changeSome`, `removeSome`, `addAll` or `undo` did with the key `of` in the last 24 hours, for each
   * task that is still as that write left it: `done` and its time are as they were, removed tasks are back at their
   * places, added ones are removed. How many tasks that were. Rejects with `NotFound` when no such write is known.
   */
  undo(of: string, key?: string, today?: string, lists?: readonly number[]): Promise<number>
  /**
   * Undoes a removal of the last 30 days: the task is as it was, at its place, but in the first list where its own is gone. Leaves a task that is there alone. The
   * condition is on the version that it had. Rejects as `change`.
   */
  restore(id: number, condition?: TaskCondition, key?: string): Promise<Task>
  /**
   * Puts the task right before another, or at the end for null, and into a list if one is given. Its version stays, but if that is
   * another list. Rejects as `change`, or with `Invalid` when there is no such other.
   */
  move(
    id: number,
    before: number | null,
    condition?: TaskCondition,
    key?: string,
    list?: number | null,
  ): Promise<Task>
  /** How many there are, up to `most`, whose ids are at least `from` and less than `below`. */
  count(
    range: Filter & { readonly from?: number; readonly below?: number; readonly most?: number },
  ): Promise<number>
  /** The last id that was given; 0 before the first. */
  lastId(): Promise<number>
  /** What is committed by now. */
  view(filter: Omit<TaskQuery, 'limit'>): Promise<View>
  /**
   * Adds all these tasks at the end, and the lists that they name where there are none of those names, or none of them when `batches` throws, which this then rejects with. Nobody sees
   * any before all are there. How many there were.
   */
  addAll(batches: AsyncIterable<readonly ImportedTask[]>, key?: string): Promise<number>
  /** Resolves when the storage answers. */
  ready(): Promise<void>
  /** Why writes fail, or will, although reads go on. Without paths: anybody may read it. */
  warnings(): readonly string[]
  /** `listener` is called after each commit, before any of its writes settles. */
  onCommit(listener: (commit: Commit) => void): void
  /** Undefined where this process alone writes. */
  readonly shared?: Shared
  figures(): Figures
  /**
   * Commits what is under way and lets go of everything. Resolves with a sentence for the operator where what was kept
   * elsewhere could not be proved to be there.
   */
  close(): Promise<string | undefined>
}
