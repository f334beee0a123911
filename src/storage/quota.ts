import type { Size } from '../resources/store.ts'
import { searchedNames } from '../tasks/members.ts'
import type { Full, KeyedWrite, Write } from './sqlite/write/writes.ts'

export const noQuota: Size = { count: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }

/** How far data other than tasks (answers to keys, deleted tasks) may exceed the quota, so that completing and deleting go on for a while. */
const headroom = 1.1

/** Why there is no room for the write; undefined if there is. */
export function refusalOf(write: Write | KeyedWrite, size: Size, quota: Size): Full | undefined {
  if (size.count + addedBy(write) > quota.count) return 'too many tasks'
  if (makesRoom(write)) return undefined
  return size.bytes >= quota.bytes * (grows(write) ? 1 : headroom) ? 'too many bytes' : undefined
}

function addedBy(write: Write): number {
  switch (write.kind) {
    case 'create':
      return 1
    case 'stage':
      return write.first + write.tasks.length
    case 'adopt':
      return write.count
    default:
      return 0
  }
}

/** Writes that take no room, or must be possible without any. */
function makesRoom(write: Write | KeyedWrite): boolean {
  if (['index', 'discard', 'endSession'].includes(write.kind)) return true
  return ['remove', 'removeCompleted', 'removeSome'].includes(write.kind) && !('key' in write)
}

function grows(write: Write): boolean {
  // The other members are short.
  if (write.kind === 'change') return searchedNames.some((name) => write.change[name])
  return ['create', 'stage', 'adopt'].includes(write.kind)
}
