import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, win32 } from 'node:path'
import { after, suite, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { urlPath } from '../../src/http/static.ts'
import { startApp } from '../helpers/app.ts'
import { client, type Problem, parse } from '../helpers/client.ts'
import { dial } from '../helpers/wire.ts'

const page = mkdtempSync(join(tmpdir(), 'taskapp-page-'))
const index = '<!doctype html><title>Tasks</title>'
const script = `${'// a script\n'.repeat(100)}`
mkdirSync(join(page, 'icons'))
writeFileSync(join(page, 'index.html'), index)
writeFileSync(join(page, 'main.js'), script)
writeFileSync(join(page, 'main.js.gz'), gzipSync(script))
writeFileSync(join(page, 'style.css'), 'body {}')
writeFileSync(join(page, 'manifest.webmanifest'), '{}')
writeFileSync(join(page, 'icons/icon.svg'), '<svg/>')
writeFileSync(join(page, 'data.bin'), Uint8Array.of(0, 255))

const app = await startApp({ env: { WEB_ROOT: page } })
after(async () => {
  await app[Symbol.asyncDispose]()
  rmSync(page, { recursive: true, force: true })
})
const call = client(app.url)

test('A file of the page has the same path on every platform', () => {
  assert.equal(urlPath('/srv/page', '/srv/page/icons/a b.svg', posix), '/icons/a b.svg')
  assert.equal(urlPath('C:\\page', 'C:\\page\\icons\\a b.svg', win32), '/icons/a b.svg')
})

suite('The single process', () => {
  for (const path of ['/', '/active', '/completed', '/index.html', '/?x=1']) {
    test(`serves the page at ${path}`, async () => {
      const answer = await call('GET', path)
      assert.equal(answer.status, 200)
      assert.equal(answer.text, index)
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    })
  }

  test('sends Strict-Transport-Security behind an https proxy, and only there', async () => {
    const behind = await call('GET', '/', { headers: { 'X-Forwarded-Proto': 'https' } })
    assert.equal(behind.headers.get('strict-transport-security'), 'max-age=31536000')
    assert.equal((await call('GET', '/')).headers.get('strict-transport-security'), null)
  })

  for (const [path, type] of [
    ['/main.js', 'text/javascript; charset=utf-8'],
    ['/style.css', 'text/css; charset=utf-8'],
    ['/manifest.webmanifest', 'application/manifest+json'],
    ['/icons/icon.svg', 'image/svg+xml'],
    ['/data.bin', 'application/octet-stream'],
  ] as const) {
    test(`serves ${path} as ${type}, guarded and to be asked for again`, async () => {
      const { status, headers } = await call('GET', path)
      assert.equal(status, 200)
      assert.equal(headers.get('content-type'), type)
      assert.equal(headers.get('cache-control'), 'no-cache')
      assert.match(headers.get('content-security-policy')!, /^default-src 'none'; script-src 'self';/)
      assert.match(headers.get('content-security-policy')!, /require-trusted-types-for 'script'/)
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin')
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('permissions-policy'), 'camera=(), geolocation=(), microphone=()')
    })
  }

  test('answers HEAD as GET, without the body', async () => {
    const [get, head] = [await call('GET', '/'), await call('HEAD', '/')]
    assert.equal(head.text, '')
    assert.equal(head.headers.get('etag'), get.headers.get('etag'))
    assert.equal(head.headers.get('content-type'), get.headers.get('content-type'))
  })

  test('answers 304 to a client that has the file', async () => {
    const etag = (await call('GET', '/style.css')).headers.get('etag')!
    const answer = await call('GET', '/style.css', { headers: { 'If-None-Match': etag } })
    assert.equal(answer.status, 304)
    assert.ok(answer.headers.has('content-security-policy'))
  })

  for (const path of [
    '/x',
    '/main.js.gz',
    '/icons',
    '/icons/',
    '/../package.json',
    '/%2e%2e/package.json',
    '//',
    '/apix',
    '/tasks',
    '/Active',
    '/active/',
  ]) {
    test(`knows no file ${path}`, async () => {
      using wire = await dial(app.url)
      wire.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      const reply = await wire.reply()
      assert.equal(reply.status, 404)
      assert.equal(reply.headers.get('content-type'), 'application/problem+json')
    })
  }

  test('refuses writes to the page', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const answer = await call(method, '/')
      assert.equal(answer.status, 405)
      assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
    }
    assert.equal((await call('OPTIONS', '/')).headers.get('allow'), 'GET, HEAD, OPTIONS')
  })

  test('has the API under /api, also in Location', async () => {
    const created = await call('POST', '/api/tasks', { json: { title: 'Tea' } })
    assert.equal(created.status, 201)
    assert.match(created.headers.get('location')!, /^\/api\/tasks\/\d+$/)
    assert.equal((await call('GET', created.headers.get('location')!)).text, created.text)
    assert.equal((await call('GET', '/api/tasks')).text, `[${created.text}]`)
    assert.equal((await call('DELETE', created.headers.get('location')!)).status, 204)
  })

  test('answers unknown paths of the API with a problem', async () => {
    for (const path of ['/api', '/api/', '/api/x', '/api/tasks/x', '/api/index.html']) {
      const answer = await call('GET', path)
      assert.equal(answer.status, 404, path)
      assert.equal(parse<Problem>(answer).status, 404)
    }
  })

  test('has the health routes at the root and under /api', async () => {
    for (const path of ['/healthz', '/readyz', '/api/healthz', '/api/readyz'])
      assert.equal((await call('GET', path)).status, 200, path)
  })
})

suite('A file with a precompressed variant', () => {
  async function get(acceptEncoding: string | undefined) {
    using wire = await dial(app.url)
    const field = acceptEncoding === undefined ? '' : `Accept-Encoding: ${acceptEncoding}\r\n`
    wire.send(`GET /main.js HTTP/1.1\r\nHost: localhost\r\n${field}Connection: close\r\n\r\n`)
    let bytes: Buffer = Buffer.alloc(0)
    wire.socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk])
    })
    await wire.closed()
    const end = bytes.indexOf('\r\n\r\n')
    return { head: bytes.subarray(0, end).toString(), body: bytes.subarray(end + 4) }
  }

  for (const accepted of ['gzip', 'br, gzip', 'deflate, GZIP;q=0.5', '*', 'gzip;q=1.0, identity; q=0.5']) {
    test(`goes compressed to who accepts ${accepted}`, async () => {
      const { head, body } = await get(accepted)
      assert.match(head, /\r\nContent-Encoding: gzip/)
      assert.match(head, /\r\nVary: Accept-Encoding/)
      assert.equal(gunzipSync(body).toString(), script)
    })
  }

  for (const accepted of [undefined, '', 'br', 'identity', 'gzip;q=0', 'gzip; q=0.000', 'xgzip', 'gzipped']) {
    test(`goes plain to who accepts ${accepted ?? 'anything that is not said'}`, async () => {
      const { head, body } = await get(accepted)
      assert.doesNotMatch(head, /Content-Encoding/)
      assert.match(head, /\r\nVary: Accept-Encoding/)
      assert.equal(body.toString(), script)
    })
  }

  test('has a tag for each encoding', async () => {
    const tags = await Promise.all(
      ['gzip', 'identity'].map(
        async (accepted) => /\r\nETag: (.*)\r\n/.exec((await get(accepted)).head)?.[1],
      ),
    )
    assert.ok(tags[0] && tags[1] && tags[0] !== tags[1])
  })
})
