import type { TaskStore } from '../tasks/store.ts'
import { openJournaled } from './journal/store.ts'
import { openSqlite } from './sqlite/store.ts'

/** Where the tasks are, from DATABASE_URL and DURABLE_DIR. */
export interface Database {
  /** A path, or `:memory:`. */
  readonly file: string
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

/** Throws when it cannot be opened, with a sentence for the operator. */
export function openStore({ file, durable }: Database, listener = quiet): TaskStore {
  return durable ? openJournaled({ file, ...durable }, listener) : openSqlite(file)
}
