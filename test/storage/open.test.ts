import assert from 'node:assert/strict'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { openStore } from '../../src/storage/open.ts'
import { migrations } from '../../src/storage/sqlite/schema/migrations.ts'
import { connect, openConnection, openDatabase } from '../../src/storage/sqlite/schema/open.ts'
import { type RunningApp, runCommand, startApp } from '../helpers/app.ts'
import { client, create } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
after(() => rmSync(folder, { recursive: true, force: true }))
/** A folder of its own for each database, to see what appears beside it. */
let folders = 0
function newFile(): string {
  const own = join(folder, String(++folders))
  mkdirSync(own)
  return join(own, 'tasks.db')
}

function withDatabase<T>(file: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file)
  const result = use(db)
  db.close()
  return result
}

const applicationId = 0x7461736b
const version = (file: string) =>
  withDatabase(file, (db) => db.prepare('pragma user_version').get()!['user_version'])

suite('The program refuses to start, names the file and exits with 1', { concurrency: true }, () => {
  /** As `refuses`, without the program around. */
  function isRefused(file: string, sentence: RegExp) {
    assert.throws(
      () => openStore({ file }),
      ({ message }) => message.startsWith(`Cannot open the database ${file}: `) && sentence.test(message),
    )
  }

  async function refuses(file: string, sentence: RegExp, under: readonly string[] = []) {
    const env = { PORT: '0', DATABASE_URL: `sqlite:///${file}`, LOG_LEVEL: 'silent' }
    const { code, out, err } = await runCommand(['serve'], { env, under })
    assert.equal(code, 1)
    assert.equal(out, '')
    assert.ok(err.startsWith(`taskapp: Cannot open the database ${file}: `), err)
    assert.match(err, sentence)
    assert.equal(err.trim().split('\n').length, 1)
  }

  test('when the database is of a newer version', async () => {
    const file = newFile()
    await openStore({ file }).close()
    withDatabase(file, (db) => db.exec('pragma user_version = 99'))
    await refuses(file, /version 99 .* up to \d+; run a newer taskapp/)
    assert.equal(version(file), 99)
  })

  test('when the database is another program’s, whose bytes stay as they were', async () => {
    const file = newFile()
    withDatabase(file, (db) =>
      db.exec("create table songs (name text); insert into songs values ('So What')"),
    )
    const before = readFileSync(file)
    await refuses(file, /belongs to another program/)
    assert.ok(readFileSync(file).equals(before))
    assert.deepEqual(readdirSync(join(file, '..')), ['tasks.db'])
  })

  test('when the database is empty but marked as another program’s', async () => {
    const file = newFile()
    withDatabase(file, (db) => db.exec('pragma application_id = 7'))
    const before = readFileSync(file)
    isRefused(file, /belongs to another program/)
    assert.ok(readFileSync(file).equals(before))
  })

  test('when the file is no database, whose bytes stay as they were', async () => {
    const file = newFile()
    writeFileSync(file, 'Dear diary, '.repeat(1_000))
    const before = readFileSync(file)
    await refuses(file, /not an SQLite database/)
    assert.ok(readFileSync(file).equals(before))
    assert.deepEqual(readdirSync(join(file, '..')), ['tasks.db'])
  })

  test('when the database is damaged', async () => {
    const file = newFile()
    const store = openStore({ file })
    await Promise.all(Array.from({ length: 500 }, (_, n) => store.create({ title: `task ${n} `.repeat(10) })))
    await store.close()
    // All pages behind the first, which says what the file is.
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(readFileSync(file).length - 4_096, 0x55), 0, undefined, 4_096)
    closeSync(handle)
    isRefused(file, /damaged.*put a backup in its place/)
  })

  test('when the file is cut off', async () => {
    const file = newFile()
    const store = openStore({ file })
    await Promise.all(Array.from({ length: 500 }, (_, n) => store.create({ title: `task ${n} `.repeat(10) })))
    await store.close()
    writeFileSync(file, readFileSync(file).subarray(0, 8_192))
    isRefused(file, /damaged.*put a backup in its place/)
  })

  test('when the file is a folder', async () => {
    const file = newFile()
    mkdirSync(file)
    isRefused(file, /cannot be opened or made/)
  })

  test('when the folder cannot be made, because there is a file of its name', async () => {
    const file = newFile()
    writeFileSync(file, '')
    isRefused(join(file, 'tasks.db'), /folder cannot be made/)
  })

  // Root may write everywhere, unless it gives that up.
  const root = process.getuid?.() === 0
  const bounded = root ? ['setpriv', '--inh-caps=-all', '--bounding-set=-dac_override,-dac_read_search'] : []
  const skip = needs('modes') || (root && needs('setpriv'))

  test('when it may not write to the folder', { skip }, async () => {
    const file = newFile()
    chmodSync(join(file, '..'), 0o555)
    const folder = /user 0 may not write to \/.*, whose mode is 555: run chmod -R u\+rwX on it/
    await refuses(file, folder, bounded)
    await refuses(join(file, '../data/tasks.db'), folder, bounded)
  })

  test('when it may only read the database', { skip }, async () => {
    const file = newFile()
    await openStore({ file }).close()
    chmodSync(file, 0o444)
    chmodSync(join(file, '..'), 0o555)
    await refuses(file, /user 0 may not write to \/.*, whose mode is 555/, bounded)
  })

  test('when it may only read the database, although its folder is its own', { skip }, async () => {
    const file = newFile()
    await openStore({ file }).close()
    chmodSync(file, 0o444)
    await refuses(file, /user 0 may not write to \/.*tasks\.db, whose mode is 444/, bounded)
  })

  for (const [what, sql, sentence] of [
    ['lacks a table', 'drop table deleted_tasks', /the table deleted_tasks is missing/],
    ['lacks an index', 'drop index tasks_by_due', /the index tasks_by_due is missing/],
    ['lacks a trigger', 'drop trigger search_changed', /the trigger search_changed is missing/],
    [
      'has a column of another program',
      'alter table tasks add column foreign_one text',
      /the table tasks is another one/,
    ],
    [
      'has a trigger of another program',
      'create trigger spy after insert on tasks begin delete from tasks; end',
      /the trigger spy is of another program/,
    ],
    ['has tables and says that it has none', 'pragma user_version = 0', /table tasks already exists/],
    ['has steps in another order', 'pragma user_version = 4', /duplicate column name|already exists/],
  ] as const)
    test(`when the database ${what}, in one sentence that says what to do`, async () => {
      const file = newFile()
      await openStore({ file }).close()
      withDatabase(file, (db) => db.exec(sql))
      const before = version(file)
      isRefused(file, sentence)
      isRefused(file, /its tables are not those of this program .*put a backup in its place, or export from/)
      assert.equal(version(file), before)
    })

  test('but not when another program has put a table or an index beside ours', async () => {
    const file = newFile()
    await openStore({ file }).close()
    withDatabase(file, (db) =>
      db.exec('create table songs (name text); create index by_title on tasks (title)'),
    )
    const store = openStore({ file })
    assert.equal((await store.create({ title: 'Tea' })).id, 1)
    await store.close()
  })
})

