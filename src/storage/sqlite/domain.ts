import type { DatabaseSync } from 'node:sqlite'
import type { Made, Outcome, Write } from '../writes.ts'
import type { Attached, Items } from './write/items.ts'
import type { Room } from './write/room.ts'

/** What the domain adds to SQLite. */
export interface SqliteDomain<Reader> {
  /** The schema, step by step; tables of resources have steps of their own in between. */
  readonly migrations: readonly string[]
  /** Of the schema that all steps make, as `sumOf` in open.ts counts it: a file that has another is looked at more closely. */
  readonly schemaSum: number
  /** By resource, what is deleted and restored with an item. */
  attached(db: DatabaseSync): Readonly<Record<string, Attached>>
  writes(db: DatabaseSync, tools: Tools): DomainWrites
  reader(db: DatabaseSync): Reader & { close(): Promise<void> }
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
