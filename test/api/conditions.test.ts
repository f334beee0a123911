/** A condition (RFC 9110, section 13) is evaluated or refused, never passed over. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, listAll, type Problem, parse } from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

const past = 'Sun, 06 Nov 1994 08:49:37 GMT'
const future = 'Fri, 31 Dec 9999 23:59:59 GMT'

/** A write of each kind to a task, which is deleted where the write restores it. */
const writes: readonly (readonly [what: string, method: string, path: string, json?: object])[] = [
  ['toggle', 'PATCH', ''],
  ['change', 'PATCH', '', { title: 'changed' }],
  ['move', 'POST', '/move', { before: null }],
  ['restore', 'POST', '/restore'],
  ['delete', 'DELETE', ''],
]

for (const [what, method, path, json] of writes)
  suite(`The condition of a ${what}`, () => {
    async function attempt(headers: (etag: string, modified: string) => Record<string, string>) {
      const { id } = await create(call, 'Tea')
      const shown = await call('GET', `/tasks/${id}?view=full`)
      if (what === 'restore') await call('DELETE', `/tasks/${id}`)
      const answer = await call(method, `/tasks/${id}${path}`, {
        headers: headers(shown.headers.get('etag')!, shown.headers.get('last-modified')!),
        ...(json && { json }),
      })
      if (answer.status === 412) {
        const now = await call('GET', `/tasks/${id}?view=full`)
        assert.equal(now.status, what === 'restore' ? 404 : 200)
        if (what !== 'restore') assert.equal(now.text, shown.text)
        assert.equal(parse<Problem>(answer).status, 412)
      }
      return answer.status
    }
    const good = method === 'DELETE' ? 204 : 200

    test('If-Match allows it only at that version', async () => {
      assert.equal(await attempt((etag) => ({ 'If-Match': etag })), good)
      assert.equal(await attempt((etag) => ({ 'If-Match': `"x", ${etag}` })), good)
      assert.equal(await attempt(() => ({ 'If-Match': '*' })), good)
      assert.equal(await attempt(() => ({ 'If-Match': '"1"' })), 412)
      assert.equal(await attempt((etag) => ({ 'If-Match': `W/${etag}` })), 412)
    })

    test('If-None-Match allows it at any other version', async () => {
      assert.equal(await attempt(() => ({ 'If-None-Match': '"1"' })), good)
      assert.equal(await attempt((etag) => ({ 'If-None-Match': etag })), 412)
      assert.equal(await attempt((etag) => ({ 'If-None-Match': `"1", W/${etag}` })), 412)
      assert.equal(await attempt(() => ({ 'If-None-Match': '*' })), what === 'restore' ? 200 : 412)
      for (const nonsense of ['1', '', '"1', '"1" "2"', '1767225600000'])
        assert.equal(await attempt(() => ({ 'If-None-Match': nonsense })), 400, nonsense)
    })

    test('If-Unmodified-Since allows it if nothing changed since, and is ignored with If-Match', async () => {
      assert.equal(await attempt((_, modified) => ({ 'If-Unmodified-Since': modified })), good)
      assert.equal(await attempt(() => ({ 'If-Unmodified-Since': future })), good)
      assert.equal(await attempt(() => ({ 'If-Unmodified-Since': past })), 412)
      assert.equal(await attempt((etag) => ({ 'If-Unmodified-Since': past, 'If-Match': etag })), good)
      assert.equal(await attempt(() => ({ 'If-Unmodified-Since': future, 'If-None-Match': '"1"' })), good)
      assert.equal(await attempt(() => ({ 'If-Unmodified-Since': past, 'If-None-Match': '"1"' })), 412)
      // A date that is none must be ignored, and so must a condition on reading (RFC 9110, sections 13.1.3 and 13.1.4).
      assert.equal(await attempt(() => ({ 'If-Unmodified-Since': '1994-11-06' })), good)
      assert.equal(await attempt(() => ({ 'If-Modified-Since': future })), good)
    })

    test('does not hide a 404', async () => {
      for (const headers of [
        { 'If-Match': '"1"' },
        { 'If-None-Match': '*' },
        { 'If-Unmodified-Since': past },
      ]) {
        const answer = await call(method, `/tasks/999999999${path}`, { headers, ...(json && { json }) })
        assert.equal(answer.status, 404)
      }
    })
  })

test('A condition that would not be evaluated is refused, and nothing is done', async () => {
  const tea = await create(call, 'Tea')
  await call('PATCH', `/tasks/${tea.id}`)
  const before = await listAll(call)
  for (const condition of ['If-Match', 'If-None-Match', 'If-Unmodified-Since'])
    for (const [method, path, json] of [
      ['POST', '/tasks', { title: 'a' }],
      ['PATCH', '/tasks', { done: false }],
      ['PATCH', '/tasks', { ids: [tea.id], done: false }],
      ['DELETE', '/tasks?done=true'],
      ['POST', '/tasks/undo', { key: 'a' }],
      ['POST', '/import', [{ title: 'a' }]],
    ] as const) {
      const answer = await call(method, path, { headers: { [condition]: '*' }, ...(json && { json }) })
      assert.equal(answer.status, 400, `${condition} of ${method} ${path}`)
      assert.match(parse<Problem>(answer).detail, /takes no condition such as if-/)
    }
  assert.deepEqual(await listAll(call), before)
})

suite('The condition of a read', () => {
  test('is evaluated for one task and for lists', async () => {
    const { id } = await create(call, 'Tea')
    for (const path of [`/tasks/${id}`, '/tasks', '/openapi.json'])
      for (const method of ['GET', 'HEAD']) {
        const etag = (await call('GET', path)).headers.get('etag')!
        const status = async (headers: Record<string, string>) =>
          (await call(method, path, { headers })).status
        assert.equal(await status({ 'If-Match': etag }), 200)
        assert.equal(await status({ 'If-Match': '"x"' }), 412)
        assert.equal(await status({ 'If-None-Match': etag }), 304)
        assert.equal(await status({ 'If-None-Match': etag, 'If-Match': '"x"' }), 412)
      }
  })

  test('may be a date, of one task', async () => {
    const { id } = await create(call, 'Tea')
    const shown = await call('GET', `/tasks/${id}`)
    const modified = shown.headers.get('last-modified')!
    const status = async (headers: Record<string, string>) =>
      (await call('GET', `/tasks/${id}`, { headers })).status
    assert.equal(await status({ 'If-Modified-Since': modified }), 304)
    assert.equal(await status({ 'If-Modified-Since': past }), 200)
    assert.equal(await status({ 'If-Unmodified-Since': modified }), 200)
    assert.equal(await status({ 'If-Unmodified-Since': past }), 412)
    assert.equal(await status({ 'If-Modified-Since': future, 'If-None-Match': '"x"' }), 200)
  })

  test('is not on a time to come: no Last-Modified is later than its answer', async () => {
    await call('POST', '/import', { json: [{ title: 'Tea', updated: '2999-01-01T00:00:00Z' }] })
    const [{ id }] = parse<[{ id: number }]>(await call('GET', '/tasks'))
    const { headers } = await call('GET', `/tasks/${id}`)
    assert.ok(Date.parse(headers.get('last-modified')!) <= Date.parse(headers.get('date')!))
  })
})
