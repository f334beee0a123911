import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { startApp } from '../helpers/app.ts'
import { client } from '../helpers/client.ts'

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const [mine, yours, wrong] = ['mine-'.repeat(8), 'yours-'.repeat(7), 'wrong-'.repeat(7)]
const key = 'k'.repeat(40)
const env = { AUTH_TOKEN_SHA256: `phone:${hashOf(mine)}, laptop:${hashOf(yours)}`, SESSION_KEY: key }
const app = await startApp({ env: { ...env, LOG_LEVEL: 'debug', CORS_ORIGINS: 'https://a.example' } })
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
const bearing = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })
const withCookie = (cookie: string) => ({ headers: { Cookie: cookie } })

async function signedIn(token = mine): Promise<string> {
  const { status, headers } = await call('POST', '/session', { json: { token } })
  assert.equal(status, 204)
  return headers.get('set-cookie')!.split(';')[0]!
}

suite('A service with tokens', () => {
  test('answers only requests with one of them', async () => {
    for (const token of [mine, yours]) assert.equal((await call('GET', '/tasks', bearing(token))).status, 200)
    const answer = await call('GET', '/tasks')
    assert.equal(answer.status, 401)
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    for (const authorization of ['Basic bWU6bWU=', 'Bearer', 'Bearer a b', mine])
      assert.equal((await call('GET', '/tasks', { headers: { Authorization: authorization } })).status, 401)
  })

  test('answers health checks and GET /session without a token', async () => {
    for (const path of ['/healthz', '/readyz', '/session'])
      assert.equal((await call('GET', path)).status, 200, path)
    assert.deepEqual(JSON.parse((await call('GET', '/session')).text), { access: 'signed out' })
  })

  test('gives people a session that scripts cannot read and other sites cannot use', async () => {
    const { status, headers } = await call('POST', '/session', { json: { token: mine } })
    assert.equal(status, 204)
    const [cookie, ...attributes] = headers.get('set-cookie')!.split('; ')
    assert.deepEqual(attributes.sort(), [
      'HttpOnly',
      'Max-Age=2592000',
      'Path=/',
      'SameSite=Strict',
      'Secure',
    ])
    assert.match(cookie!, /^__Host-session=/)
    assert.equal((await call('GET', '/tasks', withCookie(`other=1; ${cookie}; more=2`))).status, 200)
    const session = await call('GET', '/session', withCookie(cookie!))
    const { until, ...who } = JSON.parse(session.text)
    assert.deepEqual(who, { access: 'signed in', name: 'phone', holder: 'phone' })
    assert.ok(until > Date.now())
    const out = await call('DELETE', '/session', withCookie(cookie!))
    assert.match(out.headers.get('set-cookie')!, /^__Host-session=; Max-Age=0; /)
  })

  test('accepts no session that was forged, extended or has expired', async () => {
    const cookie = await signedIn()
    const [, until, id, signature] = /=(\d+)\.([^.]*)\.(.*)$/.exec(cookie)!
    const sign = (until: string, session = id!, by = key) =>
      createHmac('sha256', by)
        .update(`${until} ${session} ${hashOf(mine)}`)
        .digest('base64url')
    const later = String(Number(until) + 1)
    const past = '1000000000000'
    const other = 'A'.repeat(22)
    assert.equal(sign(until!), signature, 'the test knows how')
    for (const value of [
      `${later}.${id}.${signature}`,
      `${until}.${other}.${signature}`,
      `${past}.${id}.${sign(past)}`,
      `${until}.${id}.${sign(until!, id, 'x'.repeat(40))}`,
      `${until}.${id}.${'A'.repeat(43)}`,
      `${until}.${id}.`,
      `${until}.${signature}`,
      '',
    ])
      assert.equal((await call('GET', '/tasks', withCookie(`__Host-session=${value}`))).status, 401, value)
    assert.equal(
      (await call('GET', '/tasks', withCookie(`__Host-session=${until}.${other}.${sign(until!, other)}`)))
        .status,
      200,
    )
  })

  test('ends a session for good when its holder signs out, also for copies of the cookie', async () => {
    const [cookie, second] = [await signedIn(), await signedIn()]
    const out = await call('DELETE', '/session', withCookie(cookie))
    assert.equal(out.status, 204)
    assert.equal(out.headers.get('clear-site-data'), '"cache", "storage"')
    for (const [method, path] of [
      ['GET', '/tasks'],
      ['GET', '/export'],
      ['POST', '/tasks'],
      ['DELETE', '/tasks?done=true'],
      ['GET', '/events'],
    ] as const)
      assert.equal((await call(method, path, withCookie(cookie))).status, 401, `${method} ${path}`)
    assert.deepEqual(JSON.parse((await call('GET', '/session', withCookie(cookie))).text), {
      access: 'signed out',
    })
    assert.equal((await call('DELETE', '/session', withCookie(cookie))).status, 204, 'again')
    assert.equal((await call('GET', '/tasks', withCookie(second))).status, 200, 'another browser')
  })

  test('ends all sessions of one holder at once, and no others', async () => {
    const [first, second, other] = [await signedIn(), await signedIn(), await signedIn(yours)]
    const out = await call('DELETE', '/session?everywhere=true&keep=storage', withCookie(first))
    assert.equal(out.headers.get('clear-site-data'), '"cache"')
    for (const cookie of [first, second])
      assert.equal((await call('GET', '/tasks', withCookie(cookie))).status, 401)
    assert.equal((await call('GET', '/tasks', withCookie(other))).status, 200)
    assert.equal((await call('GET', '/tasks', withCookie(await signedIn()))).status, 200)
    for (const query of ['everywhere=false', 'everywhere', 'keep=cache', 'all=true'])
      assert.equal((await call('DELETE', `/session?${query}`, withCookie(other))).status, 400, query)
  })

  test('rejects a session whose holder is not the one that the request names', async () => {
    const cookie = await signedIn(yours)
    const by = (holder: string, method: string) =>
      call(method, '/tasks', { headers: { Cookie: cookie, Holder: holder }, json: { title: 'Mine' } })
    assert.equal((await by('laptop', 'POST')).status, 201)
    for (const holder of ['phone', 'Laptop', '']) assert.equal((await by(holder, 'POST')).status, 401, holder)
    const read = await call('GET', '/tasks', { headers: { Cookie: cookie, Holder: 'phone' } })
    assert.equal(read.status, 401)
  })

  test('starts a new session at each sign-in, and ends the previous one', async () => {
    const before = await signedIn()
    const { headers } = await call('POST', '/session', { json: { token: mine }, headers: { Cookie: before } })
    const now = headers.get('set-cookie')!.split(';')[0]!
    assert.equal((await call('GET', '/tasks', withCookie(before))).status, 401)
    assert.equal((await call('GET', '/tasks', withCookie(now))).status, 200)
  })

  test('tells the page the holder of its session, so that nobody else sends the unsent changes', async () => {
    const [hash, another] = [hashOf(mine), hashOf(yours)]
    const holdersOf = async (tokens: string) => {
      await using own = await startApp({ env: { ...env, AUTH_TOKEN_SHA256: tokens } })
      const at = client(own.url)
      const holders: unknown[] = []
      for (const token of [mine, yours]) {
        const { headers } = await at('POST', '/session', { json: { token } })
        const cookie = headers.get('set-cookie')!.split(';')[0]!
        const { holder, until } = JSON.parse((await at('GET', '/session', withCookie(cookie))).text)
        assert.ok(until > Date.now())
        holders.push(holder)
      }
      return holders
    }
    assert.deepEqual(await holdersOf(`a:${hash} b:${another}`), ['a', 'b'])
    assert.deepEqual(
      await holdersOf(`a:${hash} a:${another}`),
      ['a', 'a'],
      'a token and the one that replaces it',
    )
    const [one, two] = await holdersOf(`${hash} ${another}`)
    assert.notEqual(one, two)
    assert.deepEqual(await holdersOf(`${another} ${hash}`), [one, two], 'in whatever order')
  })

  test('ends event streams of a session that has ended', async () => {
    const cookie = await signedIn()
    const { body } = await fetch(`${app.url}/events`, withCookie(cookie))
    const stream = body!.getReader()
    await stream.read()
    await call('DELETE', '/session', withCookie(cookie))
    while (!(await stream.read()).done);
  })

  test('remembers which sessions have ended, across restarts and with a journal as well', async () => {
    for (const durable of [false, true]) {
      const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
      after(() => rmSync(folder, { recursive: true, force: true }))
      mkdirSync(join(folder, 'share'))
      const settings = { ...env, ...(durable && { DURABLE_DIR: join(folder, 'share') }) }
      let cookie = ''
      {
        await using own = await startApp({ env: settings, folder })
        const at = client(own.url)
        const { headers } = await at('POST', '/session', { json: { token: mine } })
        cookie = headers.get('set-cookie')!.split(';')[0]!
        assert.equal((await at('GET', '/tasks', withCookie(cookie))).status, 200)
        assert.equal((await at('DELETE', '/session', withCookie(cookie))).status, 204)
        await own.stop('SIGKILL')
      }
      await using again = await startApp({ env: settings, folder })
      assert.equal(
        (await client(again.url)('GET', '/tasks', withCookie(cookie))).status,
        401,
        String(durable),
      )
    }
  })

  test('ends the sessions of a removed token, and all sessions when the key changes', async () => {
    const cookie = await signedIn()
    await using less = await startApp({ env: { ...env, AUTH_TOKEN_SHA256: hashOf(yours) } })
    await using rekeyed = await startApp({ env: { ...env, SESSION_KEY: 'n'.repeat(40) } })
    await using same = await startApp({ env })
    assert.equal((await client(less.url)('GET', '/tasks', withCookie(cookie))).status, 401)
    assert.equal((await client(rekeyed.url)('GET', '/tasks', withCookie(cookie))).status, 401)
    assert.equal(
      (await client(same.url)('GET', '/tasks', withCookie(cookie))).status,
      200,
      'across a restart',
    )
  })

  test('throttles a client that sends wrong tokens, but accepts the right one from the same address', async () => {
    await using fresh = await startApp({ env: { ...env, TRUSTED_PROXIES: '127.0.0.1' } })
    const from = (address: string, token: string) =>
      client(fresh.url)('POST', '/session', { json: { token }, headers: { 'X-Forwarded-For': address } })
    const bearer = (address: string, token: string) =>
      client(fresh.url)('GET', '/tasks', {
        headers: { ...bearing(token).headers, 'X-Forwarded-For': address },
      })
    for (let attempt = 0; attempt <= limits.freeAttempts; attempt++)
      assert.equal((await from('192.0.2.1', wrong)).status, 401)
    for (const answer of [await from('192.0.2.1', wrong), await bearer('192.0.2.1', wrong)]) {
      assert.equal(answer.status, 429)
      assert.equal(answer.headers.get('retry-after'), '1')
    }
    assert.equal((await from('192.0.2.2', wrong)).status, 401, 'another client')
    const { client: told } = await fresh.logged(({ msg }) => msg === 'wrong tokens')
    assert.equal(told, '192.0.2.1')
    assert.equal((await bearer('192.0.2.1', mine)).status, 200)
    assert.equal((await from('192.0.2.1', mine)).status, 204)
  })

  test('allows a listed origin a preflight, and a token', async () => {
    const options = await fetch(`${app.url}/tasks`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://a.example' },
    })
    assert.equal(options.status, 204)
    assert.match(options.headers.get('access-control-allow-headers')!, /\bAuthorization\b/)
    const answer = await call('GET', '/tasks', {
      headers: { Origin: 'https://a.example', ...bearing(mine).headers },
    })
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://a.example')
  })

  test('forbids browsers and proxies to cache its responses', async () => {
    const cookie = await signedIn()
    const by = (path: string, headers = {}) => call('GET', path, { headers: { Cookie: cookie, ...headers } })
    const listed = await by('/tasks')
    const unchanged = await by('/tasks', { 'If-None-Match': listed.headers.get('etag')! })
    assert.equal(unchanged.status, 304)
    for (const answer of [
      listed,
      await by('/tasks'),
      unchanged,
      await by('/export'),
      await by('/nowhere'),
      await by('/tasks?limit=x'),
      await call('GET', '/tasks'),
      await call('GET', '/session', withCookie(cookie)),
      await call('DELETE', '/session'),
      await call('POST', '/tasks', { json: { title: 'Tea' }, ...bearing(mine) }),
    ]) {
      assert.equal(answer.headers.get('cache-control'), 'private, no-store')
      assert.match(answer.headers.get('vary')!, /Authorization, Cookie/)
    }
  })

  test('sends HSTS to browsers that use https', async () => {
    await using full = await startApp({ env: { ...env, WEB_ROOT: 'web/public' } })
    for (const path of ['/', '/api/session', '/api/tasks', '/healthz'])
      for (const [scheme, expected] of [
        ['https', 'max-age=31536000'],
        ['http', null],
      ] as const) {
        const { headers } = await fetch(full.url + path, { headers: { 'X-Forwarded-Proto': scheme } })
        assert.equal(headers.get('strict-transport-security'), expected, `${path} ${scheme}`)
      }
  })

  test('writes neither tokens nor sessions to its log', async () => {
    const cookie = await signedIn()
    await call('GET', `/tasks?token=${mine}`, bearing(wrong))
    await call('GET', '/tasks', withCookie(cookie))
    await app.logged((line) => line.msg === 'request' && line['status'] === 401)
    const text = JSON.stringify(app.log) + app.errors()
    for (const secret of [mine, yours, wrong, cookie.split('=')[1]!, key, hashOf(mine)])
      assert.ok(!text.includes(secret))
  })

  test('serves its page to everybody, but no data', async () => {
    await using full = await startApp({ env: { ...env, WEB_ROOT: 'web/public' } })
    assert.equal((await fetch(full.url)).status, 200)
    assert.equal((await fetch(`${full.url}/sign-in.html`)).status, 200)
    for (const path of ['/api/tasks', '/api/export', '/api/events', '/api/openapi.json', '/api/metrics'])
      assert.equal((await fetch(full.url + path)).status, 401, path)
    assert.equal((await fetch(`${full.url}/api/session`)).status, 200)
  })
})

