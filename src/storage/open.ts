import type { TaskStore } from '../tasks/store.ts'
import { openSqlite } from './sqlite/store.ts'

/** Where the tasks are, from DATABASE_URL. */
export interface Database {
  /** A path, or `:memory:`. */
  readonly file: string
}

/** Throws when it cannot be opened, with a sentence for the operator. */
export function openStore(database: Database): TaskStore {
  return openSqlite(database.file)
}
