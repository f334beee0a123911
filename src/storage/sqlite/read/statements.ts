import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { Unavailable, UnknownCursor } from '../../../resources/errors.ts'

/** A statement whose rows are arrays: node:sqlite makes those faster than objects. */
export function arrays(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

export function first<T extends number | string = number>(row: unknown): T | undefined {
  return (row as [T | null] | undefined)?.[0] ?? undefined
}

export function read<T>(query: () => T): T {
  try {
    return query()
  } catch (error) {
    if (error instanceof UnknownCursor) throw error
    throw new Unavailable('a read failed', { cause: error })
  }
}