suite('GET /readyz', () => {
  const warned = { DATABASE_URL: 'sqlite:///:memory:', CONTAINER_APP_NAME: 'taskapp' }

  test('tells everybody that something is wrong, but the details only to token holders', async () => {
    await using closed = await startApp({ env: { ...env, ...warned } })
    const asked = async (headers = {}) =>
      JSON.parse((await client(closed.url)('GET', '/readyz', { headers })).text).warnings.join()
    for (const headers of [{}, bearing(wrong).headers, { Cookie: '__Host-session=x' }])
      assert.match(await asked(headers), /the log says what/)
    assert.match(await asked(bearing(mine).headers), /in memory/)
  })

  test('never discloses a path of the server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    const DATABASE_URL = `sqlite:///${folder}/tasks.db`
    await using open = await startApp({ env: { CONTAINER_APP_NAME: 'taskapp', DATABASE_URL } })
    const { text } = await client(open.url)('GET', '/readyz')
    const { msg } = await open.logged(({ msg }) => /not a mounted volume|in memory/.test(msg))
    assert.ok(msg.includes(folder))
    assert.match(text, /not a mounted volume|in memory/)
    assert.doesNotMatch(text, /\/[a-z]/)
  })
})

suite('A service without tokens', () => {
  test('warns at startup, and on the page, that anybody can write', async () => {
    await using open = await startApp()
    await open.logged((line) => line.level === 'warn' && /anybody/.test(String(line.msg)))
    assert.deepEqual(JSON.parse((await client(open.url)('GET', '/session')).text), { access: 'open' })
  })
})

