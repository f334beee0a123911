/** The two images started by `docker run` with few settings or none: who may access them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dial, type Wire } from '../helpers/wire.ts'
import {
  ask,
  buildImages,
  docker,
  freePort,
  healthy,
  postTask,
  remove,
  skip,
  tryDocker,
  uniqueName,
} from './engine.ts'

const name = uniqueName()
const images = { backend: `${name}-backend-image`, frontend: `${name}-frontend-image` }
const [backend, frontend, named] = ['backend', 'frontend', 'named'].map((part) => `${name}-${part}`) as [
  string,
  string,
  string,
]

describe('The images without Compose', { skip }, () => {
  let origin = ''
  let namedOrigin = ''

  const run = (container: string, image: string, ...args: string[]) =>
    docker(['run', '--detach', '--name', container, '--network', name, ...args, image])
  const startFrontend = async (container: string, ...env: string[]) => {
    const port = await freePort()
    const settings = env.flatMap((each) => ['--env', each])
    await run(container, images.frontend, '--publish', `127.0.0.1:${port}:8080`, ...settings)
    await healthy(container)
    return `http://127.0.0.1:${port}`
  }
  const asked = async (at: string, path: string, host: string) => ask(at, path, { headers: { host } })

  before(async () => {
    await buildImages({ backend: images.backend, frontend: images.frontend })
    await docker(['network', 'create', name])
    // By the frontend's default name for the backend, and by another.
    await run(
      backend,
      images.backend,
      '--network-alias',
      'backend',
      '--network-alias',
      'other.internal',
      '--volume',
      '/data',
    )
    origin = await startFrontend(frontend)
    namedOrigin = await startFrontend(
      named,
      'BACKEND_URL=http://other.internal:8000',
      'ALLOWED_HOSTS=tasks.example, .home.example',
    )
  })
  after(() =>
    remove({ containers: [frontend, named, backend], networks: [name], images: Object.values(images) }),
  )

  test('answer requests for localhost, an IP address or a codespace', async () => {
    assert.equal((await postTask(origin, 'Tea')).status, 201)
    for (const host of [
      'localhost:8080',
      '127.0.0.1',
      '192.168.1.20:8080',
      '[::1]:8080',
      'a-8080.app.github.dev',
    ])
      for (const path of ['/', '/api/tasks'])
        assert.equal((await asked(origin, path, host)).status, 200, `${host} ${path}`)
  })

  test('refuse a DNS rebinding page, and name the setting that would allow its host', async () => {
    for (const path of ['/api/tasks', '/api/export', '/api/events']) {
      const { status, text } = await asked(origin, path, 'evil.example:8080')
      assert.equal(status, 421, path)
      assert.match(JSON.parse(text).detail, /evil\.example.*ALLOWED_HOSTS/)
    }
    const pretended = { host: 'evil.example', 'x-forwarded-host': 'localhost', via: '1.1 taskapp-frontend' }
    assert.equal((await ask(origin, '/api/tasks', { headers: pretended })).status, 421)
  })

  test('refuse every host not in ALLOWED_HOSTS, where that is set, but answer probes', async () => {
    for (const host of [
      'tasks.example',
      'TASKS.EXAMPLE.:443',
      'x.home.example',
      'x.app.github.dev',
      'localhost',
      '10.1.2.3:8080',
    ])
      assert.equal((await asked(namedOrigin, '/', host)).status, 200, host)
    for (const host of [
      'evil.example',
      'xtasks.example',
      'tasks.example.evil.example',
      '10.1.2.3.evil.example',
    ])
      for (const path of ['/', '/main.js', '/api/tasks', '/nothing']) {
        const { status, headers, text } = await asked(namedOrigin, path, host)
        assert.deepEqual(
          [status, headers['content-type']],
          [421, 'application/problem+json'],
          `${host} ${path}`,
        )
        assert.match(JSON.parse(text).detail, /ALLOWED_HOSTS/)
      }
    assert.equal((await asked(namedOrigin, '/healthz', 'evil.example')).status, 200)
  })

  test('exit with one sentence about an invalid host name', async () => {
    for (const value of ['tasks.example:8080', 'https://tasks.example', '*.example']) {
      const { failed, out } = await tryDocker([
        'run',
        '--rm',
        '--env',
        `ALLOWED_HOSTS=${value}`,
        images.frontend,
      ])
      assert.ok(failed)
      assert.match(out, /Cannot use ALLOWED_HOSTS .* expected names such as/)
    }
  })

  test("accept writes from their own page over plain http, and none from a page on the backend's name", async () => {
    const statusOf = async (headers: Record<string, string>) =>
      (
        await ask(origin, '/api/tasks', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{"title":"Tea"}',
        })
      ).status
    const host = '192.168.1.20:8080'
    assert.equal(await statusOf({ host, origin: `http://${host}` }), 201)
    for (const other of ['http://backend:8000', 'http://backend', 'http://192.168.1.20', 'null'])
      assert.equal(await statusOf({ host, origin: other }), 403, other)
  })

  test('limit the connections of one address without affecting others', async () => {
    const most = 1_024
    const wires: Wire[] = []
    try {
      const { host } = new URL(origin)
      const head = `POST /api/tasks HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{`
      // Plus a few more.
      while (wires.length < most + 64)
        wires.push(...(await Promise.all(Array.from({ length: 64 }, () => dial(origin)))))
      for (const wire of wires) wire.send(head)
      // On a busy machine the first admitted ones may have timed out by then, with 408.
      const refused = await Promise.any(
        wires.map(async (wire) => {
          const reply = await wire.reply()
          assert.equal(reply.status, 429)
          return reply
        }),
      )
      assert.equal(refused.headers.get('content-type'), 'application/problem+json')
      // Another address.
      for (const path of ['/healthz', '/', '/api/tasks'])
        await docker(['exec', frontend, 'wget', '-q', '-O', '/dev/null', `http://127.0.0.1:8080${path}`])
    } finally {
      for (const wire of wires) wire[Symbol.dispose]()
    }
  })

  test('time out a body that is sent byte by byte', async () => {
    using wire = await dial(origin)
    wire.send(
      `POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{`,
    )
    const drip = setInterval(() => wire.send(' '), 1_000)
    try {
      assert.equal((await wire.reply()).status, 408)
    } finally {
      clearInterval(drip)
    }
  })
})
