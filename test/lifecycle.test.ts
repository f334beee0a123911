import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { root, startApp } from './helpers/app.ts'
import { client, create, listAll } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'
import { dial, type Wire } from './helpers/wire.ts'

/** Longer than any test may take: what ends before has not waited for it. */
const patient = { SHUTDOWN_SECONDS: '3600' }

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
  folders.push(folder)
  return folder
}

suite('SIGTERM', { skip: needs('signals'), concurrency: true }, () => {
  test('under load: every request is answered, every acknowledged task kept, and the exit code is 0', async () => {
    const folder = newFolder()
    await using app = await startApp({ folder, env: patient })
    const created: number[] = []
    let sent = 0
    let answered = 0
    let load = () => {}
    const loaded = new Promise<void>((resolve) => {
      load = resolve
    })

    /** Reads and writes by turns until it is told that the connection closes. */
    async function keepBusy(wire: Wire, number: number) {
      for (let turn = number; ; turn++) {
        const body = `{"title":"client ${number}, turn ${turn}"}`
        wire.send(turn % 2 ? `${getTasks}\r\n` : postHead(body) + body)
        sent++
        const { status, headers, body: text } = await wire.reply()
        assert.equal(status, turn % 2 ? 200 : 201)
        if (status === 201) created.push(JSON.parse(text).id)
        if (++answered === 300) load()
        if (headers.get('connection') === 'close') return wire.closed()
      }
    }
    const clients = Array.from({ length: 16 }, async (_, number) => keepBusy(await dial(app.url), number))
    await Promise.race([loaded, ...clients])
    const exit = app.stop('SIGTERM')
    assert.deepEqual(await Promise.all(clients), Array(16).fill(''))
    assert.equal(await exit, 0)
    assert.equal(answered, sent)
    assert.deepEqual(leftovers(folder), [])

    await using again = await startApp({ folder })
    const kept = (await listAll(client(again.url))).map(({ id }) => id)
    assert.deepEqual(
      kept,
      created.sort((a, b) => a - b),
    )
  })

  test('is not held up by connections that are idle or never sent a byte', async () => {
    await using app = await startApp({ env: patient })
    using silent = await dial(app.url)
    using idle = await dial(app.url)
    idle.send(`${getTasks}\r\n`)
    assert.equal((await idle.reply()).status, 200)
    assert.equal(await app.stop('SIGTERM'), 0)
    assert.equal(await silent.closed(), '')
    assert.equal(await idle.closed(), '')
    assert.deepEqual(leftovers(app.folder), [])
  })

  test('completes requests in progress, and accepts no new connection', async () => {
    await using app = await startApp({ env: patient })
    const body = '{"title":"patience"}'
    using wire = await sendHead(app.url, body)
    const exit = app.stop('SIGTERM')
    await app.logged(({ msg }) => msg === 'stopping')
    await refused(app.url)
    wire.send(body)
    const reply = await wire.reply()
    assert.equal(reply.status, 201)
    assert.equal(reply.headers.get('connection'), 'close')
    assert.equal(await exit, 0)
  })

  test('cuts open requests at the deadline', async () => {
    await using app = await startApp({ env: { SHUTDOWN_SECONDS: '1' } })
    using wire = await sendHead(app.url, '{"title":"never"}')
    // 1 where the machine is too busy to close the database in what is left of the time.
    const code = await app.stop('SIGTERM')
    assert.ok(code === 0 || code === 1, String(code))
    await wire.closed()
    if (code === 0) assert.deepEqual(leftovers(app.folder), [])
  })

  test('answers connections in the backlog that the program has not accepted yet', async () => {
    await using app = await startApp({ env: patient })
    app.process.kill('SIGSTOP')
    const body = '{"title":"just in time"}'
    const wires = await Promise.all(Array.from({ length: 100 }, () => dial(app.url)))
    for (const wire of wires) wire.send(postHead(body) + body)
    const exit = app.stop('SIGTERM')
    app.process.kill('SIGCONT')
    for (const wire of wires) {
      const { status, headers } = await wire.reply()
      assert.equal(status, 201)
      assert.equal(headers.get('connection'), 'close')
    }
    assert.equal(await exit, 0)
  })

  for (const signal of ['SIGHUP', 'SIGQUIT', 'SIGINT'] as const) {
    test(`has the same effect as ${signal}`, async () => {
      await using app = await startApp({ env: patient })
      await create(client(app.url), 'Tea')
      assert.equal(await app.stop(signal), 0)
      assert.deepEqual(leftovers(app.folder), [])
    })
  }

  for (const output of ['pipe', 'socket'] as const) {
    test(`ends the program although nobody reads its log, a ${output}`, async () => {
      const folder = newFolder()
      const { child, url } = await startUnread(output, folder)
      const call = client(url)
      await create(call, 'Tea')
      // More than the output and the log itself hold.
      const path = `/${'x'.repeat(4_000)}`
      for (let n = 0; n < 600; n++) await call('GET', path)
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      assert.deepEqual(await exited, [0, null])
      assert.deepEqual(leftovers(folder), [])
    })
  }

  for (const [first, second] of [
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
  ] as const) {
    test(`sent as a second ${second} after ${first} ends the program at once`, async () => {
      await using app = await startApp({ env: patient })
      using wire = await sendHead(app.url, '{"title":"never"}')
      const exit = app.stop(first)
      await app.logged(({ msg }) => msg === 'stopping')
      app.process.kill(second)
      assert.equal(await exit, null)
      assert.equal(app.process.signalCode, second)
      assert.equal(await wire.closed(), '')
    })
  }
})

