import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { exchange } from '../helpers/wire.ts'

const apps = {
  open: await startApp(),
  named: await startApp({ env: { ALLOWED_HOSTS: 'tasks.example, .home.example bücher.example' } }),
  anything: await startApp({ env: { ALLOWED_HOSTS: '*' } }),
  closed: await startApp({ env: { AUTH_TOKEN_SHA256: createHash('sha256').update('x').digest('hex') } }),
}
after(() => Promise.all(Object.values(apps).map((app) => app[Symbol.asyncDispose]())))

async function statusOf(
  app: keyof typeof apps,
  host: string,
  more: readonly string[] = [],
  target = '/tasks',
) {
  const lines = [`GET ${target} HTTP/1.1`, `Host: ${host}`, ...more, 'Connection: close', '', '']
  return (await exchange(apps[app].url, lines.join('\r\n'))).status
}

suite('A service without tokens', () => {
  test('accepts localhost, IP addresses and the domains of platforms', async () => {
    for (const host of [
      'localhost',
      'LocalHost:8000',
      'localhost.',
      'tasks.localhost:8000',
      '127.0.0.1:8000',
      '127.0.0.2',
      '192.168.1.20:8000',
      '203.0.113.9',
      '[::1]:8000',
      '[fe80::1]',
      '',
      'fluffy-train-8080.app.github.dev',
      'taskapp-frontend.happyhill-1a2b3c4d.westeurope.azurecontainerapps.io',
      'taskapp-backend.internal.happyhill-1a2b3c4d.westeurope.azurecontainerapps.io:443',
    ])
      assert.equal(await statusOf('open', host), 200, host)
  })

  test('refuses a DNS rebinding page', async () => {
    for (const host of [
      'evil.example',
      'evil.example:8000',
      'EVIL.EXAMPLE.',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '127.0.0.1.nip.io:8000',
      'evillocalhost',
      'evilapp.github.dev',
      'app.github.dev.evil.example',
      'backend:8000',
      '2130706433',
      '0x7f.1',
    ])
      assert.equal(await statusOf('open', host), 421, host)
    for (const host of [
      'evil.example:localhost',
      'localhost, evil.example',
      'localhost/evil',
      '[::1].evil.example',
    ])
      assert.equal(await statusOf('open', host), 400, host)
  })

  test('names the setting that allows the host, whatever the request', async () => {
    for (const [method, target] of [
      ['GET', '/tasks'],
      ['POST', '/tasks'],
      ['GET', '/export'],
      ['GET', '/events'],
      ['OPTIONS', '/tasks'],
      ['GET', '/nowhere'],
    ]) {
      const { status, headers, body } = await exchange(
        apps.open.url,
        `${method} ${target} HTTP/1.1\r\nHost: evil.example:8000\r\nOrigin: http://evil.example:8000\r\nConnection: close\r\n\r\n`,
      )
      assert.equal(status, 421, `${method} ${target}`)
      assert.equal(headers.get('content-type'), 'application/problem+json')
      const { detail } = JSON.parse(body)
      assert.match(detail, /"evil\.example".*ALLOWED_HOSTS/)
    }
  })

  test('prefers the request target to the Host field, as HTTP requires', async () => {
    assert.equal(await statusOf('open', 'localhost', [], 'http://evil.example/tasks'), 421)
    assert.equal(await statusOf('open', 'evil.example', [], 'http://localhost/tasks'), 200)
  })

  test('refuses a name anywhere in the list that proxies forward', async () => {
    const forwarded = (hosts: string, ...more: string[]) =>
      statusOf('open', 'localhost', [`X-Forwarded-Host: ${hosts}`, ...more])
    assert.equal(await forwarded('fluffy-train-8080.app.github.dev'), 200)
    assert.equal(await forwarded('evil.example'), 421)
    assert.equal(await forwarded('evil.example, localhost:8080'), 421)
    assert.equal(await forwarded('localhost, evil.example'), 421)
  })

  test('accepts any name from the nginx of the frontend image, which forwards the requested one', async () => {
    const relayed = (hosts: string, via = '1.1 taskapp-frontend') =>
      statusOf('open', 'backend:8000', [`Via: ${via}`, `X-Forwarded-Host: ${hosts}`])
    assert.equal(await relayed('localhost:8080'), 200)
    assert.equal(await relayed('localhost:8080', '1.1 outer, 1.1 taskapp-frontend'), 200)
    assert.equal(await relayed('evil.example'), 421)
    assert.equal(await relayed('localhost:8080', '1.1 taskapp-frontend, 1.1 other'), 421)
    assert.equal(await statusOf('open', 'backend:8000', ['X-Forwarded-Host: localhost:8080']), 421)
    assert.equal(await statusOf('open', 'backend:8000', ['Via: 1.1 taskapp-frontend']), 200, 'no browser')
    assert.equal(await statusOf('open', 'backend:8000'), 421, 'and later without')
  })

  test('answers probes and scrapes under any name, and serves its page only under its own', async () => {
    await using full = await startApp({ env: { WEB_ROOT: 'web/public' } })
    for (const [path, status] of [
      ['/healthz', 200],
      ['/readyz', 200],
      ['/api/healthz', 200],
      ['/api/readyz', 200],
      ['/api/metrics', 200],
      ['/up', 200],
      ['/', 421],
      ['/api/tasks', 421],
    ] as const) {
      const request = `GET ${path} HTTP/1.1\r\nHost: probe.example\r\nConnection: close\r\n\r\n`
      assert.equal((await exchange(full.url, request)).status, status, path)
    }
    const old = await exchange(full.url, 'GET /api/tasks HTTP/1.0\r\n\r\n')
    assert.equal(old.status, 200, 'no browser speaks HTTP/1.0')
  })
})

suite('ALLOWED_HOSTS', () => {
  test('lists the hosts allowed beside localhost', async () => {
    for (const host of [
      'tasks.example',
      'TASKS.example.:443',
      'home.example',
      'a.b.home.example',
      'xn--bcher-kva.example',
      'localhost',
    ])
      assert.equal(await statusOf('named', host), 200, host)
    for (const host of ['x.tasks.example', 'nothome.example', 'example', 'tasks.example.evil.example'])
      assert.equal(await statusOf('named', host), 421, host)
  })

  test('can be any host, which is the default with tokens', async () => {
    assert.equal(await statusOf('anything', 'evil.example'), 200)
    assert.equal(await statusOf('closed', 'evil.example'), 401)
  })
})
