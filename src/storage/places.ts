import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Database } from './database.ts'
import { parsePostgresUrl } from './postgres/url.ts'

/** File systems shared by another machine or by the host of a virtual one; Docker Desktop's are 9p, fakeowner and virtiofs. */
const remote =
  /^(9p|ceph|cifs|fakeowner|nfs\d?|smb\w*|virtiofs|fuse\.(grpcfuse|osxfs|sshfs|rclone|s3fs|gcsfuse|blobfuse2?))$/

/** Why the data will not outlive the container, or undefined if it will. Call after the file was opened. */
export function volatileReason(
  { file, durable, postgres }: Database,
  mounts = mountsOfThis(),
): string | undefined {
  if (postgres !== undefined) return undefined
  if (file === ':memory:') return 'the tasks are in memory and will be lost when the process ends'
  const folder = resolve(durable?.folder ?? dirname(file))
  const { point, type } = mountOf(folder, mounts)
  if (type === 'tmpfs') return `${folder} is in memory (tmpfs) and its tasks will be lost with the container`
  if (point === '/')
    return `${folder} is not a mounted volume and its tasks will be lost with the container; mount one there`
  return undefined
}

/**
 * Why the database may get corrupted where it is, or undefined: a write-ahead log needs shared memory and locks of one machine
 * (https://sqlite.org/wal.html). Call after the file was opened.
 */
export function remoteReason({ file, postgres }: Database, mounts = mountsOfThis()): string | undefined {
  if (postgres !== undefined || file === ':memory:') return undefined
  const folder = resolve(dirname(file))
  const { type } = mountOf(folder, mounts)
  return remote.test(type)
    ? `${folder} is on a file system that is shared (${type}), where SQLite may damage the database; keep it on a volume or a disk of this machine, or set DURABLE_DIR to that folder`
    : undefined
}

/** The mount of a folder; of two at one path the later hides the other. `mounts`: the text of proc_pid_mountinfo(5). */
function mountOf(folder: string, mounts: string): { point: string; type: string } {
  const path = realpathSync(folder)
  const nearest = { point: '', type: '' }
  for (const line of mounts.split('\n')) {
    const [mount = '', system = ''] = line.split(' - ')
    const point = (mount.split(' ')[4] ?? '').replaceAll('\\040', ' ')
    const holds = point === '/' || path === point || path.startsWith(`${point}/`)
    if (holds && point.length >= nearest.point.length)
      Object.assign(nearest, { point, type: system.split(' ')[0] })
  }
  return nearest
}

/** On Linux; empty elsewhere. */
function mountsOfThis(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return ''
  }
}

/** Warns of one folder used for two purposes, which would be lost together. Call after the file was opened. */
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

/** The size of the file that is checked at the start; 0 if there is none. */
export function sizeOf({ file, durable }: Database): number {
  return (durable ? undefined : statSync(file, { throwIfNoEntry: false })?.size) ?? 0
}

/** The location of the tasks, for display: an absolute path, or a URL without its password. */
export function placeOf({ file, durable, postgres }: Database): string {
  if (postgres) {
    const { host, port, database } = parsePostgresUrl(postgres.url)!
    return host.startsWith('/') ? `${host}, ${database}` : `postgres://${host}:${port}/${database}`
  }
  if (file === ':memory:') return file
  return durable ? `${resolve(durable.folder)}, copied to ${resolve(file)}` : resolve(file)
}
