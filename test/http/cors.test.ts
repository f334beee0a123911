import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { type Answer, client, create } from '../helpers/client.ts'
import { exchange } from '../helpers/wire.ts'

const listed = 'https://a.example'
const app = await startApp({ env: { CORS_ORIGINS: `${listed}, http://b.example:8080` } })
const closed = await startApp()
after(() => Promise.all([app[Symbol.asyncDispose](), closed[Symbol.asyncDispose]()]))
const call = client(app.url)

suite('A page of a listed origin', () => {
  test('may read every kind of response', async () => {
    const { id } = await create(call, 'Tea')
    const requests: readonly (readonly [method: string, path: string, status: number, json?: unknown])[] = [
      ['GET', '/tasks', 200],
      ['HEAD', '/tasks', 200],
      ['POST', '/tasks', 201, { title: 'Coffee' }],
      ['POST', '/tasks', 422, {}],
      ['PATCH', `/tasks/${id}`, 200],
      ['GET', '/tasks/999999999', 404],
      ['GET', '/x', 404],
      ['PUT', '/tasks', 405],
      ['GET', '/tasks?limit=0', 400],
      ['DELETE', `/tasks/${id}`, 204],
      ['GET', '/readyz', 200],
    ]
    for (const [method, path, status, json] of requests) {
      const answer = await call(method, path, {
        headers: { Origin: listed },
        ...(json !== undefined && { json }),
      })
      assert.equal(answer.status, status)
      assert.equal(allowed(answer), listed, `${method} ${path} ${status}`)
      assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/)
      for (const name of ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id'])
        assert.ok(answer.headers.get('access-control-expose-headers')?.split(', ').includes(name), name)
    }
  })

  test('may read a 304 response', async () => {
    const etag = (await call('GET', '/tasks')).headers.get('etag')!
    const answer = await call('GET', '/tasks', { headers: { Origin: listed, 'If-None-Match': etag } })
    assert.equal(answer.status, 304)
    assert.equal(allowed(answer), listed)
  })

  test('learns from a preflight which methods and header fields it may send', async () => {
    // By hand: a browser's fetch, and so that of Node.js, does not let a program send these fields.
    const { status, headers } = await exchange(
      app.url,
      `OPTIONS /tasks/1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://b.example:8080\r\nAccess-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: content-type,if-match\r\n\r\n`,
    )
    assert.equal(status, 204)
    assert.equal(headers.get('access-control-allow-origin'), 'http://b.example:8080')
    const methods = headers.get('access-control-allow-methods')!.split(', ')
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) assert.ok(methods.includes(method), method)
    const fields = headers.get('access-control-allow-headers')!.split(', ')
    for (const field of ['Content-Type', 'If-Match', 'If-None-Match'])
      assert.ok(fields.includes(field), field)
    assert.ok(Number(headers.get('access-control-max-age')) > 0)
    assert.match(headers.get('vary') ?? '', /\bOrigin\b/)
  })
})

suite('A page of another origin', () => {
  for (const origin of [
    'https://c.example',
    'http://a.example',
    'https://a.example:444',
    'https://a.example.evil',
    'null',
    '*',
    '',
  ]) {
    test(`may not read: ${origin || 'an empty one'}`, async () => {
      for (const method of ['GET', 'OPTIONS', 'PUT']) {
        const answer = await call(method, '/tasks', { headers: { Origin: origin } })
        assert.equal(allowed(answer), null)
        assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/)
      }
    })
  }
})

test('A request without an Origin gets a response that caches store separately', async () => {
  const answer = await call('GET', '/tasks')
  assert.equal(allowed(answer), null)
  assert.match(answer.headers.get('vary') ?? '', /\bOrigin\b/)
})

test('Without CORS_ORIGINS no page of another origin may read', async () => {
  for (const method of ['GET', 'OPTIONS']) {
    const answer = await client(closed.url)(method, '/tasks', { headers: { Origin: listed } })
    for (const name of answer.headers.keys()) assert.doesNotMatch(name, /^access-control/)
    assert.equal(answer.headers.get('vary'), null)
  }
})

function allowed({ headers }: Answer): string | null {
  return headers.get('access-control-allow-origin')
}
