import type { EndedSessions } from '../access/ended.ts'
import type { TaskStore } from '../tasks/store.ts'
import { openJournaled } from './journal/store.ts'
import { noQuota, type Quota } from './quota.ts'
import { openSqlite } from './sqlite/store.ts'

/** Where everything is kept. */
export type Store = TaskStore & { readonly ended: EndedSessions }

/** Where the tasks are, from DATABASE_URL and DURABLE_DIR. */
export interface Database {
  /** A path, or `:memory:`; empty with `postgres`. */
  readonly file: string
  /** A PostgreSQL that other replicas may share: its URL, and the file that holds it. */
  readonly postgres?: { readonly url: string; readonly file?: string }
  readonly quota?: Quota
  /** The folder on a share whose journal outlives the file. */
  readonly durable?: { readonly folder: string; readonly retentionDays: number }
}

/** Who hears what happens later on. */
export interface Listener {
  info(text: string): void
  /** Something that the operator should know. */
  warn(text: string): void
  /** The storage is of no use any more, for a reason that the operator must mend. */
  fail(error: Error): void
}

const quiet: Listener = {
  info() {},
  warn() {},
  fail(error) {
    throw error
  },
}

/** Rejects when it cannot be opened, with a sentence for the operator. */
export async function openAnyStore(database: Database, listener = quiet): Promise<Store> {
  if (database.postgres === undefined) return openStore(database, listener)
  // Loaded for those alone who use it.
  const { openPostgres } = await import('./postgres/store.ts')
  return openPostgres(database.postgres, database.quota)
}

/** Tasks in a file. Throws as `openAnyStore` rejects. */
export function openStore({ file, durable, quota = noQuota }: Database, listener = quiet): Store {
  return durable ? openJournaled({ file, quota, ...durable }, listener) : openSqlite(file, quota)
}