suite('A database', () => {
  test('is made where there is none, with its folders', async () => {
    const file = join(folder, 'deep/er/tasks.db')
    await openStore({ file }).close()
    assert.equal(version(file), migrations.length)
    assert.equal(
      withDatabase(file, (db) => db.prepare('pragma application_id').get()!['application_id']),
      applicationId,
    )
  })

  test('is made in an empty file', async () => {
    const file = newFile()
    writeFileSync(file, '')
    await openStore({ file }).close()
    assert.equal(version(file), migrations.length)
  })

  test('is brought from version 0 to the newest', async () => {
    const file = newFile()
    withDatabase(file, (db) => db.exec(`pragma application_id = ${applicationId}`))
    const store = openStore({ file })
    assert.equal((await store.create({ title: 'Tea' })).id, 1)
    await store.close()
    assert.equal(version(file), migrations.length)
  })

  test('takes only the steps that it lacks, and keeps its tasks', async () => {
    const file = newFile()
    const store = openStore({ file })
    const tea = await store.create({ title: 'Tea' })
    await store.close()
    await withSteps(
      ['alter table tasks add column note text', "update tasks set note = 'migrated'"],
      async () => {
        for (let start = 0; start < 2; start++) {
          const upgraded = openStore({ file })
          assert.deepEqual((await upgraded.page({ limit: 10 })).tasks, [tea])
          await upgraded.close()
          assert.equal(version(file), migrations.length)
        }
        const note = withDatabase(file, (db) => db.prepare('select note from tasks').get()!['note'])
        assert.equal(note, 'migrated')
      },
    )
    assert.throws(() => openStore({ file }), /run a newer taskapp/)
  })

  test('stays at its version when a step fails', async () => {
    const file = newFile()
    await openStore({ file }).close()
    const before = version(file)
    await withSteps(['create table half (a); insert into missing values (1)'], async () => {
      assert.throws(() => openStore({ file }), /Cannot open the database .*tasks\.db: .*missing/)
    })
    assert.equal(version(file), before)
    assert.equal(
      withDatabase(
        file,
        (db) => db.prepare("select count(*) as n from sqlite_schema where name = 'half'").get()!['n'],
      ),
      0,
    )
    await openStore({ file }).close()
  })

  test('is synced to the drive itself at each commit and checkpoint, on every platform', () => {
    const file = newFile()
    const [first, writer] = [openDatabase(file), connect(file)]
    for (const db of [first, writer, openConnection(newFile())]) {
      const read = (name: string) => Object.values(db.prepare(`pragma ${name}`).get()!)[0]
      assert.equal(read('synchronous'), 2)
      assert.equal(read('fullfsync'), 1)
      assert.equal(read('checkpoint_fullfsync'), 1)
      db.close()
    }
  })

  test('is made once when several programs start on it at the same time', async () => {
    const own = mkdtempSync(join(folder, 'shared-'))
    const started = await Promise.allSettled(Array.from({ length: 4 }, () => startApp({ folder: own })))
    const apps = started.filter((result) => result.status === 'fulfilled').map(({ value }) => value)
    try {
      assert.deepEqual(
        started.filter((result) => result.status === 'rejected').map(({ reason }) => String(reason)),
        [],
      )
      const made = await Promise.all(apps.map(({ url }: RunningApp) => create(client(url), 'Tea')))
      assert.equal(new Set(made.map(({ id }) => id)).size, apps.length)
      for (const { url } of apps)
        assert.equal(JSON.parse(await (await fetch(`${url}/tasks`)).text()).length, apps.length)
    } finally {
      // One by one: of two that close at the same moment neither is the last, which takes the log away.
      for (const app of apps) await app.stop()
    }
    if (!needs('signals')) assert.ok(!existsSync(join(own, 'tasks.db-wal')))
  })
})

/** With further steps behind the real ones, as a later version will have. */
async function withSteps(steps: readonly string[], use: () => Promise<void>) {
  const list = migrations as string[]
  const length = list.length
  list.push(...steps.map((step) => `${step};`))
  try {
    await use()
  } finally {
    list.length = length
  }
}
