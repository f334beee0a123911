import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { migrations } from '../sqlite/migrations.ts'
import { migrate, openDatabase } from '../sqlite/open.ts'
import type { Record } from './frames.ts'
import type { Followed, Replica } from './history.ts'
import { sumOf } from './share.ts'

/** The tables whose changes the journal has. What triggers make of them is made again when they are replayed. */
export const journaledTables = ['tasks', 'deleted_tasks', 'answers', 'ended_sessions']

export interface SqliteReplica extends Replica {
  /** Undefined before the first reset. A reset makes another. */
  readonly db: DatabaseSync | undefined
  readonly file: string
  /** Whether it never had a task. */
  isEmpty(): boolean
  /** Removes the files. */
  remove(): void
}

/** Removes what processes that are gone have left beside `base`. */
export function removeLeftovers(base: string) {
  for (const name of readdirSync(dirname(base))) {
    const path = join(dirname(base), name)
    const pid =
      path.startsWith(`${base}-`) && Number(/^-(\d+)-(?:\d+|snapshot)$/.exec(path.slice(base.length))?.[1])
    if (pid && (pid === process.pid || !isAlive(pid))) removeDatabase(path)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A copy in files beside `base`, each reset in new ones: who still reads the old has them until it closes them. */
export function openReplica(base: string): SqliteReplica {
  let db: DatabaseSync | undefined
  let count = 0
  let file = ''
  let position: Followed | undefined

  return {
    get db() {
      return db
    },
    get file() {
      return file
    },
    get position() {
      return position
    },
    set position(value) {
      position = value
    },
    schema: migrations.length,
    async reset(fetch) {
      const next = `${base}-${process.pid}-${++count}`
      removeDatabase(next)
      await fetch?.(next)
      db?.close()
      removeDatabase(file)
      file = next
      position = undefined
      db = new DatabaseSync(file)
      // No sync: what is lost with this disk is on the share.
      db.exec('pragma journal_mode = wal; pragma synchronous = off')
    },
    migrate(schema) {
      migrate(db!, schema)
    },
    apply(records) {
      db!.exec('begin immediate')
      try {
        for (const record of records) applyRecord(db!, record)
        db!.exec('commit')
      } catch (error) {
        db!.exec('rollback')
        throw error
      }
    },
    pin() {
      const reader = new DatabaseSync(file)
      reader.exec('begin')
      reader.prepare('select count(*) from sqlite_schema').get()
      const target = `${base}-${process.pid}-snapshot`
      return {
        async write() {
          removeDatabase(target)
          await backup(reader, target)
          return { file: target, sum: await sumOf(target) }
        },
        release() {
          reader.close()
          removeDatabase(target)
        },
      }
    },
    isEmpty: () => Object.keys(idsOf(db!)).length === 0,
    remove() {
      db?.close()
      db = undefined
      removeDatabase(file)
    },
  }
}

function applyRecord(db: DatabaseSync, { changeset, ids }: Record) {
  if (changeset.length > 0 && !db.applyChangeset(changeset))
    throw new Error('a record of the journal does not fit what was before it')
  for (const [table, id] of Object.entries(ids)) {
    const changed = db
      .prepare('update sqlite_sequence set seq = max(seq, ?) where name = ?')
      .run(id, table).changes
    if (changed === 0) db.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, id)
  }
}

/** Records what the transaction that is about to begin changes. `end` gives undefined where that is nothing. */
export function startRecord(db: DatabaseSync): { end(): Record | undefined; cancel(): void } {
  const before = idsOf(db)
  const sessions = journaledTables.map((table) => db.createSession({ table }))
  const cancel = () => {
    for (const session of sessions.splice(0)) session.close()
  }
  return {
    end() {
      const changeset = Buffer.concat(sessions.map((session) => session.changeset()))
      cancel()
      const ids = idsOf(db)
      if (changeset.length === 0 && JSON.stringify(ids) === JSON.stringify(before)) return undefined
      return { time: Date.now(), ids, changeset }
    },
    cancel,
  }
}

/** Copies the tables of another database, in a transaction that it leaves open. */
export function seedFrom(db: DatabaseSync, file: string): Record | undefined {
  // Checks it and brings its schema up to date.
  openDatabase(file).close()
  db.prepare('attach ? as seed').run(file)
  const recording = startRecord(db)
  db.exec('begin immediate')
  for (const table of journaledTables) db.exec(`insert into ${table} select * from seed.${table}`)
  for (const row of db.prepare('select name, seq from seed.sqlite_sequence').all())
    db.prepare('update sqlite_sequence set seq = ? where name = ?').run(row['seq']!, row['name']!)
  return recording.end()
}

function idsOf(db: DatabaseSync): { [table: string]: number } {
  const rows = db.prepare('select name, seq from sqlite_sequence').all()
  return Object.fromEntries(rows.map(({ name, seq }) => [name, seq])) as { [table: string]: number }
}

function removeDatabase(file: string) {
  if (file === '') return
  for (const suffix of ['', '-wal', '-shm'])
    try {
      rmSync(file + suffix, { force: true })
    } catch (error) {
      // Windows removes no file that somebody still reads; the next start does.
      if (!['EBUSY', 'EPERM'].includes((error as NodeJS.ErrnoException).code!)) throw error
    }
}
