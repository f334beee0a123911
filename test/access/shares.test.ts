/** One client that takes all it can get: others are served, whatever that is. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { startApp } from '../helpers/app.ts'
import { client, create } from '../helpers/client.ts'
import { dial, type Wire } from '../helpers/wire.ts'

const app = await startApp({ env: { TRUSTED_PROXIES: '1' } })
after(() => app[Symbol.asyncDispose]())
const from = (address: string) => ({ 'X-Forwarded-For': address })
const [greedy, other] = ['192.0.2.1', '192.0.2.2']

/** Sends so many requests of the greedy client, on connections of their own, which stay under way once they are let in. */
async function send(wires: Wire[], count: number, request: string) {
  for (let n = 0; n < count; n++) {
    const wire = await dial(app.url)
    wires.push(wire)
    const answered = once(wire.socket, 'data')
    wire.send(request.replace('\r\n', `\r\nHost: localhost\r\nX-Forwarded-For: ${greedy}\r\n`))
    const [answer] = await answered
    assert.match(String(answer), /^HTTP\/1\.1 (200|100) /)
    wire.socket.pause()
  }
}

async function statusOf(address: string, method: string, path: string, body?: string): Promise<number> {
  const abort = new AbortController()
  const { status } = await fetch(app.url + path, {
    method,
    headers: { ...from(address), ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body }),
    signal: abort.signal,
  })
  abort.abort()
  return status
}

/** Asks as the greedy client until it has had enough. */
async function untilRefused(ask: () => Promise<number>) {
  while ((await ask()) !== 429);
}

suite('A client that takes as much as it can', () => {
  const wires: Wire[] = []
  after(() => {
    for (const wire of wires) wire[Symbol.dispose]()
  })

  test('gets half of the event streams, and others are still served', async () => {
    await send(wires, limits.eventStreams / 2, 'GET /events HTTP/1.1\r\n\r\n')
    await untilRefused(() => statusOf(greedy, 'GET', '/events'))
    for (let n = 0; n < 10; n++) assert.equal(await statusOf(other, 'GET', '/events'), 200)
  })

  test('gets half of the imports, however slow, and others are still served', async () => {
    await send(
      wires,
      limits.imports / 2,
      'POST /import HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n',
    )
    await untilRefused(() => statusOf(greedy, 'POST', '/import', '[]'))
    assert.equal(await statusOf(other, 'POST', '/import', '[{"title":"Tea"}]'), 200)
  })

  test('gets half of the exports, even unread, and others are still served', async () => {
    const call = client(app.url)
    const notes = 'x'.repeat(limits.notesLength)
    const tasks = Array.from({ length: 2_000 }, (_, n) => ({ title: `task ${n}`, notes }))
    assert.equal((await call('POST', '/import', { json: tasks, headers: from(other) })).status, 200)
    await send(wires, limits.views / 2, 'GET /export HTTP/1.1\r\n\r\n')
    await untilRefused(() => statusOf(greedy, 'GET', '/export'))
    assert.equal(await statusOf(other, 'GET', '/export'), 200)
  })

  test('gets Retry-After, and leaves the others what they need', async () => {
    const call = client(app.url)
    const refused = await call('GET', '/export', { headers: from(greedy) })
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after')!, /^\d+$/)
    const { id } = await create(call, 'Tea')
    for (const path of ['/healthz', '/readyz', `/tasks/${id}`, '/tasks?limit=10', '/metrics'])
      assert.equal((await call('GET', path, { headers: from(other) })).status, 200, path)
  })

  test('gets its share again after releasing it', async () => {
    for (const wire of wires.splice(0)) wire[Symbol.dispose]()
    const call = client(app.url)
    for (const ask of [
      () => call('GET', '/export', { headers: from(greedy) }),
      () => call('POST', '/import', { json: [], headers: from(greedy) }),
    ])
      while ((await ask()).status === 429);
    while ((await statusOf(greedy, 'GET', '/events')) === 429);
  })
})

suite('A client that opens as many connections as it can', { skip: process.platform !== 'linux' }, () => {
  test('gets three fifths of them, and others are served', async () => {
    await using few = await startApp({ under: ['prlimit', '--nofile=200'] })
    const { hostname: host, port } = new URL(few.url)
    const sockets: Socket[] = []
    try {
      // Nine tenths of 200 files, of which three fifths.
      const refused = Promise.withResolvers<void>()
      for (let n = 0; n < 130; n++) {
        const socket = connect(Number(port), host)
        socket.on('error', () => {}).once('close', () => refused.resolve())
        sockets.push(socket)
      }
      await refused.promise
      const other = connect({ host, port: Number(port), localAddress: '127.0.0.2' })
      sockets.push(other)
      other.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
      const [answer] = await once(other, 'data')
      assert.match(String(answer), /^HTTP\/1\.1 200 /)
      assert.ok(sockets.filter(({ destroyed }) => !destroyed).length > 100)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })
})
