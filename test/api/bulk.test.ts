import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, listAll, type Problem, parse } from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

suite('PATCH /tasks with ids', () => {
  const states = async () =>
    (await listAll(call)).map(({ title, done }) => title + (done ? '+' : '-')).join(' ')

  test('marks the given ids and ranges and no other, and POST /tasks/undo reverts it', async () => {
    const { id: a } = await create(call, 'a')
    for (const title of ['b', 'c', 'd']) await create(call, title)
    const json = { ids: [a, [a + 2, a + 3], a + 900], done: true }
    const answer = await call('PATCH', '/tasks', { json, headers: { 'Idempotency-Key': 'mark-1' } })
    assert.equal(answer.text, '{"changed":3}')
    assert.equal(await states(), 'a+ b- c+ d+')
    const undone = await call('POST', '/tasks/undo', {
      json: { key: 'mark-1' },
      headers: { 'Idempotency-Key': 'undo-1' },
    })
    assert.equal(undone.text, '{"changed":3}')
    assert.equal(await states(), 'a- b- c- d-')
    assert.equal((await call('POST', '/tasks/undo', { json: { key: 'undo-1' } })).text, '{"changed":3}')
    assert.equal(await states(), 'a+ b- c+ d+')
  })

  test('deletes the given ids, and POST /tasks/undo restores them', async () => {
    const { id } = await create(call, 'a')
    await create(call, 'b')
    const json = { ids: [[id, id + 1]], deleted: true }
    assert.equal(
      (await call('PATCH', '/tasks', { json, headers: { 'Idempotency-Key': 'delete-1' } })).text,
      '{"changed":2}',
    )
    assert.equal(await states(), '')
    assert.equal((await call('POST', '/tasks/undo', { json: { key: 'delete-1' } })).text, '{"changed":2}')
    assert.equal(await states(), 'a- b-')
  })

  test('reverts an import, except for tasks changed since', async () => {
    const headers = { 'Idempotency-Key': 'import-1' }
    await call('POST', '/import', { json: [{ title: 'a' }, { title: 'b' }, { title: 'c' }], headers })
    const [, b] = await listAll(call)
    await call('PATCH', `/tasks/${b!.id}`, { json: { notes: 'mine' } })
    assert.equal((await call('POST', '/tasks/undo', { json: { key: 'import-1' } })).text, '{"changed":2}')
    assert.equal(await states(), 'b-')
  })

  test('accepts the maximum number of ids in one request, and refuses more', async () => {
    const json = { ids: [[1, limits.bulkTasks]], done: true }
    assert.equal((await call('PATCH', '/tasks', { json })).status, 200)
    const worst = Array.from({ length: limits.bulkTasks }, (_, n) => 10_001 + 2 * n)
    assert.equal((await call('PATCH', '/tasks', { json: { ids: worst, done: true } })).status, 200)
    const more = await call('PATCH', '/tasks', { json: { ids: [[1, limits.bulkTasks + 1]], done: true } })
    assert.equal(more.status, 422)
    assert.deepEqual(parse<Problem>(more).errors, [
      { pointer: '#/ids', detail: `must name at most ${limits.bulkTasks} tasks` },
    ])
  })

  for (const [json, pointer, detail] of [
    [{ ids: [], done: true }, '#/ids', 'must be an array of ids or [from, to]'],
    [{ ids: '1-3', done: true }, '#/ids', 'must be an array of ids or [from, to]'],
    [{ ids: [0], done: true }, '#/ids', 'must have ids or [from, to] with from up to to'],
    [{ ids: [[3, 1]], done: true }, '#/ids', 'must have ids or [from, to] with from up to to'],
    [{ ids: [[1, 2, 3]], done: true }, '#/ids', 'must have ids or [from, to] with from up to to'],
    [{ ids: [1.5], done: true }, '#/ids', 'must have ids or [from, to] with from up to to'],
    [{ ids: [1] }, '#/done', 'is missing'],
    [{ ids: [1], done: 1 }, '#/done', 'must be true or false'],
    [{ deleted: true }, '#/ids', 'is missing'],
    [{ ids: [1], deleted: false }, '#/deleted', 'must be true'],
    [{ ids: [1], deleted: true, done: true }, '#/deleted', 'cannot stand beside done'],
    [{ ids: [1], done: true, title: 'x' }, '#/title', 'is not a member of this request'],
    [[1], '#', 'must be a JSON object'],
  ] as const)
    test(`refuses ${JSON.stringify(json)}`, async () => {
      const { id } = await create(call, 'a')
      const answer = await call('PATCH', '/tasks', { json })
      assert.equal(answer.status, 422)
      assert.deepEqual(parse<Problem>(answer).errors, [{ pointer, detail }])
      assert.equal(await states(), 'a-')
      assert.ok(id > 0)
    })
})
