import type { EndedSessions } from '../access/ended.ts'
import type { DomainStore } from '../domain/store.ts'
import type { Size } from '../resources/store.ts'

/** A storage. */
export type Store = DomainStore & { readonly ended: EndedSessions }

/** Where the data is, from DATABASE_URL and DURABLE_DIR. */
export interface Database {
  /** A path, or `:memory:`; empty with `postgres`. */
  readonly file: string
  /** PostgreSQL, which other replicas may share: its URL, and the file that contains it. */
  readonly postgres?: { readonly url: string; readonly file?: string }
  readonly quota?: Size
  /** The folder on a share with the journal, which outlives the local file. */
  readonly durable?: { readonly folder: string; readonly retentionDays: number }
}

/** Receives what happens later on. */
export interface Listener {
  info(text: string): void
  /** A message for the operator. */
  warn(text: string): void
  /** The storage is broken, and the operator must fix the cause. */
  fail(error: Error): void
}
