import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { type Client, client, listAll, type Problem, parse } from '../helpers/client.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-keys-'))
after(() => rmSync(home, { recursive: true }))

const post = (call: Client, key: string, json: object) =>
  call('POST', '/tasks', { headers: { 'Idempotency-Key': key }, json })

suite('An Idempotency-Key', () => {
  test('makes a task once, and a repeat gets the first answer, also when the task has changed since', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const first = await post(call, '"a-1"', { title: 'Tea', due: '2026-12-24' })
    assert.equal(first.status, 201)
    await call('PATCH', '/tasks/1', { json: { title: 'Coffee' } })
    const repeat = await post(call, '"a-1"', { title: 'Tea', due: '2026-12-24' })
    assert.equal(repeat.status, 201)
    assert.equal(repeat.text, first.text)
    for (const name of ['etag', 'location']) assert.equal(repeat.headers.get(name), first.headers.get(name))
    assert.equal((await listAll(call)).length, 1)
  })

  test('makes one task of many requests at once', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(call, 'same', { title: 'Tea' })))
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
    assert.equal((await listAll(call)).length, 1)
  })

  test('of another task is refused, and makes nothing', async () => {
    await using app = await startApp()
    const call = client(app.url)
    await post(call, 'k', { title: 'Tea' })
    for (const json of [
      { title: 'Coffee' },
      { title: 'Tea', notes: 'green' },
      { title: 'Tea', due: '2026-12-24' },
    ]) {
      const answer = await post(call, 'k', json)
      assert.equal(answer.status, 422)
      assert.match(parse<Problem>(answer).detail, /use a new key/)
    }
    assert.equal((await listAll(call)).length, 1)
  })

  test('that is no key is refused', async () => {
    await using app = await startApp()
    for (const key of ['a b', 'x'.repeat(256), 'ü'])
      assert.equal((await post(client(app.url), key, { title: 'Tea' })).status, 400)
  })

  for (const durable of [false, true])
    test(`is kept across restarts ${durable ? 'with' : 'without'} a journal`, async () => {
      const folder = mkdtempSync(join(home, 'restart-'))
      const share = join(folder, 'share')
      mkdirSync(share)
      const start = () => startApp({ folder, ...(durable && { env: { DURABLE_DIR: share } }) })
      {
        await using app = await start()
        assert.equal((await post(client(app.url), 'k', { title: 'Tea' })).status, 201)
        await app.stop('SIGKILL')
      }
      await using app = await start()
      assert.equal(
        (await post(client(app.url), 'k', { title: 'Tea' })).text,
        '{"id":1,"title":"Tea","done":false}',
      )
      assert.equal((await listAll(client(app.url))).length, 1)
    })

  test('is forgotten after a day', async () => {
    const folder = mkdtempSync(join(home, 'day-'))
    {
      await using app = await startApp({ folder })
      for (const key of ['old', 'older']) await post(client(app.url), key, { title: 'Tea' })
    }
    const file = join(folder, 'tasks.db')
    const db = new DatabaseSync(file)
    db.exec('update answers set time = time - 24 * 60 * 60 * 1000')
    db.close()
    {
      await using app = await startApp({ folder })
      assert.equal((await post(client(app.url), 'old', { title: 'Coffee' })).status, 201)
    }
    const left = new DatabaseSync(file, { readOnly: true })
    assert.deepEqual(
      left
        .prepare('select key from answers')
        .all()
        .map(({ key }) => key),
      ['old'],
    )
    left.close()
  })
})
