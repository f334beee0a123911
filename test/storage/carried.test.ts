/** Copies and journals carry what the schema has, without a list of its tables. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { copy } from '../../src/storage/copies.ts'
import { openReplica, seedFrom, startRecord } from '../../src/storage/journal/replica.ts'
import { carriedTables, leftOut } from '../../src/storage/sqlite/schema/carried.ts'
import { migrations } from '../../src/storage/sqlite/schema/migrations.ts'
import { openDatabase } from '../../src/storage/sqlite/schema/open.ts'
import { runCommand } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'
import { type Postgres, startPostgres } from '../helpers/postgres.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-carried-'))
after(() => rmSync(home, { recursive: true, maxRetries: 10 }))

suite('A table with a row, and a column, that the next step of the schema adds', () => {
  const write = `update people set age = 36; insert into people (name, age) values ('Grace', 40);
    insert into tasks (title, created, updated, who) values ('Work', 1, 1, 7)`
  const steps = migrations as string[]
  before(() => {
    steps.push(`create table people (name text primary key, age integer) strict;
      insert into people (name, age) values ('Ada', 35);
      alter table tasks add column who integer;`)
  })
  after(() => steps.pop())
  const seen = (db: DatabaseSync) =>
    ['select name, age from people order by name', 'select who from tasks']
      .flatMap((sql) => db.prepare(sql).all())
      .flatMap(Object.values)
  const written = ['Ada', 36, 'Grace', 40, 7]

  test('are copied', async () => {
    const [from, to] = ['from.db', 'to.db'].map((name) => ({ file: join(home, name) })) as [
      { file: string },
      { file: string },
    ]
    using source = openDatabase(from.file)
    source.exec(write)
    source.close()
    await copy(from, to)
    using target = new DatabaseSync(to.file)
    assert.deepEqual(seen(target), written)
  })

  test('are journaled, as a change and from the file that a journal begins with', async () => {
    const [first, second] = [openReplica(join(home, 'first')), openReplica(join(home, 'second'))]
    for (const replica of [first, second]) {
      await replica.reset()
      replica.migrate(migrations.length)
    }
    const recording = startRecord(first.db!)
    first.db!.exec(write)
    second.apply([recording.end()!])
    assert.deepEqual(seen(second.db!), written)

    const third = openReplica(join(home, 'third'))
    await third.reset()
    third.migrate(migrations.length)
    seedFrom(third.db!, join(home, 'from.db'))
    assert.deepEqual(seen(third.db!), written)
    third.db!.exec('rollback')
    for (const replica of [first, second, third]) replica.remove()
  })
})

suite('The schema of PostgreSQL', { skip: needs('postgres') }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  /** Tables that SQLite does not have, and why no copy has them. */
  const ofPostgres: Readonly<Record<string, string>> = {
    taskapp_state: 'numbers of this database; the last id is carried apart',
    commits: 'what replicas tell each other',
  }

  test('has the tables and columns that are carried, and no others but those named', async () => {
    const url = server.database()
    const empty = join(home, 'empty.db')
    openDatabase(empty).close()
    const { code, err } = await runCommand(['copy', '--from', `sqlite:///${empty}`, '--to', url])
    assert.deepEqual([code, err], [0, ''])
    const columns = server.run(
      url,
      "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public'",
    )
    const isCarried = (name: string) =>
      name.split('.').every((part) => !(part in leftOut || part in ofPostgres))
    using db = openDatabase(':memory:')
    assert.deepEqual(
      columns.split('\n').filter(isCarried).sort(),
      carriedTables(db)
        .flatMap((table) => table.columns.map(({ name }) => `${table.name}.${name}`))
        .sort(),
    )
  })
})
