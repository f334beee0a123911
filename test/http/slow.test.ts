/** Clients that take their time: each ends, and the others are served meanwhile. With less patience than usual. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { errorReplies } from '../../src/api/errors.ts'
import { openFeed } from '../../src/api/feed.ts'
import { healthRoutes } from '../../src/api/health.ts'
import { apiRoutes } from '../../src/app.ts'
import type { Patience } from '../../src/http/body.ts'
import { router } from '../../src/http/router.ts'
import { listen } from '../../src/http/server.ts'
import { limits } from '../../src/limits.ts'
import { openLog } from '../../src/log.ts'
import { openStore } from '../../src/storage/open.ts'
import { dial, dialMany, exchange, type Wire } from '../helpers/wire.ts'

const store = openStore({ file: ':memory:' })
const feed = openFeed(store)
const log = openLog('silent')
const handle = router(
  apiRoutes(store, feed, healthRoutes(store, { warnings: () => [], isKnown: async () => true }), ''),
)
const serve = (patience: Partial<Patience>) =>
  listen(handle, {
    host: '127.0.0.1',
    port: 0,
    log,
    onError: errorReplies(log),
    patience: { ...limits, timeoutCheckMs: 50, ...patience },
  })
/** One that waits for no request, and one that waits for no reader: on a busy machine both limits may be due at once. */
const [server, unread] = [
  await serve({ headersTimeoutMs: 1_500, requestTimeoutMs: 2_000, leastRate: 10_000, bodyMs: 8_000 }),
  await serve({ stalledMs: 2_500, answerMs: 4_000 }),
]
after(async () => {
  feed.close()
  await Promise.all([server.close(0), unread.close(0)])
  await store.close()
})

/** Somebody else is answered, on a connection of its own that ends with the answer. */
async function served({ url } = server) {
  const request = 'GET /tasks/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  let status = 408
  // On a machine that is busy this process itself may stand still for longer than it has patience.
  while (status === 408) status = (await exchange(url, request)).status
  assert.equal(status, 200)
}
await store.create({ title: 'Tea' })
const head = 'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

/** Sends a byte whenever the event loop comes round, until the server has closed. */
function dripFeed(wire: Wire, byte: string): Promise<string> {
  const drip = () => {
    if (wire.socket.destroyed || wire.socket.readableEnded) return
    wire.send(byte)
    setTimeout(drip, 5)
  }
  drip()
  return wire.closed()
}

/** Whoever goes on sending when the server has closed may lose the answer to a reset. */
const perhaps = (status: string) => new RegExp(`^$|^HTTP/1\\.1 ${status} `)

suite('A client is cut off', { concurrency: true }, () => {
  const slow: readonly (readonly [what: string, begin: string, goOn: string, answer: RegExp])[] = [
    ['that says nothing at all', '', '', /^HTTP\/1\.1 408 /],
    ['that stops in its request line', 'GET /tas', '', /^HTTP\/1\.1 408 /],
    [
      'that stops in its header fields',
      'GET /tasks HTTP/1.1\r\nHost: localhost\r\nX:',
      '',
      /^HTTP\/1\.1 408 /,
    ],
    [
      'whose header fields come by the byte',
      'GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: ',
      'x',
      perhaps('408'),
    ],
    ['that stops in its body', `${head}Content-Length: 99\r\n\r\n{"title"`, '', /^HTTP\/1\.1 408 /],
    ['whose body comes by the byte', `${head}Content-Length: 60000\r\n\r\n`, ' ', perhaps('408')],
    [
      'whose body comes in chunks by the byte',
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      '1\r\n \r\n',
      perhaps('408'),
    ],
    [
      'whose import comes by the byte',
      `${head.replace('/tasks', '/import')}Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n`,
      '1\r\n \r\n',
      perhaps('408'),
    ],
    [
      'whose import was refused and goes on by the byte',
      `${head.replace('/tasks', '/import')}Content-Length: 60000\r\n\r\n{`,
      ' ',
      perhaps('4\\d\\d'),
    ],
    [
      'that does not begin the body it was asked for',
      `${head}Expect: 100-continue\r\nContent-Length: 13\r\n\r\n`,
      '',
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 408 /,
    ],
  ]
  for (const [what, begin, goOn, answer] of slow) {
    test(what, async () => {
      using wire = await dial(server.url)
      wire.send(begin)
      const closed = goOn === '' ? wire.closed() : dripFeed(wire, goOn)
      await served()
      assert.match(await closed, answer)
    })
  }
})

test('A client that stalls within the body of an import is cut off, although an import may take long', async () => {
  using wire = await dial(unread.url)
  wire.send(`${head.replace('/tasks', '/import')}Content-Length: 99\r\n\r\n[`)
  await served(unread)
  assert.match(await wire.closed(), perhaps('408'))
})

suite('A client is cut off that does not read', { concurrency: true }, () => {
  before(async () => {
    const notes = 'x'.repeat(limits.notesLength)
    for (let n = 0; n < 1_000; n++) await store.create({ title: `task ${n}`, notes })
  })

  const silent: readonly (readonly [what: string, requests: string])[] = [
    ['a list', 'GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['one list after the other', 'GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100)],
    ['the export', 'GET /export HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ]
  for (const [what, requests] of silent) {
    test(what, async () => {
      using wire = await dial(unread.url)
      wire.socket.pause()
      wire.send(requests)
      await served(unread)
      while (unread.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    })
  }

  test('an export, but a little now and then', async () => {
    using wire = await dial(unread.url)
    const { socket } = wire
    socket.removeAllListeners('data')
    socket.pause()
    wire.send('GET /export HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const sips = setInterval(() => socket.read(100), 20)
    await served(unread)
    while (unread.connections() > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    clearInterval(sips)
  })
})

test('A thousand clients that never finish their header sections do not block others', async () => {
  const wires = await dialMany(server.url, 1_000, (wire) => {
    wire.send('GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: ')
  })
  const ends = wires.map((wire) => wire.closed())
  for (let n = 0; n < 20; n++) await served()
  for (const text of await Promise.all(ends)) assert.match(text, /^HTTP\/1\.1 408 /)
})
