import type { EndedSessions } from '../access/ended.ts'
import type { DomainStore } from '../domain/store.ts'
import type { Size } from '../resources/store.ts'
import { openJournaled } from './journal/store.ts'
import { noQuota } from './quota.ts'
import { openSqlite } from './sqlite/store.ts'

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

const quiet: Listener = {
  info() {},
  warn() {},
  fail(error) {
    throw error
  },
}

/** Rejects with a message for the operator if it cannot be opened. */
export async function openAnyStore(database: Database, listener = quiet): Promise<Store> {
  if (database.postgres === undefined) return openStore(database, listener)
  // Loaded only where it is used.
  const { openPostgres } = await import('./postgres/store.ts')
  return openPostgres(database.postgres, database.quota)
}

/** A store in a file. Throws what `openAnyStore` rejects with. */
export function openStore({ file, durable, quota = noQuota }: Database, listener = quiet): Store {
  return durable ? openJournaled({ file, quota, ...durable }, listener) : openSqlite(file, quota)
}
