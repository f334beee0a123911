import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { restoreJournal, verifyJournal } from './journal/inspect.ts'
import type { Copied } from './postgres/copy.ts'
import { backupFile, checkFile, publish, refuseExisting, replaceFile } from './sqlite/schema/copies.ts'
import { work } from './work.ts'

/** A consistent and checked copy of all tasks, while the service writes. Throws where `to` exists. */
export async function backUp({ file, durable }: Database, to: string): Promise<void> {
  refuseExisting(to)
  if (durable) await restoreJournal(durable.folder, to)
  else backupFile(file, to)
}

/** Copies everything between SQLite and PostgreSQL; see storage/postgres/copy.ts. */
export async function copy(from: Database, to: Database): Promise<Copied> {
  const { copyAll } = await import('./postgres/copy.ts')
  if (to.postgres || to.file === ':memory:' || existsSync(to.file)) return copyAll(from, to)
  // Renamed once complete.
  const part = `${to.file}.${randomBytes(4).toString('hex')}.part`
  work.scratch(part)
  try {
    const copied = await copyAll(from, { file: part })
    publish(part, to.file)
    return copied
  } finally {
    rmSync(part, { force: true })
  }
}

/** Reads a whole journal, folder of backups or SQLite file. Reports findings line by line; resolves with whether all is sound. */
export async function verify(path: string, print: (line: string) => void): Promise<boolean> {
  if (!isFolder(path)) return verifyFile(path, print)
  const names = readdirSync(path)
  const hasJournal = names.some((name) => /^(journal|snapshot|alive)-\d{10}/.test(name))
  const files = names.filter((name) => name.endsWith('.db') && !name.startsWith('snapshot-')).sort()
  if (!hasJournal && files.length === 0) {
    print(`${path}: there is neither a journal nor a backup`)
    return false
  }
  const found = files.map((name) => verifyFile(join(path, name), print))
  return (!hasJournal || (await verifyJournal(path, print))) && !found.includes(false)
}

function verifyFile(file: string, print: (line: string) => void): boolean {
  try {
    print(`${file}: sound, ${checkFile(file)} tasks`)
    return true
  } catch (error) {
    print((error as Error).message)
    return false
  }
}

/** Creates the SQLite file `to` from a backup, or from a journal as of a time. Throws if `to` exists. */
export async function restore(from: string, to: string, until?: Date): Promise<void> {
  refuseExisting(to)
  if (isFolder(from)) return restoreJournal(from, to, until)
  if (until) throw new Error(`Cannot restore ${from} as of a time: only a journal has the past`)
  replaceFile(from, to)
}

/** As `restore`, but replaces an existing file, which is renamed. */
export async function restoreOver(from: string, to: string): Promise<void> {
  if (isFolder(from)) throw new Error(`Cannot replace a file by ${from}: it is no backup but a folder`)
  replaceFile(from, to)
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
