import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { openAnyStore } from '../../src/storage/open.ts'
import { lists } from '../../src/tasks/lists.ts'
import type { TaskStore } from '../../src/tasks/store.ts'
import { root, runCommand, startApp } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'
import { type Postgres, startPostgres } from '../helpers/postgres.ts'

const tasks = 6_000

suite('taskapp copy', { skip: needs('postgres') }, () => {
  let server: Postgres
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-copy-'))
  const source = `sqlite:///${folder}/tasks.db`
  before(async () => {
    server = await startPostgres()
    await using(source, fill)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  const copy = (from: string, to: string) => runCommand(['copy', '--from', from, '--to', to])

  test('copies everything, there and back', async () => {
    const there = server.database()
    const back = `sqlite:///${folder}/back.db`
    for (const [from, to] of [
      [source, there],
      [there, back],
    ] as const) {
      const { code, out, err } = await copy(from, to)
      assert.deepEqual([code, err], [0, ''])
      assert.equal(
        out,
        `copied ${tasks + 1} tasks, 2 deleted tasks, 2 answers, 0 ended sessions, 2 lists; compared each\n`,
      )
    }
    for (const url of [there, back]) await using(url, has)
  })

  test('resumes where it was killed, and is not complete before', async () => {
    const url = server.database()
    for (const rows of [0, 2_000, 4_000]) {
      const child = spawn(process.execPath, ['src/main.ts', 'copy', '--from', source, '--to', url], {
        cwd: root,
      })
      const ended = once(child, 'exit')
      while (child.exitCode === null && count(url) <= rows)
        await new Promise((resolve) => setImmediate(resolve))
      child.kill('SIGKILL')
      await ended
    }
    assert.equal((await copy(source, url)).code, 0)
    assert.equal(count(url), count(source))
  })

  test('does not change a target with other rows', async () => {
    const url = server.database()
    await using(url, async (store) => void (await store.create({ title: 'mine' })))
    const { code, err } = await copy(source, url)
    assert.equal(code, 1)
    assert.match(err, /^taskapp: Cannot copy: the target has tasks 1, which the source has not, or otherwise/)
    assert.equal(server.run(url, 'select title from tasks'), 'mine')
  })

  test('finds a row that differs', async () => {
    const url = server.database()
    assert.equal((await copy(source, url)).code, 0)
    for (const change of ['notes = notes || $$x$$ where id = 1', 'place = place + 1 where id = 5']) {
      server.run(url, `update tasks set ${change}`)
      assert.equal((await copy(source, url)).code, 1)
    }
  })

  test('names what it cannot copy, without its password', async () => {
    const { code, err } = await copy(`sqlite:///${folder}/none.db`, server.database())
    assert.deepEqual([code, err], [1, `taskapp: Cannot copy ${folder}/none.db: there is no such file\n`])
    const wrong = await copy(source, 'postgres://user:secret@127.0.0.1:1/tasks')
    assert.equal(wrong.code, 1)
    assert.doesNotMatch(wrong.err, /secret/)
    assert.equal((await runCommand(['copy', source])).code, 2)
  })

  test('refuses while the service uses the source or the target', async () => {
    for (const [running, from, to] of [
      [source, source, server.database()],
      [`sqlite:///${folder}/busy.db`, source, `sqlite:///${folder}/busy.db`],
      ...[server.database()].map((url) => [url, url, `sqlite:///${folder}/out.db`] as const),
      ...[server.database()].map((url) => [url, source, url] as const),
    ] as const) {
      await using app = await startApp({ env: { DATABASE_URL: running } })
      const { code, err } = await copy(from, to)
      assert.equal(code, 1)
      assert.match(err, /^taskapp: Cannot copy.*stop (that first|it first)\n$/)
      assert.equal((await fetch(`${app.url}/tasks`)).status, 200)
    }
    assert.ok(!existsSync(`${folder}/out.db`))
  })

  test('refuses a database in memory, and the same one on both sides', async () => {
    for (const [from, to] of [
      [source, 'sqlite:///:memory:'],
      ['sqlite:///:memory:', source],
      [source, source],
    ] as const)
      assert.match((await copy(from, to)).err, /^taskapp: Cannot copy/)
    assert.equal((await copy(source, '')).code, 2)
  })

  function count(url: string): number {
    if (url.startsWith('postgres')) {
      const made = server.run(url, "select to_regclass('tasks') is not null")
      return made === 't' ? Number(server.run(url, 'select count(*) from tasks')) : 0
    }
    using db = new DatabaseSync(url.slice('sqlite:///'.length), { readOnly: true })
    return Number(db.prepare('select count(*) as n from tasks').get()!['n'])
  }
})

async function using(url: string, run: (store: TaskStore) => Promise<void>) {
  const store = await openAnyStore(readConfig({ DATABASE_URL: url }).database)
  try {
    await run(store)
  } finally {
    await store.close()
  }
}

async function fill(store: TaskStore) {
  await store.addAll(
    (async function* () {
      yield Array.from({ length: tasks }, (_, n) => ({
        title: n % 3 ? `task ${n}` : `Café 🐳 ${n}`,
        done: n % 2 === 0,
        notes: n % 5 ? null : `line\n"quoted" {${n}} \\ `,
        due: n % 7 ? null : '2026-12-24',
        created: 1_000 + n,
        updated: 2_000 + n,
        completed: n % 2 === 0 ? 1_500 + n : null,
      }))
    })(),
  )
  const gone = await store.create({ title: 'Gone' }, 'key of gone')
  const last = await store.create({ title: 'Last' }, 'key of last')
  const highest = await store.create({ title: 'Never to be seen again' })
  await store.move(last.id, 3)
  await store.remove(gone.id)
  await store.remove(highest.id)
  await store.items(lists).change(1, { name: 'Home' })
  await store.items(lists).create({ name: 'Work', color: 'red' })
}

async function has(store: TaskStore) {
  const found = (await store.page({ limit: 4 })).tasks
  assert.deepEqual(
    found.map(({ title }) => title),
    ['Café 🐳 0', 'task 1', 'Last', 'task 2'],
  )
  assert.equal((await store.page({ limit: 10, text: 'cafe 3000' })).tasks.length, 1)
  assert.equal((await store.create({ title: 'Last' }, 'key of last')).id, tasks + 2)
  assert.equal((await store.restore(tasks + 1)).title, 'Gone')
  assert.equal((await store.page({ limit: 10, text: 'gone' })).tasks.length, 1)
  assert.equal((await store.create({ title: 'New' })).id, tasks + 4)
  assert.equal((await store.page({ limit: 10, text: 'new' })).tasks.length, 1)
  const kept = await store.items(lists).all()
  assert.deepEqual(
    kept.map(({ id, name, color }) => [id, name, color]),
    [
      [1, 'Home', null],
      [2, 'Work', 'red'],
    ],
  )
}