suite('A write from another site’s page', () => {
  const fields = (given: Record<string, string>) =>
    call('POST', '/tasks', { json: { title: 'Tea' }, headers: { ...bearing(mine).headers, ...given } })

  test('is refused', async () => {
    for (const given of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://b.example' },
      { Origin: 'https://b.example' },
      { Origin: 'https://b.example', 'X-Forwarded-Host': 'b.example' },
      { Origin: 'null' },
    ])
      assert.equal((await fields(given)).status, 403, JSON.stringify(given))
  })

  test('is distinguished from those of programs, the page itself and listed origins', async () => {
    const { host } = new URL(app.url)
    for (const given of [
      {},
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://anything.example' },
      { 'Sec-Fetch-Site': 'none' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://a.example' },
      { Origin: `http://${host}` },
    ])
      assert.equal((await fields(given)).status, 201, JSON.stringify(given))
  })

  test('is recognized by the host that the client requested, not by the one that the proxy requests', async () => {
    await using behind = await startApp({ env: { ...env, TRUSTED_PROXIES: '1' } })
    const { host } = new URL(behind.url)
    const statusOf = async (given: Record<string, string>) => {
      const headers = { ...bearing(mine).headers, ...given }
      return (await client(behind.url)('POST', '/tasks', { json: { title: 'Tea' }, headers })).status
    }
    for (const origin of ['https://tasks.example', 'http://tasks.example:80'])
      assert.equal(await statusOf({ Origin: origin, 'X-Forwarded-Host': 'made.up, tasks.example' }), 201)
    assert.equal(
      await statusOf({ Origin: 'https://made.up', 'X-Forwarded-Host': 'made.up, tasks.example' }),
      403,
    )
    assert.equal(await statusOf({ Origin: `http://${host}`, 'X-Forwarded-Host': 'tasks.example' }), 403)
    assert.equal(await statusOf({ Origin: `http://${host}` }), 201, 'a proxy that says nothing')
  })

  test('is recognized likewise through the nginx of the frontend image, whose Via no page can send', async () => {
    const relayed = { Via: '1.1 taskapp-frontend', 'X-Forwarded-Host': 'tasks.example:8080' }
    assert.equal((await fields({ ...relayed, Origin: 'http://tasks.example:8080' })).status, 201)
    for (const origin of [`http://${new URL(app.url).host}`, 'http://tasks.example'])
      assert.equal((await fields({ ...relayed, Origin: origin })).status, 403, origin)
  })
})

