import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { pageHeaders, pageRoutes } from '../../src/http/static.ts'
import { needsChromium } from '../helpers/browser.ts'
import { assertLighthouse } from '../helpers/lighthouse.ts'
import { assertExample } from '../helpers/readme.ts'
import { answers, logLinesWith, openProject, startedAt } from './compose.ts'
import { ask, docker, healthy, inspect, postTask, skip, tryDocker, until } from './engine.ts'

const project = await openProject(['compose.yaml'])
const { origin, backend, frontend, compose } = project

/** The headers that the single process sends with the page, in lower case: nginx sends the same with everything. */
const security = new Map<string, string>()
for (let index = 0; index < pageHeaders.length; index += 2)
  security.set(pageHeaders[index]!.toLowerCase(), pageHeaders[index + 1]!)

/** Every folder of the container that its user can write to. */
const writableFolders = {
  backend: [
    '/nodejs/bin/node',
    '-e',
    `const fs = require('node:fs')
    const writable = []
    const visit = (folder) => {
      try {
        fs.closeSync(fs.openSync(folder + '/.probe', 'wx'))
        fs.unlinkSync(folder + '/.probe')
        writable.push(folder)
      } catch {}
      let entries = []
      try { entries = fs.readdirSync(folder, { withFileTypes: true }) } catch {}
      for (const entry of entries)
        if (entry.isDirectory() && !['/proc', '/sys', '/dev'].includes(folder + entry.name))
          visit(folder === '/' ? '/' + entry.name : folder + '/' + entry.name)
    }
    visit('/')
    console.log(writable.join('\\n'))`,
  ],
  frontend: [
    'sh',
    '-c',
    `find / \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -type d -print 2>/dev/null |
    while read -r folder; do
      if ( : > "$folder/.probe" ) 2>/dev/null; then rm "$folder/.probe"; echo "$folder"; fi
    done`,
  ],
}

