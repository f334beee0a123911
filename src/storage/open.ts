import type { Database, Listener, Store } from './database.ts'
import { openJournaled } from './journal/store.ts'
import { noQuota } from './quota.ts'
import { openSqlite } from './sqlite/store.ts'

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
