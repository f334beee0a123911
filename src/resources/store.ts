import type { ItemStore, Resource, Values } from './resource.ts'

/** Anything may have changed: many things at once, or an unknown part; with `of`, only the items of that resource. Earlier versions ignore `of`. */
export interface Reset {
  readonly kind: 'reset'
  readonly of?: string
}

/** `C`: the changes that a commit may tell of. */
export interface Commit<C = unknown> {
  /** The number of writes. */
  readonly writes: number
  /** The changes, in order. Can be called later, and computes them on each call. */
  changes(): readonly C[]
  /** Its duration in milliseconds, if this process made it. */
  readonly ms?: number
  /** Its outcome is unknown. */
  readonly failed?: true
  /** It ended sessions, or may have. */
  readonly sessions?: true
  /** Its number in shared storage: without gaps, and the same for all processes. */
  readonly number?: number
}

/** The features of a storage that several processes write to. */
export interface Shared<C = unknown> {
  /** Identifies the storage during its lifetime, the same in each process. */
  readonly epoch: string
  /** The last commits of all processes, in order. */
  recent(): readonly Commit<C>[]
  /** Resolves when the listeners have received every commit acknowledged to anybody before the call. */
  current(): Promise<void>
}

/** How much is stored, or may be. */
export interface Size {
  /** What the domain counts; deleted things that can be restored do not count. */
  readonly count: number
  /** Everything in the database. */
  readonly bytes: number
}

/** The state of the storage, for monitoring. */
export interface Figures {
  /** The usage is undefined while unknown. */
  readonly size: Size | undefined
  readonly quota: Size
  /** Writes that wait for their commit. */
  readonly queuedWrites: number
  /** The sizes of the database and of its write-ahead log; undefined if unknown. */
  readonly bytes: { readonly database: number; readonly log: number } | undefined
  readonly journal?: {
    readonly role: 'starting' | 'writer' | 'replaced'
    /** The bytes that a process starting now would replay. */
    readonly bytesSinceSnapshot: number
    /** The number of failed writes to the folder. */
    readonly warnings: number
  }
}

/**
 * Where resources are kept. Every promise of a write settles after its commit is on disk (fsync done), and every
 * read sees all writes answered before it began and nothing that is not committed. Writes that arrive together
 * may share one transaction; one that fails does not affect the others.
 *
 * A write may have a `key`, any text. Within 24 hours a retry with the same key changes nothing and settles like
 * the first success, across restarts; with other arguments or another method it rejects with `KeyReused`.
 *
 * A write that exceeds the space rejects with `Full`. Any method may reject with `Unavailable`: nothing happened, and
 * a later retry may succeed. When a commit itself fails, or takes too long, it is unknown what reached the disk, and it
 * rejects with `Uncertain`.
 */
export interface Store<C = unknown> {
  items<V extends Values>(resource: Resource<V>): ItemStore<V>
  /** Resolves when the storage responds. */
  ready(): Promise<void>
  /** Why writes fail, or will fail, while reads still work. Without paths: anybody may read it. */
  warnings(): readonly string[]
  /** `listener` is called after each commit, before any of its writes settles. */
  onCommit(listener: (commit: Commit<C>) => void): void
  /** Undefined if only this process writes. */
  readonly shared?: Shared<C>
  figures(): Figures
  /**
   * Commits pending writes and releases all resources. Resolves with a message for the operator if the data stored
   * elsewhere could not be verified.
   */
  close(): Promise<string | undefined>
}
