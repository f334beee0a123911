import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { openStore } from '../src/storage/open.ts'
import { root, runCommand, startApp } from './helpers/app.ts'
import { client, create, parse } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const commands = ['serve', 'healthcheck', 'verify', 'restore', 'backup', 'copy']
const journalsIn = (share: string) => readdirSync(share).filter((name) => name.startsWith('journal'))

suite('The program', { concurrency: true }, () => {
  for (const args of [[], ['dance'], ['--helpp'], ['constructor'], ['toString'], ['__proto__'], ['']]) {
    test(`called as ${JSON.stringify(['taskapp', ...args].join(' '))} says which commands it has and exits with 2`, async () => {
      const { code, out, err } = await runCommand(args)
      assert.equal(code, 2)
      assert.equal(out, '')
      assert.match(err, /^(taskapp: there is no command ".*"\n)?Usage: taskapp serve \| healthcheck/)
    })
  }

  for (const option of ['--help', '-h'])
    test(`explains itself with ${option}`, async () => {
      const { code, out, err } = await runCommand([option])
      assert.deepEqual([code, err], [0, ''])
      for (const command of commands) assert.match(out, new RegExp(`^${command}\\b.*\\n  \\S`, 'm'))
    })

  for (const option of ['--version', '-v'])
    test(`tells its version with ${option}`, async () => {
      const { code, out, err } = await runCommand([option])
      assert.deepEqual([code, err], [0, ''])
      assert.match(out, /^taskapp \S+ \(commit \S+\)\n$/)
    })

  for (const command of commands) {
    for (const option of ['--help', '-h'])
      test(`explains ${command} with ${option} and does nothing`, async () => {
        const { code, out, err } = await runCommand([command, option])
        assert.deepEqual([code, err], [0, ''])
        assert.match(out, new RegExp(`^Usage: taskapp ${command}\\b`))
        assert.ok(!existsSync(join(root, option)))
      })

    test(`refuses what ${command} does not know and does nothing`, async () => {
      for (const wrong of [['--port'], ['-x'], ['a', 'b', 'c'], ['']]) {
        const { code, out, err } = await runCommand([command, ...wrong], { env: { PORT: 'not reached' } })
        assert.deepEqual([code, out], [2, ''], `${command} ${wrong.join(' ')}`)
        assert.match(err, new RegExp(`^taskapp: .*\\nUsage: taskapp ${command}\\b.*\\n$`))
      }
      assert.ok(['--port', '-x', 'a'].every((name) => !existsSync(join(root, name))))
    })
  }

  test('accepts options before, between and after arguments, and arguments with a dash after --', async () => {
    const [from, ...to] = ['from.db', '-a.db', 'b.db', 'c.db'].map((name) => join(folder, name))
    await openStore({ file: from! }).close()
    for (const args of [
      ['--replace', from!, to[1]!],
      [from!, '--replace', to[1]!],
      [from!, to[1]!, '--replace'],
      ['--', from!, to[0]!],
    ]) {
      const { code, err } = await runCommand(['restore', ...args])
      assert.deepEqual([code, err], [0, ''], args.join(' '))
    }
    const url = (file: string) => `sqlite:///${file}`
    const { code, err } = await runCommand(['copy', '--to', url(to[2]!), `--from=${url(from!)}`])
    assert.deepEqual([code, err], [0, ''])
    const both = await runCommand(['restore', from!, to[1]!, '--replace', '--at', '2026-01-01'])
    assert.equal(both.code, 2)
  })
})

