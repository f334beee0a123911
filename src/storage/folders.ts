import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Creates the folder and its missing parents, and syncs them so that they survive a power failure. */
export function makeFolder(folder: string) {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

/** Makes new names in the folder survive a power failure. */
export function syncFolder(folder: string) {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    if (!cannotSync(error)) throw error
  }
}

/** Whether a folder cannot be synced: Windows does not support it, and journals names by itself; SMB and others do not either. */
export function cannotSync(error: unknown): boolean {
  return ['EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF', 'EPERM', 'EACCES'].includes(
    (error as NodeJS.ErrnoException).code!,
  )
}
