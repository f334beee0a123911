/** What an operator does with a journal, with the real program. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { clean } from '../../../src/storage/journal/clean.ts'
import { openShare } from '../../../src/storage/journal/share.ts'
import { runCommand, startApp } from '../../helpers/app.ts'
import { client, create, listAll } from '../../helpers/client.ts'
import { needs } from '../../helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-operation-'))
after(() => rmSync(home, { recursive: true, force: true }))
let count = 0
const newPath = () => join(home, String(++count))
const newFolder = () => {
  const folder = newPath()
  mkdirSync(folder)
  return folder
}
const start = (share: string, env = {}) => startApp({ env: { DURABLE_DIR: share, ...env } })

function titlesIn(file: string): unknown[] {
  const db = new DatabaseSync(file, { readOnly: true })
  const rows = db.prepare('select title from tasks order by id').all()
  db.close()
  return rows.map(({ title }) => title)
}

suite('A journal', { concurrency: 3 }, () => {
  test('imports the existing tasks, and does not reuse their ids', async () => {
    const file = newPath()
    const env = { DATABASE_URL: `sqlite:///${file}` }
    {
      await using app = await startApp({ env })
      const call = client(app.url)
      await create(call, 'from before')
      const { id } = await create(call, 'deleted')
      await call('DELETE', `/tasks/${id}`)
    }
    const share = newFolder()
    for (const own of [env, {}]) {
      await using app = await start(share, own)
      const titles = (await listAll(client(app.url))).map(({ title }) => title)
      assert.deepEqual(titles, ['from before'])
    }
    await using app = await start(share)
    assert.equal((await create(client(app.url), 'next')).id, 3)
  })

  test('ignores the tasks in a file if it has its own, and says so', async () => {
    const file = newPath()
    const env = { DATABASE_URL: `sqlite:///${file}` }
    {
      await using app = await startApp({ env })
      await create(client(app.url), 'in the file')
    }
    const share = newFolder()
    {
      await using app = await start(share)
      await create(client(app.url), 'in the journal')
    }
    await using app = await start(share, env)
    assert.deepEqual(
      (await listAll(client(app.url))).map(({ title }) => title),
      ['in the journal'],
    )
    await app.logged(({ level, msg }) => level === 'warn' && /are not used/.test(msg))
  })

  test('does not reuse an id created and deleted in one group', async () => {
    const share = newFolder()
    {
      await using app = await start(share)
      const call = client(app.url)
      const [made] = await Promise.all([create(call, 'short-lived'), call('DELETE', '/tasks/1')])
      await call('DELETE', `/tasks/${made.id}`)
    }
    await using app = await start(share)
    assert.equal((await create(client(app.url), 'next')).id, 2)
  })

  test('is restored to its current and to an earlier state, and verified', {
    skip: needs('signals'),
  }, async () => {
    const share = newFolder()
    let between = ''
    {
      await using app = await start(share)
      await create(client(app.url), 'first')
      const past = Date.now()
      while (Date.now() < past + 2) await new Promise(setImmediate)
      between = new Date(past + 1).toISOString()
      await create(client(app.url), 'second')
    }
    const [now, then] = [newPath(), newPath()]
    assert.equal((await runCommand(['restore', share, now])).code, 0)
    assert.deepEqual(titlesIn(now), ['first', 'second'])
    assert.equal((await runCommand(['restore', share, then, '--at', between])).code, 0)
    assert.deepEqual(titlesIn(then), ['first'])
    assert.match((await runCommand(['verify', share])).out, /the history: whole up to epoch 2: 2 tasks/)
  })

  test('refuses to restore over a file, from a folder without a journal and to an invalid time', async () => {
    const share = newFolder()
    const file = newPath()
    const empty = await runCommand(['restore', share, file])
    assert.equal(empty.code, 1)
    assert.match(empty.err, /Cannot restore from .*: it has no journal/)
    const existing = await runCommand(['restore', share, share])
    assert.equal(existing.code, 1)
    assert.match(existing.err, /is there already; choose another name/)
    for (const args of [['restore'], ['restore', share, file, '--at', 'soon'], ['verify'], ['backup']])
      assert.equal((await runCommand(args)).code, 2, args.join(' '))
  })

  test('is taken over again by the replaced process when the new one is gone', async () => {
    const share = newFolder()
    await using old = await start(share)
    const call = client(old.url)
    await create(call, 'first')
    {
      await using young = await start(share)
      await create(client(young.url), 'second')
      assert.equal((await call('POST', '/tasks', { json: { title: 'no' } })).status, 503)
      await young.stop('SIGKILL')
    }
    while ((await call('GET', '/readyz')).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 100))
    await create(call, 'third')
    assert.deepEqual(
      (await listAll(call)).map(({ title }) => title).filter((title) => title !== 'no'),
      ['first', 'second', 'third'],
    )
  })

  test('keeps only what is needed to restore any time within its retention', {
    skip: needs('signals'),
  }, async () => {
    const share = newFolder()
    for (const title of ['first', 'second', 'third']) {
      await using app = await start(share)
      await create(client(app.url), title)
    }
    const before = readdirSync(share)
    await clean(openShare(share), 0)
    assert.deepEqual(readdirSync(share), before)
    await clean(openShare(share), Date.now())
    const left = readdirSync(share).filter((name) => /^(journal|snapshot)/.test(name))
    assert.deepEqual(
      left.map((name) => name.slice(0, name.indexOf('00') + 10)),
      ['journal-0000000006', 'snapshot-0000000006'],
    )
    // Also after a process that was killed, which has not made a snapshot.
    for (const length of [3, 4, 5]) {
      await using app = await start(share)
      const call = client(app.url)
      assert.equal((await listAll(call)).length, length)
      await create(call, 'more')
      await app.stop('SIGKILL')
    }
  })

  test('with a truncated last record starts with a warning, and verify reports its bytes', async () => {
    const share = newFolder()
    {
      await using app = await start(share)
      for (const title of ['first', 'second']) await create(client(app.url), title)
      await app.stop('SIGKILL')
    }
    const journal = join(share, 'journal-0000000001')
    truncateSync(journal, statSync(journal).size - 10)
    const { code, out } = await runCommand(['verify', share])
    assert.equal(code, 0)
    assert.match(out, /journal-0000000001: 1 records in \d+ bytes, then \d+ bytes that were never finished/)
    await using app = await start(share)
    const titles = (await listAll(client(app.url))).map(({ title }) => title)
    assert.deepEqual(titles, ['first'])
    await app.logged(
      ({ level, msg }) => level === 'warn' && /ends with \d+ bytes of a record that was never/.test(msg),
    )
  })
})

suite('A backup', () => {
  for (const durable of [false, true]) {
    test(`${durable ? 'of a journal' : 'of a file'} is whole while the service writes`, async () => {
      const env = { DATABASE_URL: `sqlite:///${newPath()}`, ...(durable && { DURABLE_DIR: newFolder() }) }
      await using app = await startApp({ env })
      const call = client(app.url)
      let writing = true
      let last = 0
      const writer = (async () => {
        while (writing) last = (await create(call, `task ${last + 1}`)).id
      })()
      while (last < 20) await new Promise(setImmediate)
      const before = last
      const file = newPath()
      const { code, err } = await runCommand(['backup', file], { env })
      writing = false
      await writer
      assert.equal(code, 0, err)
      const titles = titlesIn(file)
      assert.ok(titles.length >= before)
      assert.deepEqual(
        titles,
        titles.map((_, index) => `task ${index + 1}`),
      )
    })
  }
})
