import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes the folder where there is none, and those that it is in, so that they outlive a loss of power. */
export function makeFolder(folder: string) {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

/** So that names that are new in it outlive a loss of power. */
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

/** Whether a folder cannot be synced: Windows does not let one, and logs names by itself; SMB and some others cannot. */
export function cannotSync(error: unknown): boolean {
  return ['EINVAL', 'ENOTSUP', 'EISDIR', 'EBADF', 'EPERM', 'EACCES'].includes(
    (error as NodeJS.ErrnoException).code!,
  )
}
