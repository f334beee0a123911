import type { DatabaseSync } from 'node:sqlite'
import { domain } from '../../../domain/store.ts'
import { limits } from '../../../limits.ts'
import type { Size } from '../../../resources/store.ts'
import { refusalOf } from '../../quota.ts'
import type { Full, Write } from '../../writes.ts'

/** Bytes of the pages in use; pages freed by deletions are reused. */
export const usedBytesSql =
  'select (page_count - freelist_count) * page_size from pragma_page_count(), pragma_freelist_count(), pragma_page_size()'

/** Enforces the quota for writes on this connection. */
export interface Room {
  /** Call at the start of each transaction. */
  begin(): void
  refuse(write: Write): Full | undefined
  /** Adds to the count, or subtracts. */
  added(count: number): void
  /** Discards the count, which may be wrong now. */
  forget(): void
  /** The size as of the last transaction; undefined most of the time. */
  report(): Size | undefined
}

/**
 * It is counted once, and the count follows the writes; before one is refused it is counted again, since another process may
 * have deleted some. Bytes are those of pages in use, read once per transaction.
 */
export function openRoom(db: DatabaseSync, quota: Size): Room {
  const count = db.prepare(domain.countSql)
  const pages = db.prepare(usedBytesSql)
  for (const statement of [count, pages]) statement.setReturnArrays(true)
  const numberOf = (statement: typeof count) => (statement.get() as unknown as [number])[0]
  let known: number | undefined
  let bytes: number | undefined
  let counted = Number.NEGATIVE_INFINITY
  let reported = Number.NEGATIVE_INFINITY

  const size = (): Size => {
    if (known === undefined) {
      known = numberOf(count)
      counted = performance.now()
    }
    bytes ??= numberOf(pages)
    return { count: known, bytes }
  }

  return {
    begin() {
      bytes = undefined
    },
    refuse(write) {
      const refusal = refusalOf(write, size(), quota)
      if (refusal !== 'too many' || performance.now() - counted < limits.recountMs) return refusal
      known = undefined
      return refusalOf(write, size(), quota)
    },
    added(more) {
      if (known !== undefined) known += more
    },
    forget() {
      known = undefined
    },
    report() {
      if (performance.now() - reported < limits.recountMs) return undefined
      reported = performance.now()
      return size()
    },
  }
}
