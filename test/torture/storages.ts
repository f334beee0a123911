import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { restore } from '../../src/storage/copies.ts'
import { startPostgres } from '../helpers/postgres.ts'
import type { Random } from '../helpers/random.ts'

/** The options with which strace kills the program; undefined to kill it at a random moment. */
export type Aim = (folder: string, random: Random) => string[] | undefined

/** Where the program keeps its tasks. */
export interface Storage extends AsyncDisposable {
  /** The settings for an empty database; the folder is its own. */
  open(folder: string): Readonly<Record<string, string>>
  readonly aims: readonly Aim[]
  /** Checks the data as the kill left it, before the program recovers it. */
  check(folder: string): Promise<void>
}

export const storages = { sqlite, journal, postgres }
export type StorageName = keyof typeof storages

async function sqlite(): Promise<Storage> {
  return {
    open: (folder) => ({ DATABASE_URL: `sqlite:///${folder}/tasks.db` }),
    // As it enters a system call of a write for the nth time.
    aims: [
      () => undefined,
      (folder, random) => on(`${folder}/tasks.db-wal`, 'pwrite64', 1 + random.below(600)),
      (folder, random) => on(`${folder}/tasks.db-wal`, 'fsync', 1 + random.below(60)),
      (folder, random) => on(`${folder}/tasks.db-shm`, 'fcntl', 1 + random.below(300)),
      (folder, random) => on(`${folder}/tasks.db`, 'pwrite64', 1 + random.below(40)),
      (folder) => on(`${folder}/tasks.db`, 'fsync', 1),
      (_folder, random) => on('anon_inode:[eventfd]', 'write', 1 + random.below(60)),
      atWrite,
    ],
    async check(folder) {
      const file = join(folder, 'tasks.db')
      if (!existsSync(file)) return
      const copy = join(folder, 'copy.db')
      for (const suffix of ['', '-wal'])
        if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix)
      checkFile(copy)
    },
    async [Symbol.asyncDispose]() {},
  }
}

async function journal(): Promise<Storage> {
  const share = (folder: string) => join(folder, 'share')
  return {
    open(folder) {
      mkdirSync(share(folder))
      return { DATABASE_URL: `sqlite:///${folder}/tasks.db`, DURABLE_DIR: share(folder) }
    },
    aims: [() => undefined, atWrite, (_folder, random) => any('fsync,fdatasync', 1 + random.below(200))],
    async check(folder) {
      const copy = join(folder, 'copy.db')
      await restore(share(folder), copy)
      checkFile(copy)
    },
    async [Symbol.asyncDispose]() {},
  }
}

async function postgres(): Promise<Storage> {
  const server = await startPostgres()
  let url = ''
  return {
    open() {
      url = server.database()
      return { DATABASE_URL: url }
    },
    aims: [() => undefined, atWrite],
    async check() {
      if (server.run(url, "select to_regclass('tasks') is not null") === 't')
        assert.equal(server.run(url, unfollowedSql), '')
    },
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

function atWrite(_folder: string, random: Random): string[] {
  return any('write,writev', 1 + random.below(500))
}

function on(file: string, call: string, when: number): string[] {
  return ['-P', file, ...any(call, when)]
}

/** Each thread counts for itself. */
function any(calls: string, when: number): string[] {
  return ['-e', `trace=${calls}`, '-e', `inject=${calls}:signal=KILL:when=${when}`]
}

function checkFile(file: string) {
  const db = new DatabaseSync(file)
  assert.equal(db.prepare('pragma integrity_check').get()!['integrity_check'], 'ok')
  const has = (name: string) =>
    db.prepare('select 1 from sqlite_schema where name = ?').get(name) !== undefined
  if (has('search')) db.exec("insert into search (search) values ('integrity-check')")
  if (has('tasks_that_repeat')) assert.deepEqual(db.prepare(unfollowedSql).all(), [])
  db.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true })
}

/** Repeating tasks that are done without an existing next, and tasks that are the next of several. */
const unfollowedSql = `with known as (select id, done, repeat, next_id from tasks
    union all select id, done, repeat, next_id from deleted_tasks)
  select id from known where done = 1 and repeat is not null
    and not exists (select 1 from tasks where tasks.id = known.next_id)
    and not exists (select 1 from deleted_tasks where deleted_tasks.id = known.next_id)
  union all select next_id from known where next_id is not null group by next_id having count(*) > 1`
