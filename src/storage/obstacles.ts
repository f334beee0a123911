import { accessSync, constants, existsSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** More than is left on a full file system. */
const probe = Buffer.alloc(64 * 1_024)

/**
 * Why this process cannot create files in a folder, or write to these files, and what the operator can do; undefined if it can.
 * Tries to write, so use it after a failure or at the start only.
 */
export function obstacleIn(folder: string, files: readonly string[] = []): string | undefined {
  const place = existing(resolve(folder))
  const trial = join(place, `.probe-${process.pid}`)
  try {
    try {
      writeFileSync(trial, probe, { flag: 'wx' })
    } finally {
      rmSync(trial, { force: true })
    }
  } catch (error) {
    return inWords(error, place)
  }
  for (const file of files)
    try {
      accessSync(file, constants.R_OK | constants.W_OK)
    } catch (error) {
      const obstacle = inWords(error, file)
      if (obstacle !== undefined) return obstacle
    }
  return undefined
}

/** The folder, or the nearest above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder))
}

function inWords(error: unknown, path: string): string | undefined {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EACCES':
    case 'EPERM':
      return `user ${process.getuid?.()} may not write to ${path}, ${whose(statSync(path))}`
    case 'EROFS':
      return `${path} may only be read; mount a volume or a folder there that may be written to`
    case 'ENOSPC':
    case 'EDQUOT':
      return `the disk of ${path} is full; make room`
    default:
      return undefined
  }
}

function whose({ uid, mode }: Stats): string {
  const own = process.getuid?.()
  const there = 'on it (on the folder or volume that is mounted there, if this is a container)'
  if (uid !== own) return `which belongs to user ${uid}: run chown -R ${own}:${process.getgid?.()} ${there}`
  if ((mode & 0o200) === 0) return `whose mode is ${(mode & 0o777).toString(8)}: run chmod -R u+rwX ${there}`
  return 'though it belongs to that user: something else forbids it, such as SELinux (mount it with :Z)'
}
