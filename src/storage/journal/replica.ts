import { writeFileSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'
import { type CarriedTable, carriedTables } from '../sqlite/schema/carried.ts'
import { migrations } from '../sqlite/schema/migrations.ts'
import { migrate, openDatabase, refuseStrange, strange } from '../sqlite/schema/open.ts'
import { quoted } from '../tables.ts'
import { work } from '../work.ts'
import { tablesIn } from './changeset.ts'
import type { Record } from './frames.ts'
import type { Followed, Replica } from './history.ts'
import { keepCopy, type Origin, removeCopy } from './leftovers.ts'
import { sumOf } from './share.ts'

export interface SqliteReplica extends Replica {
  /** Undefined before the first reset; each reset opens another. */
  readonly db: DatabaseSync | undefined
  readonly file: string
  /** Whether it has never had a task. */
  isEmpty(): boolean
  /** Records next to the files which journal they follow. */
  mark(origin: Origin): void
  /** Removes the files. */
  remove(): void
  /** Closes and keeps the files; returns their name. */
  keep(database: string): string
}

/** A replica in files next to `base`. Each reset uses new files; readers of the old ones keep them until they close them. */
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
      work.scratch(next)
      removeCopy(next)
      await fetch?.(next)
      db?.close()
      if (file !== '') removeCopy(file)
      file = next
      position = undefined
      db = new DatabaseSync(file)
      // No sync: the share has everything.
      db.exec('pragma journal_mode = wal; pragma synchronous = off')
    },
    migrate(schema) {
      migrate(db!, schema)
      if (schema === migrations.length) refuseStrange(db!)
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
          removeCopy(target)
          await backup(reader, target)
          return { file: target, sum: await sumOf(target) }
        },
        release() {
          reader.close()
          removeCopy(target)
        },
      }
    },
    isEmpty: () => db === undefined || Object.keys(idsOf(db)).length === 0,
    mark(origin) {
      writeFileSync(`${file}.from`, JSON.stringify(origin))
    },
    remove() {
      db?.close()
      db = undefined
      if (file !== '') removeCopy(file)
    },
    keep(database) {
      db?.close()
      db = undefined
      return keepCopy(file, database)
    },
  }
}

function applyRecord(db: DatabaseSync, { changeset, ids }: Record) {
  for (const { name, columns } of tablesIn(changeset))
    if (columns > columnCount(db, name))
      throw new Error(strange(`a record of the journal has ${columns} columns of ${name}`))
  if (changeset.length > 0 && !db.applyChangeset(changeset))
    throw new Error('a record of the journal does not fit what was before it')
  for (const [table, id] of Object.entries(ids)) {
    const changed = db
      .prepare('update sqlite_sequence set seq = max(seq, ?) where name = ?')
      .run(id, table).changes
    if (changed === 0) db.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, id)
  }
}

function columnCount(db: DatabaseSync, table: string): number {
  return Number(db.prepare('select count(*) as n from pragma_table_info(?)').get(table)!['n'])
}

/**
 * Records the changes that the next transaction makes to these tables; the replay reproduces what triggers do to others. `end`
 * returns undefined if there are none.
 */
export function startRecord(
  db: DatabaseSync,
  tables: readonly CarriedTable[] = carriedTables(db),
): { end(): Record | undefined; cancel(): void } {
  const before = idsOf(db)
  const sessions = tables.map(({ name }) => db.createSession({ table: name }))
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

/** Copies the tables of another database, in a transaction that stays open. */
export function seedFrom(db: DatabaseSync, file: string): Record | undefined {
  // Checks it and brings its schema up to date.
  openDatabase(file).close()
  db.prepare('attach ? as seed').run(file)
  const tables = carriedTables(db)
  const recording = startRecord(db, tables)
  db.exec('begin immediate')
  for (const { name } of tables)
    db.exec(`insert or replace into ${quoted(name)} select * from seed.${quoted(name)}`)
  for (const row of db.prepare('select name, seq from seed.sqlite_sequence').all())
    db.prepare('update sqlite_sequence set seq = ? where name = ?').run(row['seq']!, row['name']!)
  return recording.end()
}

function idsOf(db: DatabaseSync): { [table: string]: number } {
  const rows = db.prepare('select name, seq from sqlite_sequence').all()
  return Object.fromEntries(rows.map(({ name, seq }) => [name, seq])) as { [table: string]: number }
}