describe('docker compose', { skip }, () => {
  before(async () => {
    await compose('build')
    await compose('up', '--detach', '--wait')
  })
  after(() => project.remove())

  const titles = async (): Promise<string[]> =>
    JSON.parse((await ask(origin, '/api/tasks')).text).map(({ title }: { title: string }) => title)

  test('the page and the API answer on one origin, as README shows', async () => {
    const page = await ask(origin, '/')
    assert.equal(page.status, 200)
    assert.match(page.headers['content-type']!, /^text\/html/)
    await assertExample(`${origin}/api`)
    const created = await postTask(origin, 'Learn nginx')
    assert.equal(created.headers.location, '/api/tasks/2')
    assert.equal((await ask(origin, '/api/tasks/2', { method: 'DELETE' })).status, 204)
  })

  test("the views' addresses serve the page, and every other unknown one is a 404", async () => {
    const page = (await ask(origin, '/')).text
    for (const path of [...pageRoutes, '/index.html']) {
      const view = await ask(origin, path)
      assert.deepEqual([path, view.status, view.text], [path, 200, page])
    }
    for (const path of [
      '/nothing',
      '/nothing.js',
      '/active/',
      '/src',
      '/src/',
      '/api',
      '/index.html.gz',
      '/.env',
    ]) {
      const answer = await ask(origin, path)
      assert.equal(answer.status, 404, path)
      assert.equal(answer.headers['content-type'], 'application/problem+json')
      assert.equal(JSON.parse(answer.text).status, 404)
    }
    assert.equal(JSON.parse((await ask(origin, '/api/nothing')).text).status, 404)
  })

  test('files are compressed for clients that accept it, and revalidated', async () => {
    const plain = await ask(origin, '/')
    const gzip = await ask(origin, '/', { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(gzip.headers['content-encoding'], 'gzip')
    for (const { headers } of [plain, gzip]) {
      assert.equal(headers['cache-control'], 'no-cache')
      assert.equal(headers['vary'], 'Accept-Encoding')
      assert.match(headers.etag!, /^"/)
    }
    assert.notEqual(plain.headers.etag, gzip.headers.etag)
    const again = await ask(origin, '/', { headers: { 'if-none-match': plain.headers.etag! } })
    assert.deepEqual([again.status, again.text], [304, ''])
  })

  test('every response has the security headers once, an id, and no nginx version', async () => {
    const etag = (await ask(origin, '/')).headers.etag!
    const every = [
      ['GET', '/', {}, 200],
      ['GET', '/', { 'if-none-match': etag }, 304],
      ['GET', '/nothing', {}, 404],
      ['POST', '/', {}, 405],
      ['GET', '/healthz', {}, 200],
      ['GET', '/api/tasks', {}, 200],
      ['GET', '/api/tasks/4711', {}, 404],
      ['PUT', '/api/tasks', {}, 405],
      ['POST', '/api/tasks', { 'content-length': 65_537 }, 413],
      ['GET', `/${'a'.repeat(9_000)}`, {}, 414],
      ['GET', '/', { 'x-large': 'a'.repeat(9_000) }, 431],
      ['GET', '/%00', {}, 400],
    ] as const
    for (const [method, path, headers, status] of every) {
      const answer = await ask(origin, path, { method, headers })
      const what = `${method} ${path.slice(0, 40)}`
      assert.equal(answer.status, status, what)
      for (const [header, value] of security) assert.equal(answer.headers[header], value, `${what} ${header}`)
      assert.equal(answer.headers['server'], 'nginx', what)
      assert.match(String(answer.headers['x-request-id']), /^[\w.-]{1,64}$/, what)
      assert.equal(answer.headers['cache-control'], 'no-cache', what)
      assert.equal(answer.headers['strict-transport-security'], undefined, what)
      if (status >= 400) {
        assert.equal(answer.headers['content-type'], 'application/problem+json', what)
        assert.equal(JSON.parse(answer.text).status, status, what)
      }
      if (status === 405) assert.ok(answer.headers['allow'], what)
    }
  })

  test('HSTS is sent over https only', async () => {
    for (const path of ['/', '/api/tasks', '/nothing']) {
      const { headers } = await ask(origin, path, { headers: { 'x-forwarded-proto': 'https' } })
      assert.equal(headers['strict-transport-security'], 'max-age=31536000')
    }
  })

  test('a body of 64 KiB passes nginx, one byte more does not, and an import may be larger', async () => {
    const post = (path: string, size: number) =>
      ask(origin, path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.alloc(size, 0x20),
      })
    assert.equal((await post('/api/tasks', 65_536)).status, 400)
    const large = await post('/api/tasks', 65_537)
    assert.equal(large.status, 413)
    assert.equal(JSON.parse(large.text).title, 'Content Too Large')
    assert.notEqual((await post('/api/import', 65_537)).text, large.text)
  })

  test("a client's request id is in the response and both logs, and an invalid one is replaced", async () => {
    const id = 'from-the-test_1.2'
    assert.equal(
      (await ask(origin, '/api/tasks', { headers: { 'x-request-id': id } })).headers['x-request-id'],
      id,
    )
    for (const container of [backend, frontend]) await logLinesWith(container, id)
    const replaced = await ask(origin, '/api/tasks', { headers: { 'x-request-id': 'two words' } })
    assert.match(String(replaced.headers['x-request-id']), /^[0-9a-f]{32}$/)
  })

  test('both log JSON, one line per request, without query strings', async () => {
    await ask(origin, '/api/tasks?q=confidential', { headers: { 'x-request-id': 'searched' } })
    for (const container of [backend, frontend]) {
      const lines = (await logLinesWith(container, 'searched')).map((line) => JSON.parse(line))
      const request = lines.findLast(({ msg }) => msg === 'request')
      for (const member of ['time', 'level', 'id', 'method', 'path', 'status'])
        assert.ok(request[member], member)
      assert.doesNotMatch(JSON.stringify(lines), /confidential/)
    }
  })

  test('both run as numeric users without capabilities, and can write to their data and /tmp only', async () => {
    for (const [container, user, command, writable] of [
      [backend, '65532:65532', writableFolders.backend, ['/backups', '/data', '/tmp']],
      [frontend, '101:101', writableFolders.frontend, ['/tmp']],
    ] as const) {
      const { Config, HostConfig, Path } = await inspect(container)
      assert.equal(Config.User, user)
      assert.equal(HostConfig.ReadonlyRootfs, true)
      assert.deepEqual(HostConfig.CapDrop, ['ALL'])
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'])
      assert.equal(HostConfig.PidsLimit, 100)
      assert.ok(Path)
      const folders = (await docker(['exec', container, ...command])).split('\n')
      assert.deepEqual(folders.filter((folder) => !/^\/tmp\//.test(folder)).sort(), writable)
    }
  })

  test('the backend is not published and has no outbound network', async () => {
    const { NetworkSettings } = await inspect(backend)
    assert.deepEqual(Object.values(NetworkSettings.Ports).flat().filter(Boolean), [])
    const networks = Object.keys(NetworkSettings.Networks)
    assert.deepEqual(networks, [`${project.name}_private`])
    assert.equal((await inspect(networks[0]!)).Internal, true)
  })

  test('the page is published on the loopback address only', async () => {
    const { NetworkSettings } = await inspect(frontend)
    assert.deepEqual(
      NetworkSettings.Ports['8080/tcp'].map(({ HostIp }: { HostIp: string }) => HostIp),
      ['127.0.0.1'],
    )
  })

  test("the backend's only warning in Compose is that it is open: its data is on a volume", async () => {
    const { text } = await ask(origin, '/api/readyz', { headers: { 'x-request-id': 'ready' } })
    assert.equal(text, '{"status":"ok"}')
    const warnings = (await logLinesWith(backend, 'ready')).filter((line) => line.includes('"level":"warn"'))
    assert.deepEqual(
      warnings.filter((line) => !/anybody who reaches this address/.test(line)),
      [],
    )
  })

  test('Lighthouse: 100 in accessibility, best practices and SEO', { skip: needsChromium() }, async (t) => {
    await assertLighthouse(origin, t)
  })

  test('both can be restarted in either order', async () => {
    await postTask(origin, 'kept through restarts')
    for (const order of [
      [backend, frontend],
      [frontend, backend],
    ]) {
      for (const container of order) {
        await docker(['restart', container])
        await healthy(container)
        await answers(project)
      }
      await docker(['stop', ...order])
      for (const container of order) {
        await docker(['start', container])
        await healthy(container)
        if (container === frontend && order[0] === frontend) {
          assert.equal((await ask(origin, '/')).status, 200)
          assert.equal((await ask(origin, '/api/tasks')).status, 503)
        }
      }
      await answers(project)
      assert.ok((await titles()).includes('kept through restarts'))
    }
  })

  test('without a backend the page is served and the API returns problem+json with Retry-After', async () => {
    await docker(['stop', backend])
    assert.equal((await ask(origin, '/')).status, 200)
    assert.equal((await ask(origin, '/healthz')).text, '{"status":"ok"}')
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
      const { status, headers, text } = await ask(origin, '/api/tasks', { method })
      assert.equal(status, 503)
      assert.equal(headers['content-type'], 'application/problem+json')
      assert.match(headers['retry-after']!, /^\d+$/)
      assert.equal(JSON.parse(text).status, 503)
    }
    await docker(['start', backend])
    await answers(project)
  })

  test('a backend killed under load loses no acknowledged write, and nginx recovers without a restart', async () => {
    const nginx = await startedAt(frontend)
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    const confirmed: string[] = []
    const statuses = new Map<number, number>()
    let running = true
    let count = 0
    const client = async () => {
      while (running) {
        const title = `under load ${count++}`
        const answer = await ask(origin, '/api/tasks', {
          method: 'POST',
          agent,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ title }),
        })
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        if (answer.status === 201) confirmed.push(title)
        else {
          assert.equal(answer.status, 503, answer.text)
          assert.equal(JSON.parse(answer.text).status, 503)
          assert.ok(answer.headers['retry-after'])
        }
      }
    }
    const clients = Array.from({ length: 8 }, client)
    const more = (status: number, by: number) => {
      const goal = (statuses.get(status) ?? 0) + by
      return until(`${by} more answers are ${status}`, () => (statuses.get(status) ?? 0) >= goal)
    }
    try {
      for (let round = 0; round < 3; round++) {
        await more(201, 20)
        await docker(['kill', '--signal', 'KILL', backend])
        await more(503, 1)
        await docker(['start', backend])
      }
      await more(201, 20)
    } finally {
      running = false
      await Promise.all(clients)
      agent.destroy()
    }
    const kept: string[] = []
    let next: string | undefined = '/api/tasks?limit=1000'
    while (next !== undefined) {
      const page = await ask(origin, next)
      kept.push(...JSON.parse(page.text).map(({ title }: { title: string }) => title))
      const link = /<(.+)>/.exec(page.headers['link'] as string)?.[1]
      next = link && new URL(link, `${origin}/api/tasks`).href.slice(origin.length)
    }
    const found = new Set(kept)
    assert.deepEqual(
      confirmed.filter((title) => !found.has(title)),
      [],
    )
    assert.equal(await startedAt(frontend), nginx)
  })

  test("recreated containers find the data, although the backend's address has changed", async () => {
    await postTask(origin, 'kept through new containers')
    const [before, nginx] = [await inspect(backend), await startedAt(frontend)]
    const address = (container: typeof before) =>
      container.NetworkSettings.Networks[`${project.name}_private`].IPAddress
    await docker(['rm', '--force', backend])
    // Something else takes the old address before the backend comes back.
    const placeholder = `${project.name}-placeholder`
    await docker([
      'run',
      '--detach',
      '--name',
      placeholder,
      '--network',
      `${project.name}_private`,
      `${project.name}-frontend`,
    ])
    try {
      await compose('up', '--detach', '--no-deps', 'backend')
      await answers(project)
      assert.notEqual(address(await inspect(backend)), address(before))
      assert.equal(await startedAt(frontend), nginx)
      assert.ok((await ask(origin, '/api/tasks')).text.includes('kept through new containers'))
    } finally {
      await tryDocker(['rm', '--force', placeholder])
    }
    await compose('up', '--detach', '--wait', '--force-recreate')
    assert.notEqual(await startedAt(frontend), nginx)
    assert.ok((await ask(origin, '/api/tasks')).text.includes('kept through new containers'))
  })

  test('docker compose down keeps the data, down --volumes deletes it, and everything exits with 0', async () => {
    await compose('stop')
    for (const container of [backend, frontend])
      assert.equal((await inspect(container)).State.ExitCode, 0, container)
    await compose('down')
    await compose('up', '--detach', '--wait')
    assert.ok((await ask(origin, '/api/tasks')).text.includes('kept through new containers'))
    await compose('down', '--volumes')
    await compose('up', '--detach', '--wait')
    assert.equal((await ask(origin, '/api/tasks')).text, '[]')
  })
})
