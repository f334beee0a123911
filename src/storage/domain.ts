import type { Made, Write } from './writes.ts'

/** What the domain tells a storage, whichever it is. `Change`: what listeners get. */
export interface Domain<Change> {
  /** One thing, as messages name it: `task`. */
  readonly one: string
  /** The kinds of writes whose duration does not depend on how much is stored. */
  readonly small: ReadonlySet<string>
  needs(write: Write): Needs
  /** By how much a write made the count of the quota grow. */
  added(write: Write, made: Made): number
  /** What a write changed, for listeners. */
  changes(write: Write, made: Made): readonly Change[]
  /** Whether a member of a write belongs to what it says; others may differ when it is sent again. */
  isMeant(write: Write, name: string, value: unknown): boolean
  /** All that it has. */
  readonly tables: readonly string[]
  /** What the quota counts: a statement with one number. */
  readonly countSql: string
  readonly expiring: readonly Expiring[]
  /** Tables and columns that no copy has, and why. */
  readonly leftOut: Readonly<Record<string, string>>
}

/** What a write needs of the quota. */
export interface Needs {
  /** What it adds to the count. */
  readonly count?: number
  /** How many rows it writes, if that is not one. */
  readonly rows?: number
  /** It takes no bytes, or must be possible without any. */
  readonly none?: boolean
  /** It adds bytes; other writes may exceed the quota a little. */
  readonly bytes?: boolean
}

/** Rows that are deleted some time after they have expired. */
export interface Expiring {
  readonly table: string
  /** The columns of its key. */
  readonly key: string
  readonly time: string
  /** The largest value of `time` that has expired. */
  until(now: number): number
}

/** The errors for the domain's refusals, and for `too many`. */
export type Refusals = Readonly<Record<string, () => Error>>

/** With this the methods of a store send a write to its commit. Rejects with the error of its refusal. */
export type Send = <T>(write: Write, key: string | undefined, accept: (made: Made) => T) => Promise<T>
