import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, listAll, type Problem, parse } from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

suite('POST /tasks/{id}/move', () => {
  test('puts a task before another or at the end, and answers it', async () => {
    const [a, b, c] = [await create(call, 'a'), await create(call, 'b'), await create(call, 'c')]
    const before = (await call('GET', '/tasks')).headers.get('etag')
    const version = (await call('GET', `/tasks/${c.id}`)).headers.get('etag')
    const moved = await call('POST', `/tasks/${c.id}/move`, { json: { before: a.id } })
    assert.equal(moved.status, 200)
    assert.equal(moved.text, JSON.stringify(c))
    assert.equal(moved.headers.get('etag'), version)
    assert.deepEqual(await listAll(call), [c, a, b])
    assert.notEqual((await call('GET', '/tasks')).headers.get('etag'), before)
    await call('POST', `/tasks/${c.id}/move`, { json: { before: null } })
    assert.deepEqual(await listAll(call), [a, b, c])
    assert.deepEqual(await listAll(call), parse(await call('GET', '/tasks?done=false')))
  })

  for (const [body, status] of [
    ['{}', 422],
    ['', 400],
    ['{"before":"1"}', 422],
    ['{"before":0}', 422],
    ['{"before":-1}', 422],
    ['{"before":1.5}', 422],
    ['{"before":1e300}', 422],
    ['{"before":999999999}', 422],
    ['{"before":null,"after":1}', 422],
    ['[null]', 422],
    ['{"before":', 400],
  ] as const) {
    test(`refuses ${body || 'no body'}`, async () => {
      const { id } = await create(call, 'a')
      const headers = { 'Content-Type': 'application/json' }
      const answer = await call('POST', `/tasks/${id}/move`, { body, headers })
      assert.equal(answer.status, status)
      assert.equal(parse<Problem>(answer).status, status)
    })
  }

  test('of an unknown task answers 404', async () => {
    const json = { before: null }
    assert.equal((await call('POST', '/tasks/999999999/move', { json })).status, 404)
    assert.equal((await call('POST', '/tasks/x/move', { json })).status, 404)
  })
})

suite('POST /tasks/{id}/restore', () => {
  test('undoes a deletion: same id, members, version and place', async () => {
    const [a, b, c] = [await create(call, 'a'), await create(call, 'b'), await create(call, 'c')]
    await call('PATCH', `/tasks/${b.id}`, { json: { notes: 'n', due: '2026-12-24', done: true } })
    const before = await call('GET', `/tasks/${b.id}`)
    await call('DELETE', `/tasks/${b.id}`)
    assert.deepEqual(await listAll(call), [a, c])
    const restored = await call('POST', `/tasks/${b.id}/restore`)
    assert.equal(restored.status, 200)
    assert.equal(restored.text, before.text)
    for (const name of ['etag', 'last-modified'])
      assert.equal(restored.headers.get(name), before.headers.get(name))
    assert.deepEqual(
      (await listAll(call)).map(({ id }) => id),
      [a.id, b.id, c.id],
    )
    assert.equal((await call('POST', `/tasks/${b.id}/restore`)).text, before.text)
  })

  test('undoes a clearing of the completed, one by one', async () => {
    const [a, b] = [await create(call, 'a'), await create(call, 'b')]
    await call('PATCH', '/tasks', { json: { done: true } })
    await call('DELETE', '/tasks?done=true')
    for (const { id } of [b, a]) assert.equal((await call('POST', `/tasks/${id}/restore`)).status, 200)
    assert.deepEqual(
      (await listAll(call)).map(({ title }) => title),
      ['a', 'b'],
    )
  })

  test('of a task that never was answers 404', async () => {
    assert.equal((await call('POST', '/tasks/999999999/restore')).status, 404)
  })
})
