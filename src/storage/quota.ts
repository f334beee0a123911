import { domain } from '../domain/store.ts'
import type { Size } from '../resources/store.ts'
import type { Needs } from './domain.ts'
import { type Full, isEndSession, isItemWrite, type Write } from './writes.ts'

export const noQuota: Size = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/** How far what is small (answers to keys, deleted things) may exceed the quota, so that changing and deleting go on for a while. */
const headroom = 1.1

/** Why there is no room for the write; undefined if there is. */
export function refusalOf(write: Write, size: Size, quota: Size): Full | undefined {
  const { count = 0, none, bytes } = needsOf(write)
  if (count > 0 && size.count + count > quota.count) return 'too many'
  if (none) return undefined
  return size.bytes >= quota.bytes * (bytes ? 1 : headroom) ? 'too many bytes' : undefined
}

function needsOf(write: Write): Needs {
  if (isEndSession(write)) return { none: true }
  return isItemWrite(write) ? {} : domain.needs(write)
}

/** How many rows it writes, about. */
export function rowsOf(write: Write): number {
  return needsOf(write).rows ?? 1
}
