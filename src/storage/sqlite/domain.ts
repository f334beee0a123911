import type { DatabaseSync } from 'node:sqlite'
import type { Made, Outcome, Write } from '../writes.ts'
import type { Attached, Items } from './write/items.ts'
import type { Room } from './write/room.ts'

/** The schema. */
export interface SqliteSchema {
  /** Its steps; tables of resources have steps of their own in between. */
  readonly migrations: readonly string[]
  /** Of what all steps make, as `sumOf` in open.ts counts it: a file that has another is looked at more closely. */
  readonly sum: number
}

/** What the domain adds to the writing side. */
export interface SqliteWrites {
  /** By resource, what is deleted and restored with an item. */
  attached(db: DatabaseSync): Readonly<Record<string, Attached>>
  prepare(db: DatabaseSync, tools: Tools): DomainWrites
}

export interface Tools {
  readonly room: Room
  /** Of a resource, by its name. */
  items(resource: string): Items
}

export interface DomainWrites {
  /** Within a transaction. A failure leaves nothing half done. */
  apply(write: Write, now: number): Outcome
  /** What is kept of a result, to answer a repeat of its write. */
  keep(made: Made): string
  /** The result from what was kept. */
  recall(kept: string, repeat: Write): Made
}
