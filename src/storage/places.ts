import { realpathSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Database } from './open.ts'
import { parsePostgresUrl } from './postgres/url.ts'

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

/** Folders that serve for two things, and so are lost together. Asked after the file was opened. */
export function sharedFolders({ file, durable }: Database, backups: string | undefined): string[] {
  const places = (
    [
      ['the database', file === '' || file === ':memory:' ? undefined : dirname(file)],
      ['DURABLE_DIR', durable?.folder],
      ['BACKUP_DIR', backups],
    ] as const
  ).flatMap(([name, folder]) => (folder === undefined ? [] : [{ name, folder: realpathSync(folder) }]))
  return places.flatMap(({ name, folder }, index) =>
    places
      .slice(0, index)
      .filter((other) => other.folder === folder)
      .map(
        (other) =>
          `${name} and ${other.name} are the same folder, ${folder}, and would be lost together; choose another, on another disk`,
      ),
  )
}

/** How large the file is that a start reads through; 0 where it reads none. */
export function sizeOf({ file, durable }: Database): number {
  return (durable ? undefined : statSync(file, { throwIfNoEntry: false })?.size) ?? 0
}

/** Where the tasks are, for people: an absolute path, or a URL without its password. */
export function placeOf({ file, durable, postgres }: Database): string {
  if (postgres) {
    const { host, port, database } = parsePostgresUrl(postgres.url)!
    return host.startsWith('/') ? `${host}, ${database}` : `postgres://${host}:${port}/${database}`
  }
  if (file === ':memory:') return file
  return durable ? `${resolve(durable.folder)}, copied to ${resolve(file)}` : resolve(file)
}
