import assert from 'node:assert/strict'
import { chmodSync, rmSync } from 'node:fs'
import { Agent, get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import { makeCertificates } from './certificates.ts'
import { answers, startedAt } from './compose.ts'
import {
  ask,
  baseImage,
  buildImages,
  docker,
  freePort,
  healthy,
  inspect,
  postTask,
  remove,
  root,
  skip,
  tryDocker,
  uniqueName,
  until,
} from './engine.ts'

const name = uniqueName()
const domain = 'internal.env.example'
const host = `taskapp-backend.${domain}`
const [backend, frontend, ingress, other] = ['backend', 'frontend', 'ingress', 'other'].map(
  (part) => `${name}-${part}`,
) as [string, string, string, string]

describe('nginx behind an ingress like that of Azure Container Apps', { skip }, () => {
  let certificates = ''
  let port = 0
  let origin = ''

  const startIngress = async (holdSeconds: number) =>
    docker([
      ...[
        'run',
        '--detach',
        '--name',
        ingress,
        '--network',
        name,
        '--network-alias',
        host,
        '--publish',
        '127.0.0.1::443',
      ],
      ...['--volume', `${certificates}:/certificates:ro`],
      ...['--volume', `${join(root, 'test/containers/ingress.ts')}:/ingress.ts:ro`],
      ...['--env', `DOMAIN=${domain}`, '--env', `APP=${host}`, '--env', `UPSTREAM=http://${backend}:8000`],
      ...['--env', `HOLD_SECONDS=${holdSeconds}`, await baseImage('node:'), 'node', '/ingress.ts'],
    ])
  const startFrontend = (container: string, publish: number, caFile: string) =>
    docker([
      ...[
        'run',
        '--detach',
        '--name',
        container,
        '--network',
        name,
        '--publish',
        `127.0.0.1:${publish}:8080`,
      ],
      ...['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
      ...['--volume', `${certificates}/root.pem:/root.pem:ro`, '--env', `BACKEND_CA_FILE=${caFile}`],
      ...['--env', `BACKEND_URL=https://${host}`, `${frontend}-image`],
    ])
  const address = async (container: string) =>
    (await inspect(container)).NetworkSettings.Networks[name].IPAddress

  before(async () => {
    certificates = makeCertificates(domain)
    chmodSync(join(certificates, 'server.key'), 0o644)
    await buildImages({ backend: `${backend}-image`, frontend: `${frontend}-image` })
    await docker(['network', 'create', name])
    await docker([
      'run',
      '--detach',
      '--name',
      backend,
      '--network',
      name,
      '--volume',
      '/data',
      `${backend}-image`,
    ])
    port = await freePort()
    origin = `http://127.0.0.1:${port}`
    await startFrontend(frontend, port, '/root.pem')
    await healthy(frontend)
  })
  after(async () => {
    await remove({
      containers: [frontend, ingress, backend, other],
      networks: [name],
      images: [`${backend}-image`, `${frontend}-image`],
    })
    if (certificates) rmSync(certificates, { recursive: true })
  })

  test("the page is served while the backend's name does not resolve, and the API returns Retry-After", async () => {
    assert.equal((await ask(origin, '/')).status, 200)
    const { status, headers } = await ask(origin, '/api/tasks')
    assert.deepEqual([status, headers['content-type']], [503, 'application/problem+json'])
  })

  test('the first request is answered although the ingress holds it for 25 seconds, and the page is served meanwhile', async () => {
    await startIngress(25)
    const first = await until('the ingress takes a request', async () => {
      const waiting = ask(origin, '/api/tasks')
      const page = await ask(origin, '/')
      assert.equal(page.status, 200)
      const answer = await waiting
      return answer.status === 200 && answer
    })
    assert.equal(first.headers['x-held-seconds'], '25')
    assert.equal(first.text, '[]')
  })

  test('the test server is as strict as the real ingress', async () => {
    const published = (await inspect(ingress)).NetworkSettings.Ports['443/tcp'][0].HostPort
    const say = (text: string, options: ConnectionOptions) =>
      new Promise<string>((resolve) => {
        let heard = ''
        const socket = connect({
          host: '127.0.0.1',
          port: Number(published),
          rejectUnauthorized: false,
          ...options,
        })
        socket.on('data', (chunk) => {
          heard += chunk
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(heard))
        socket.write(text)
      })
    const hello = `Host: ${host}\r\nConnection: close\r\n\r\n`
    assert.match(await say(`GET /healthz HTTP/1.1\r\n${hello}`, { servername: host }), /^HTTP\/1\.1 200 /)
    assert.match(await say(`GET /healthz HTTP/1.0\r\n${hello}`, { servername: host }), /^HTTP\/1\.1 426 /)
    assert.match(
      await say(`GET /healthz HTTP/1.1\r\n${hello.replace(host, 'backend')}`, { servername: host }),
      /^HTTP\/1\.1 404 /,
    )
    assert.equal(await say(`GET /healthz HTTP/1.1\r\n${hello}`, { servername: 'elsewhere.example' }), '')
    assert.equal(await say(`GET /healthz HTTP/1.1\r\n${hello}`, {}), '')
  })

  test('tasks are created and read through nginx and the ingress', async () => {
    const created = await postTask(origin, 'Through two proxies')
    assert.equal(created.status, 201)
    assert.equal((await ask(origin, created.headers.location!)).text, created.text)
  })

  test("the ingress gets its own name, https with SNI, the client's address and the request id", async () => {
    const headers = {
      'x-echo': '1',
      host: 'tasks.example',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
      'x-request-id': 'abc-1',
    }
    const answer = await ask(origin, '/api/tasks', { headers })
    const seen = JSON.parse(answer.text)
    assert.equal(seen.servername, host)
    assert.equal(seen.headers.host, host)
    assert.equal(seen.headers['x-forwarded-host'], 'tasks.example')
    assert.equal(seen.headers['x-forwarded-proto'], 'https')
    assert.match(seen.headers['x-forwarded-for'], /^203\.0\.113\.7, \d/)
    assert.equal(seen.headers['x-request-id'], 'abc-1')
    assert.equal(answer.headers['x-request-id'], 'abc-1')
    assert.equal(seen.headers.connection, undefined)
  })

  for (const [path, expected] of [
    ['/api/tasks?q=a%20b%26c', '/tasks?q=a%20b%26c'],
    ['/api//tasks', '//tasks'],
    ['/api/tasks/%2e%2e/', '/tasks/%2e%2e/'],
    ['/api/tasks/a%2Fb', '/tasks/a%2Fb'],
    ['/api/tasks/%C3%A9?', '/tasks/%C3%A9?'],
    ['/api/', '/'],
    ['/elsewhere/../api/tasks', '/'],
    ['/%61pi/tasks', '/'],
  ] as const) {
    test(`${path} reaches the backend as ${expected}`, async () => {
      const { text } = await ask(origin, path, { headers: { 'x-echo': '1' } })
      assert.equal(JSON.parse(text).url, expected)
    })
  }

  test('connections to the ingress are reused', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number>()
    for (let count = 0; count < 5; count++)
      ports.add(JSON.parse((await ask(origin, '/api/echo', { agent })).text).port)
    agent.destroy()
    assert.equal(ports.size, 1)
  })

  test('502 and 504 of the ingress become 503 with Retry-After; everything else passes unchanged', async () => {
    for (const status of [502, 504]) {
      const answer = await ask(origin, '/api/tasks', { headers: { 'x-status': status } })
      assert.equal(answer.status, 503)
      assert.equal(answer.headers['content-type'], 'application/problem+json')
      assert.ok(answer.headers['retry-after'])
      assert.ok(answer.headers['x-request-id'])
    }
    for (const [path, status] of [
      ['/api/tasks', 400],
      ['/api/tasks', 404],
      ['/api/tasks', 500],
      ['/api/tasks', 503],
      ['/api/import', 413],
    ] as const) {
      const answer = await ask(origin, path, { headers: { 'x-status': status } })
      assert.deepEqual([answer.status, answer.text], [status, `the ingress says ${status}`])
    }
  })

  test('events arrive while their stream is open', async () => {
    const res = await new Promise<IncomingMessage>((resolve) =>
      get(`${origin}/api/stream`, { agent: false }, resolve),
    )
    const [chunk] = await new Promise<[Buffer]>((resolve) =>
      res.once('data', (data: Buffer) => resolve([data])),
    )
    assert.equal(chunk.toString(), 'data: first\n\n')
    res.destroy()
  })

  test('an ingress whose address changes is found without restarting nginx', async () => {
    const [nginx, before] = [await startedAt(frontend), await address(ingress)]
    await docker(['rm', '--force', ingress])
    assert.equal((await ask(origin, '/')).status, 200)
    const { status, headers } = await ask(origin, '/api/tasks')
    assert.deepEqual([status, headers['content-type']], [503, 'application/problem+json'])
    // Another container takes the address before the ingress is back.
    await docker([
      'run',
      '--detach',
      '--name',
      other,
      '--network',
      name,
      '--volume',
      '/data',
      `${backend}-image`,
    ])
    assert.equal(await address(other), before)
    await startIngress(0)
    await answers({ origin })
    assert.notEqual(await address(ingress), before)
    assert.equal((await postTask(origin, 'After the move')).status, 201)
    assert.equal(await startedAt(frontend), nginx)
    await tryDocker(['rm', '--force', '--volumes', other])
  })

  test('an ingress with an untrusted certificate gets no request', async () => {
    const elsewhere = await freePort()
    await startFrontend(other, elsewhere, '/etc/ssl/certs/ca-certificates.crt')
    await healthy(other)
    assert.equal((await ask(`http://127.0.0.1:${elsewhere}`, '/api/tasks')).status, 503)
    await until('nginx logs why', async () => {
      const { stderr } = await logs(other)
      return /certificate verify/.test(stderr)
    })
  })

  test('nginx exits with 0 while a stream is open', async () => {
    const stream = await new Promise<IncomingMessage>((resolve) =>
      get(`${origin}/api/stream`, { agent: false }, resolve),
    )
    stream.on('error', () => {})
    stream.resume()
    await docker(['stop', frontend])
    assert.equal((await inspect(frontend)).State.ExitCode, 0)
  })
})

async function logs(container: string): Promise<{ stderr: string }> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve) =>
    execFile('docker', ['logs', container], (_error, _stdout, stderr) => resolve({ stderr })),
  )
}
