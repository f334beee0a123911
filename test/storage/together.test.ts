/** Programs that do something to one database at the same time. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { openStore } from '../../src/storage/open.ts'
import { replaceFile } from '../../src/storage/sqlite/schema/copies.ts'
import { migrations } from '../../src/storage/sqlite/schema/migrations.ts'
import { migrate, openConnection } from '../../src/storage/sqlite/schema/open.ts'
import type { Order } from './opener.ts'

const programs = 8
const rounds = Number(process.env['ROUNDS'] ?? 40)

suite(`${programs} programs at once`, () => {
  const home = mkdtempSync(join(tmpdir(), 'taskapp-together-'))
  const children: ChildProcess[] = []
  let count = 0
  const newFolder = () => mkdtempSync(join(home, `${++count}-`))

  before(async () => {
    for (let n = 0; n < programs; n++) children.push(fork(join(import.meta.dirname, 'opener.ts')))
    await Promise.all(children.map((child) => once(child, 'message')))
  })
  after(async () => {
    for (const child of children) child.disconnect()
    await Promise.all(children.map((child) => once(child, 'exit')))
    rmSync(home, { recursive: true })
  })

  /** Tells each what to do, all at the same time; resolves with what each says then. */
  const tell = (orderOf: (n: number) => Order): Promise<string[]> =>
    Promise.all(
      children.map(async (child, n) => {
        const answer = once(child, 'message')
        child.send(orderOf(n))
        return String((await answer)[0])
      }),
    )

  test('start on a new database: one creates it, the others use it', async () => {
    for (let round = 0; round < rounds; round++) {
      const file = join(newFolder(), 'data/tasks.db')
      const said = await tell((n) => ({ file, titles: [`task ${n}`] }))
      assert.deepEqual(said, Array(programs).fill('done'))
      assert.equal(titlesIn(file).length, programs)
    }
  })

  for (let version = 1; version < migrations.length; version++)
    test(`start on a database at step ${version} of its schema: one migrates it`, async () => {
      const file = join(newFolder(), 'tasks.db')
      const db = openConnection(file)
      migrate(db, version)
      db.exec("insert into tasks (title, created, updated) values ('before', 1, 1)")
      db.close()
      assert.deepEqual(await tell((n) => ({ file, titles: [`task ${n}`] })), Array(programs).fill('done'))
      assert.equal(titlesIn(file).length, programs + 1)
    })

  test('one has opened an empty file but not read it when another restores a backup: later writes are kept', async () => {
    const backup = join(newFolder(), 'backup.db')
    await openStore({ file: backup }).close()
    const file = join(newFolder(), 'tasks.db')
    const early = new DatabaseSync(file)
    replaceFile(backup, file)
    const store = openStore({ file })
    try {
      await store.create({ title: 'kept' })
      // SQLite takes the file that it has for the one of that name, and its log for a leftover.
      try {
        early.prepare('select * from sqlite_schema').all()
      } catch {}
      early.close()
      assert.deepEqual(titlesIn(file), ['kept'])
    } finally {
      await store.close()
    }
    assert.deepEqual(titlesIn(file), ['kept'])
    assert.deepEqual(readdirSync(dirname(file)), ['tasks.db'], 'an empty file is not put aside')
  })

  test('of which one restores a backup and the others write: no write is lost', async () => {
    const backup = join(newFolder(), 'backup.db')
    const store = openStore({ file: backup })
    await store.create({ title: 'of the backup' })
    await store.close()
    const titlesOf = (program: number) => Array.from({ length: 6 }, (_, n) => `task ${program}.${n}`)
    for (let round = 0; round < rounds; round++) {
      const folder = newFolder()
      const file = join(folder, 'tasks.db')
      // Also where there is nothing yet.
      if (round % 2) await openStore({ file }).close()
      const said = await tell((n) => ({ file, ...(n === 0 ? { from: backup } : { titles: titlesOf(n) }) }))
      assert.deepEqual(said, Array(programs).fill('done'))
      const files = readdirSync(folder).filter((name) => /^tasks\.db(\.\d+T\d+Z)?$/.test(name))
      const titles = files.flatMap((name) => titlesIn(join(folder, name)))
      assert.deepEqual(
        titles.filter((title) => title !== 'of the backup').sort(),
        Array.from({ length: programs - 1 }, (_, n) => titlesOf(n + 1))
          .flat()
          .sort(),
      )
      assert.ok(titlesIn(file).includes('of the backup'))
    }
  })
})

function titlesIn(file: string): string[] {
  assert.ok(existsSync(file))
  const db = new DatabaseSync(file)
  assert.equal(db.prepare('pragma integrity_check').get()!['integrity_check'], 'ok')
  const rows = db.prepare('select title from tasks').all()
  db.close()
  return rows.map(({ title }) => String(title))
}
