import { statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Database } from './open.ts'

/** TMPFS_MAGIC of linux/magic.h. */
const tmpfs = 0x01021994

/** Why the data in a container will not outlive it, or undefined where it will. Asked after the file was opened. */
export function volatileReason({ file, durable, postgres }: Database): string | undefined {
  if (postgres !== undefined) return undefined
  if (file === ':memory:') return 'the tasks are in memory and will be lost when the process ends'
  const folder = resolve(durable?.folder ?? dirname(file))
  if (statfsSync(folder).type === tmpfs)
    return `${folder} is in memory (tmpfs) and its tasks will be lost with the container`
  // A mount is a file system of its own.
  if (statSync(folder).dev === statSync('/').dev)
    return `${folder} is not a mounted volume and its tasks will be lost with the container; mount one there`
  return undefined
}