suite('serve', { concurrency: true }, () => {
  test('reports every bad setting at once and exits with 2', async () => {
    const { code, out, err } = await runCommand(['serve'], {
      env: {
        HOST: 'a b',
        PORT: '70000',
        DATABASE_URL: 'mysql://root:topsecret@db/tasks',
        WEB_ROOT: join(folder, 'missing'),
        CORS_ORIGINS: 'https://example.org/path',
        LOG_LEVEL: 'loud',
        SHUTDOWN_SECONDS: '0',
        AUTH_TOKEN_SHA256: 'phone:topsecret',
        SESSION_KEY: 'topsecret',
        TRUSTED_PROXIES: '10.0.0.0/33',
        RATE_LIMIT: '0',
        DURABLE_DIR: join(folder, 'missing'),
        DURABLE_RETENTION_DAYS: '0',
        BACKUP_DIR: join(folder, 'missing'),
        BACKUP_EVERY_HOURS: '0',
        BACKUP_KEEP: '0',
      },
    })
    assert.equal(code, 2)
    assert.equal(out, '')
    const lines = err.trim().replace('taskapp: ', '').split('\n')
    assert.deepEqual(
      lines.map((line) => /^Cannot use (\w+)/.exec(line)?.[1]),
      [
        'DURABLE_DIR',
        'DURABLE_RETENTION_DAYS',
        'DATABASE_URL',
        'BACKUP_DIR',
        'BACKUP_EVERY_HOURS',
        'BACKUP_KEEP',
        'HOST',
        'PORT',
        'WEB_ROOT',
        'CORS_ORIGINS',
        'AUTH_TOKEN_SHA256',
        'SESSION_KEY',
        'TRUSTED_PROXIES',
        'RATE_LIMIT',
        'LOG_LEVEL',
        'SHUTDOWN_SECONDS',
      ],
    )
    assert.doesNotMatch(err, /topsecret/)
  })

  test('says in one sentence that its port is in use and exits with 1', async () => {
    await using app = await startApp()
    const { host, port } = new URL(app.url)
    const { code, err } = await runCommand(['serve'], {
      env: { PORT: port, DATABASE_URL: 'sqlite:///:memory:' },
    })
    assert.equal(code, 1)
    assert.match(err, new RegExp(`^taskapp: Cannot listen on ${host}: .*in use.*\\n$`))
  })

  test('creates and takes over nothing if its port is in use', async () => {
    const [share, own] = [join(folder, 'share'), join(folder, 'own')]
    mkdirSync(share)
    await using app = await startApp({ env: { DURABLE_DIR: share } })
    await create(client(app.url), 'Tea')
    const { host } = new URL(app.url)
    const ports = [{ PORT: new URL(app.url).port }, { PORT: '0', METRICS_PORT: new URL(app.url).port }]
    for (const env of ports) {
      const before = journalsIn(share)
      const database = { DATABASE_URL: `sqlite:///${own}/tasks.db` }
      for (const more of [{}, { DURABLE_DIR: share }]) {
        const { code, err } = await runCommand(['serve'], { env: { ...env, ...database, ...more } })
        assert.equal(code, 1)
        assert.match(err, new RegExp(`Cannot listen on ${host}`))
      }
      assert.ok(!existsSync(own))
      assert.deepEqual(journalsIn(share), before)
    }
    await create(client(app.url), 'Coffee')
  })

  test('logs the absolute path of its tasks', async () => {
    await using app = await startApp()
    const line = await app.logged(({ msg }) => msg === 'listening')
    assert.equal(line['database'], join(app.folder, 'tasks.db'))
  })

  test('warns of a setting that is misspelled', async () => {
    await using app = await startApp({ env: { BACKUP_DIRS: folder } })
    const { msg } = await app.logged(({ level, msg }) => level === 'warn' && msg.includes('BACKUP_DIRS'))
    assert.match(msg, /did you mean BACKUP_DIR\?/)
    const { warnings } = parse<{ warnings: string[] }>(await client(app.url)('GET', '/readyz'))
    assert.ok(warnings.includes(msg))
  })

  test('warns where one folder serves for the database, its journal or its backups', async () => {
    const place = join(folder, 'one')
    mkdirSync(place)
    symlinkSync(place, `${place}-link`, 'junction')
    const database = `sqlite:///${place}/tasks.db`
    for (const env of [
      { DATABASE_URL: database, BACKUP_DIR: `${place}-link` },
      { DATABASE_URL: database, DURABLE_DIR: place },
      { DURABLE_DIR: place, BACKUP_DIR: `${place}-link` },
    ]) {
      await using app = await startApp({ env })
      await app.logged(({ level, msg }) => level === 'warn' && /are the same folder/.test(msg))
    }
  })

  test('says in one sentence that its address is none of this machine and exits with 1', async () => {
    const env = { HOST: '192.0.2.1', PORT: '0', DATABASE_URL: 'sqlite:///:memory:' }
    const { code, err } = await runCommand(['serve'], { env })
    assert.equal(code, 1)
    assert.match(err, /^taskapp: Cannot listen on 192\.0\.2\.1:0: .*\n$/)
  })

  test('says in one sentence that its page was not built and exits with 1', async () => {
    const page = join(folder, 'page')
    mkdirSync(page)
    const env = { WEB_ROOT: page, PORT: '0', DATABASE_URL: 'sqlite:///:memory:' }
    const { code, err } = await runCommand(['serve'], { env })
    assert.equal(code, 1)
    assert.match(err, /^taskapp: Cannot serve the page in .*: it has no index\.html\n$/)
    assert.ok(err.includes(page))
  })

  test('listens on an address of IPv6', { skip: needs('ipv6') }, async () => {
    await using app = await startApp({ env: { HOST: '::1' } })
    assert.match(app.url, /^http:\/\/\[::1\]:\d+$/)
    assert.equal((await fetch(`${app.url}/healthz`)).status, 200)
  })

  test('works without a file for :memory:', async () => {
    await using app = await startApp({ env: { DATABASE_URL: 'sqlite:///:memory:' } })
    assert.equal((await fetch(`${app.url}/readyz`)).status, 200)
    assert.equal(await app.stop(), 0)
  })
})

suite('healthcheck', { concurrency: true }, () => {
  test('exits with 0 and says nothing while the service is alive', async () => {
    await using app = await startApp()
    const { port } = new URL(app.url)
    for (const HOST of ['127.0.0.1', '0.0.0.0'])
      assert.deepEqual(await runCommand(['healthcheck'], { env: { PORT: port, HOST } }), {
        code: 0,
        out: '',
        err: '',
      })
  })

  test('exits with 1 and says why when nobody answers', async () => {
    const { code, err } = await runCommand(['healthcheck'], { env: { PORT: String(await freePort()) } })
    assert.equal(code, 1)
    assert.match(err, /^taskapp: not healthy: .*ECONNREFUSED/)
  })

  test('exits with 1 and says why when the answer is not 200', async () => {
    const server = createServer((_req, res) => res.writeHead(503).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, err } = await runCommand(['healthcheck'], { env: { PORT: String(port) } })
    server.close()
    assert.equal(code, 1)
    assert.equal(err, 'taskapp: not healthy: /healthz answered 503\n')
  })

  test('exits with 2 when the settings are bad', async () => {
    const { code, err } = await runCommand(['healthcheck'], { env: { PORT: 'x' } })
    assert.equal(code, 2)
    assert.match(err, /PORT "x"/)
  })
})

/** A port that was free just now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
