import type { Made, Outcome, Write } from '../writes.ts'
import type { Room } from './room.ts'
import type { Fragment, Sql } from './sql.ts'

/** The schema, step by step; tables of resources have steps of their own in between. */
export type PostgresMigrations = readonly (readonly string[])[]

/** What the domain adds to the writing side. */
export interface PostgresWrites {
  /** Whether a write can be applied without reading anything. */
  isBlind(write: Write): boolean
  /** The keys of earlier writes whose answers a write needs. */
  keysOf(write: Write): readonly string[]
  /** Its part of a group, before anything was read. */
  open(group: Group, writes: readonly Write[], room: Room): DomainGroup
}

/** To a keyed write. */
export interface Answer {
  readonly request: string
  readonly outcome: string
  readonly time: number
}

/** The single row of `taskapp_state`. */
export interface State {
  /** The number of the last commit. */
  readonly number: number
  /** The last id that the domain assigned. */
  readonly lastId: number
  /** What the quota counts. */
  readonly count: number
}

/** A transaction that buffers what needs no answer until `flush` sends it, many rows per statement. No one else writes meanwhile. */
export interface Group {
  readonly tx: Sql
  from: State
  lastId: number
  count: number
  readonly answers: ReadonlyMap<string, Answer>
  answer(key: string, answer: Answer): void
  flush(): void
  /** The same as statements that need no answer, if all writes are blind. */
  creation(): Fragment[]
}

/** As of sqlite/write/items.ts. */
export interface Attached {
  remove(id: number, time: number): Promise<{ readonly time: number; readonly count: number }>
  restore(id: number, time: number): Promise<number>
}

export interface DomainGroup {
  /** By resource, what is deleted and restored with an item. */
  readonly attached: Readonly<Record<string, Attached>>
  /** Reads what the writes name, or sends the statements for it. */
  load(): Promise<unknown>
  apply(write: Write, now: number): Promise<Outcome>
  /** What is kept of a result, to answer a repeat of its write. */
  keep(made: Made): string
  /** The result from what was kept. */
  recall(kept: string, repeat: Write): Promise<Made>
  /** Sends what is buffered. */
  flush(): void
  /** The same as statements that need no answer, if all writes are blind. */
  creation(): readonly Fragment[]
}

/** How rows differ between the storages. */
export interface DomainCopy {
  /** The sequence of SQLite whose ids `taskapp_state.last_id` continues. */
  readonly sequence: string
  /** Columns that SQLite computes, as SQL. */
  readonly computed: Readonly<Record<string, string>>
  /** A value of such a column as SQLite stores it. `key`: of the row. */
  stored(column: string, value: string | number | null, key: string | number | null): string | number | null
  /** Columns that PostgreSQL alone has, from the others of a row. */
  readonly derived: Readonly<
    Record<string, (row: Readonly<Record<string, string | number | null>>) => string>
  >
}