suite('A limited rate', () => {
  test('is reported in each response, and applies to each client', async () => {
    await using limited = await startApp({ env: { RATE_LIMIT: '3', TRUSTED_PROXIES: '127.0.0.0/8' } })
    const from = (address: string, path = '/tasks') =>
      client(limited.url)('GET', path, { headers: { 'X-Forwarded-For': address } })
    const first = await from('2001:db8::1')
    assert.equal(first.headers.get('ratelimit-policy'), '"client";q=3;w=60')
    assert.match(first.headers.get('ratelimit')!, /^"client";r=2;t=\d+$/)
    for (const host of ['2', '3']) assert.equal((await from(`2001:db8::${host}`)).status, 200)
    const refused = await from('2001:db8::4')
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after')!, /^(19|20)$/)
    assert.equal((await from('2001:db8:0:1::1')).status, 200)
    assert.equal((await from('192.0.2.7')).status, 200)
    assert.equal((await from('2001:db8::1', '/healthz')).status, 200)
  })

  test('is not evaded by a forged address', async () => {
    await using limited = await startApp({ env: { RATE_LIMIT: '2' } })
    const statuses: number[] = []
    for (let host = 1; host <= 3; host++) {
      const headers = { 'X-Forwarded-For': `192.0.2.${host}` }
      statuses.push((await client(limited.url)('GET', '/tasks', { headers })).status)
    }
    assert.deepEqual(statuses, [200, 200, 429])
  })
})
