import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, listAll, type Problem, parse, type TaskBody } from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))
let keys = 0
const newKey = () => ({ 'Idempotency-Key': `"key-${++keys}"` })

suite('Idempotency-Key', () => {
  test('makes a repeated POST answer the first result and create nothing', async () => {
    const headers = newKey()
    const first = await call('POST', '/tasks', { json: { title: 'Tea', notes: 'n' }, headers })
    const { id } = parse<TaskBody>(first)
    await call('PATCH', `/tasks/${id}`)
    await create(call, 'another')
    const again = await call('POST', '/tasks', { json: { notes: 'n', title: ' Tea ' }, headers })
    assert.equal(again.status, 201)
    assert.equal(again.text, first.text)
    for (const name of ['etag', 'location']) assert.equal(again.headers.get(name), first.headers.get(name))
    assert.equal((await listAll(call)).length, 2)
  })

  test('makes any other write happen once', async () => {
    const [a, b] = [await create(call, 'a'), await create(call, 'b')]
    const twice = async (method: string, path: string, json?: unknown) => {
      const headers = newKey()
      const options = { headers, ...(json !== undefined && { json }) }
      const first = await call(method, path, options)
      const again = await call(method, path, options)
      assert.ok(first.status < 300, `${method} ${path}: ${first.status} ${first.text}`)
      assert.equal(again.status, first.status)
      assert.equal(again.text, first.text)
      assert.equal(again.headers.get('etag'), first.headers.get('etag'))
    }
    await twice('PATCH', `/tasks/${a.id}`)
    assert.equal((await listAll(call))[0]!.done, true)
    await twice('PATCH', `/tasks/${a.id}`, { title: 'c' })
    await twice('POST', `/tasks/${b.id}/move`, { before: a.id })
    await twice('PATCH', '/tasks', { done: true })
    await twice('DELETE', '/tasks?done=true')
    await twice('POST', `/tasks/${b.id}/restore`)
    await twice('DELETE', `/tasks/${b.id}`)
    assert.deepEqual(await listAll(call), [])
  })

  test('with another request is refused with 422', async () => {
    const headers = newKey()
    const { id } = parse<TaskBody>(await call('POST', '/tasks', { json: { title: 'Tea' }, headers }))
    for (const [method, path, json] of [
      ['POST', '/tasks', { title: 'Milk' }],
      ['PATCH', `/tasks/${id}`, { title: 'Tea' }],
      ['PATCH', `/tasks/${id}`, undefined],
      ['DELETE', `/tasks/${id}`, undefined],
      ['DELETE', '/tasks?done=true', undefined],
    ] as const) {
      const answer = await call(method, path, { headers, ...(json && { json }) })
      assert.equal(answer.status, 422)
      assert.equal(
        parse<Problem>(answer).detail,
        'This Idempotency-Key was used for another request; use a new key for each',
      )
      assert.equal(parse<Problem>(answer).type, 'urn:problem-type:taskapp:key-reused')
    }
    assert.equal((await listAll(call)).length, 1)
  })

  test('of a request that was refused is not used up', async () => {
    const headers = newKey()
    assert.equal((await call('POST', '/tasks', { json: { title: '' }, headers })).status, 422)
    assert.equal((await call('PATCH', '/tasks/999999999', { headers })).status, 404)
    assert.equal((await call('POST', '/tasks', { json: { title: 'Tea' }, headers })).status, 201)
  })

  for (const [what, key] of [
    ['is empty', ''],
    ['has a blank', 'a b'],
    ['has a comma and a blank, as two fields have', 'a, b'],
    ['is no ASCII', 'schlüssel'],
    ['has 256 characters', 'x'.repeat(256)],
  ] as const) {
    test(`that ${what} is refused with 400`, async () => {
      const headers = { 'Idempotency-Key': key }
      assert.equal((await call('POST', '/tasks', { json: { title: 'Tea' }, headers })).status, 400)
      assert.deepEqual(await listAll(call), [])
    })
  }

  test('may have 255 characters, and means nothing to a read', async () => {
    const headers = { 'Idempotency-Key': `${++keys}`.padEnd(255, '!') }
    assert.equal((await call('POST', '/tasks', { json: { title: 'Tea' }, headers })).status, 201)
    assert.equal((await call('GET', '/tasks', { headers })).status, 200)
  })

  test('outlives a restart, also one by SIGKILL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    const headers = newKey()
    const texts = new Set<string>()
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await using own = await startApp({ folder })
      texts.add((await client(own.url)('POST', '/tasks', { json: { title: 'Tea' }, headers })).text)
      await own.stop(signal)
    }
    await using own = await startApp({ folder })
    const again = client(own.url)
    texts.add((await again('POST', '/tasks', { json: { title: 'Tea' }, headers })).text)
    assert.deepEqual([...texts], ['{"id":1,"title":"Tea","done":false}'])
    assert.equal((await listAll(again)).length, 1)
  })
})