test('SIGUSR1 opens no inspector', { skip: needs('signals') }, async () => {
  await using app = await startApp()
  app.process.kill('SIGUSR1')
  await create(client(app.url), 'Tea')
  await app.stop()
  assert.equal(app.errors(), '')
})

suite('A restart', { concurrency: true }, () => {
  test('after SIGKILL under load finds every acknowledged task', async () => {
    const folder = newFolder()
    const acknowledged: number[] = []
    {
      await using app = await startApp({ folder })
      const call = client(app.url)
      const clients = Array.from({ length: 16 }, async () => {
        for (;;) acknowledged.push((await create(call, 'Tea')).id)
      })
      const enough = async () => {
        while (acknowledged.length < 300) await call('GET', '/healthz')
      }
      await Promise.race([enough(), ...clients])
      await app.stop('SIGKILL')
      await Promise.allSettled(clients)
    }
    await using again = await startApp({ folder })
    const kept = new Set((await listAll(client(again.url))).map(({ id }) => id))
    assert.deepEqual(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    )
  })

  test('does not reuse the id of the newest task, which was deleted', async () => {
    const folder = newFolder()
    let last: number
    {
      await using app = await startApp({ folder })
      const call = client(app.url)
      await create(call, 'Tea')
      last = (await create(call, 'Coffee')).id
      await call('DELETE', `/tasks/${last}`)
    }
    await using again = await startApp({ folder })
    const call = client(again.url)
    assert.deepEqual(
      (await listAll(call)).map(({ title }) => title),
      ['Tea'],
    )
    assert.equal((await create(call, 'Milk')).id, last + 1)
  })
})

const getTasks = 'GET /tasks HTTP/1.1\r\nHost: localhost\r\n'

function postHead(body: string, more = ''): string {
  return `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${more}\r\n`
}

/** A connection with a request under way: the server has seen its head and waits for this body. */
async function sendHead(url: string, body: string): Promise<Wire> {
  const wire = await dial(url)
  wire.send(postHead(body, 'Expect: 100-continue\r\n'))
  assert.equal((await wire.reply()).status, 100)
  return wire
}

/** What SQLite leaves beside a database that was not closed. */
function leftovers(folder: string): string[] {
  return ['tasks.db-wal', 'tasks.db-shm'].filter((name) => existsSync(join(folder, name)))
}

/** Resolves when nobody accepts connections there any more. */
async function refused(url: string): Promise<void> {
  for (;;) {
    try {
      using wire = await dial(url)
      await wire.closed()
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED')
      return
    }
  }
}

/** The program with an output of which nobody reads more than its first lines. */
async function startUnread(output: 'pipe' | 'socket', folder: string) {
  const fifo = join(folder, 'log')
  if (output === 'pipe') execFileSync('mkfifo', [fifo])
  const end = output === 'pipe' ? openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK) : undefined
  const child = spawn(process.execPath, ['src/main.ts', 'serve'], {
    cwd: root,
    env: { ...process.env, PORT: '0', DATABASE_URL: `sqlite:///${folder}/tasks.db` },
    // Between programs of Node.js a pipe is a socket.
    stdio: ['ignore', end ?? 'pipe', 'inherit'],
  })
  const reader = child.stdout ?? new Socket({ fd: end!, writable: false })
  let text = ''
  const url = await new Promise<string>((resolve) => {
    reader.on('data', (chunk) => {
      text += chunk
      const [, found] = /"url":"([^"]+)"/.exec(text) ?? []
      if (found) resolve(found)
    })
  })
  reader.pause()
  after(() => reader.destroy())
  return { child, url }
}
