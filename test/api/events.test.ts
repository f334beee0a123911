import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, beforeEach, mock, suite, test } from 'node:test'
import { openFeed } from '../../src/api/feed.ts'
import { limits } from '../../src/limits.ts'
import { openStore } from '../../src/storage/open.ts'
import type { TaskStore } from '../../src/tasks/store.ts'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, type Problem, parse } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'
import { needs } from '../helpers/needs.ts'
import { dial, dialMany } from '../helpers/wire.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
const events = `${app.url}/events`
beforeEach(() => clear(call))

suite('GET /events', () => {
  test('is a stream that no proxy caches or buffers', async () => {
    await using stream = await listen(events)
    const { status, headers } = stream.response
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'text/event-stream')
    assert.equal(headers.get('cache-control'), 'no-cache')
    assert.equal(headers.get('x-accel-buffering'), 'no')
    assert.equal(headers.get('content-encoding'), null)
  })

  test('ends when the client half-closes', async () => {
    using wire = await dial(app.url)
    wire.send('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(wire.socket, 'data')
    wire.socket.end()
    await wire.closed()
  })

  test('sends what other clients need to draw each change', async () => {
    await using stream = await listen(events)
    const full = async (id: number) => (await call('GET', `/tasks/${id}?view=full`)).text
    const a = await create(call, 'a')
    assert.deepEqual(await stream.next(), { event: 'created', data: await full(a.id) })
    const b = await create(call, 'b')
    await stream.next()
    await call('PATCH', `/tasks/${a.id}`, { json: { notes: 'line\nline', done: true } })
    assert.deepEqual(await stream.next(), { event: 'changed', data: await full(a.id) })
    await call('POST', `/tasks/${b.id}/move`, { json: { before: a.id } })
    assert.deepEqual(await stream.next(), { event: 'moved', data: `{"id":${b.id},"before":${a.id}}` })
    await call('DELETE', `/tasks/${b.id}`)
    assert.deepEqual(await stream.next(), { event: 'deleted', data: `{"id":${b.id}}` })
    await call('POST', `/tasks/${b.id}/restore`)
    assert.deepEqual(await stream.next(), { event: 'restored', data: await full(b.id) })
    assert.deepEqual(await stream.next(), { event: 'moved', data: `{"id":${b.id},"before":${a.id}}` })
    await call('DELETE', `/tasks/${a.id}`)
    await call('POST', `/tasks/${a.id}/restore`)
    await stream.next()
    await stream.next()
    assert.deepEqual(await stream.next(), { event: 'moved', data: `{"id":${a.id},"before":null}` })
    await call('PATCH', '/tasks', { json: { done: true } })
    assert.deepEqual(await stream.next(), { event: 'reset', data: '{}' })
    await call('DELETE', '/tasks?done=true')
    assert.deepEqual(await stream.next(), { event: 'reset', data: '{}' })
  })

  test('sends only committed changes, and each once', async () => {
    await using stream = await listen(events)
    await call('PATCH', '/tasks/999999999')
    await call('PATCH', '/tasks', { json: { done: true } })
    await call('GET', '/tasks?q=word')
    const headers = { 'Idempotency-Key': 'events' }
    for (let n = 0; n < 2; n++) await call('POST', '/tasks', { json: { title: 'a' }, headers })
    assert.equal((await stream.next()).event, 'created')
    await create(call, 'b')
    assert.match((await stream.next()).data, /"title":"b"/)
  })

  test('resumes after the last event of a client, with nothing lost or repeated', async () => {
    const seen: string[] = []
    let lastId: string | undefined
    const titles = Array.from({ length: 30 }, (_, n) => `task ${n}`)
    for (let n = 0; n < titles.length; n += 3) {
      const stream = await listen(events, lastId === undefined ? {} : { 'Last-Event-ID': lastId })
      await create(call, titles[n]!)
      while (!seen.includes(titles[n]!)) seen.push(JSON.parse((await stream.next()).data).title)
      lastId = stream.lastId()
      await stream[Symbol.asyncDispose]()
      await Promise.all([create(call, titles[n + 1]!), create(call, titles[n + 2]!)])
    }
    await using stream = await listen(events, { 'Last-Event-ID': lastId! })
    while (seen.length < titles.length) seen.push(JSON.parse((await stream.next()).data).title)
    assert.deepEqual(seen.sort(), titles.sort())
  })

  test('sends an id at once: a client that disconnects before the first event loses nothing', async () => {
    const idle = await listen(events)
    await call('GET', '/healthz')
    const reader = idle.next()
    await create(call, 'a')
    await reader
    const first = idle.lastId()
    await idle[Symbol.asyncDispose]()
    assert.match(first, /^\w+-\d+$/)
    await using second = await listen(events, { 'Last-Event-ID': first })
    await create(call, 'b')
    assert.match((await second.next()).data, /"title":"b"/)
  })

  for (const [what, id] of [
    ['of another start of the server', 'abc-1'],
    ['from the future', undefined],
    ['of nonsense', 'x'.repeat(1_000)],
    ['that is empty', ''],
  ] as const) {
    test(`tells a client with an id ${what} to reload, and then continues`, async () => {
      const before = await listen(events)
      const reading = before.next()
      await create(call, 'a')
      await reading
      const future = before.lastId().replace(/\d+$/, (number) => String(Number(number) + 5))
      await before[Symbol.asyncDispose]()
      await using stream = await listen(events, { 'Last-Event-ID': id ?? future })
      assert.deepEqual(await stream.next(), { event: 'reset', data: '{}' })
      await create(call, 'b')
      assert.equal((await stream.next()).event, 'created')
    })
  }

  test('answers HEAD with the header fields only', async () => {
    const { status, headers, text } = await call('HEAD', '/events')
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'text/event-stream')
    assert.equal(text, '')
  })

  test('ends when the server stops, without delaying that', { skip: needs('signals') }, async () => {
    await using own = await startApp({ env: { SHUTDOWN_SECONDS: '3600' } })
    await using stream = await listen(`${own.url}/events`)
    const rest = stream.rest()
    assert.equal(await own.stop(), 0)
    assert.deepEqual(await rest, [])
  })

  test('releases clients that disconnect', async () => {
    await using own = await startApp()
    for (let n = 0; n < 5; n++) {
      using wire = await dial(own.url)
      wire.send('GET /events HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: leaves\r\n\r\n')
      await once(wire.socket, 'data')
      wire.socket.resetAndDestroy()
    }
    await own.logged(() => own.log.filter(({ id }) => id === 'leaves').length === 5)
    assert.deepEqual(
      own.log.filter(({ level, msg }) => level === 'error' || msg === 'a response broke off'),
      [],
    )
    assert.equal(await own.stop(), 0)
  })
})

suite('The feed', () => {
  async function withFeed(use: (feed: ReturnType<typeof openFeed>, store: TaskStore) => Promise<void>) {
    const store = openStore({ file: ':memory:' })
    const feed = openFeed(store)
    await use(feed, store)
    feed.close()
    await store.close()
  }

  test('keeps no more changes than its limit, and tells a client further behind to reload', async () => {
    await withFeed(async (feed, store) => {
      const stream = feed.subscribe(undefined)
      const [, first] = /id: (\S+)/.exec(String(stream.read()))!
      for (let n = 0; n < limits.eventLogWrites; n++) await store.create({ title: 'a' })
      const all = feed.subscribe(first)
      assert.equal(String(all.read()).match(/event: created/g)?.length, limits.eventLogWrites)
      await store.create({ title: 'a' })
      const late = feed.subscribe(first)
      assert.match(String(late.read()), /event: reset\ndata: \{\}\n\n$/)
    })
  })

  test('cuts off only clients that read too slowly', async () => {
    await withFeed(async (feed, store) => {
      const slow = feed.subscribe(undefined)
      const quick = feed.subscribe(undefined)
      quick.resume()
      const closed = once(slow, 'close')
      const notes = 'x'.repeat(10_000)
      for (let bytes = 0; bytes < 2 * limits.eventBacklogBytes; bytes += notes.length) {
        await store.create({ title: 'a', notes })
        assert.ok(slow.readableLength < limits.eventBacklogBytes + 2 * notes.length)
      }
      await closed
      assert.equal(feed.size, 1)
      assert.equal(quick.destroyed, false)
    })
  })

  test('sends a comment every 15 seconds while there are subscribers, and sets no timer otherwise', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    after(() => mock.timers.reset())
    await withFeed(async (feed) => {
      const stream = feed.subscribe(undefined)
      stream.read()
      mock.timers.tick(14_999)
      assert.equal(stream.read(), null)
      mock.timers.tick(1)
      assert.equal(String(stream.read()), ':\n\n')
      mock.timers.tick(30_000)
      for (let n = 0; n < 2; n++) assert.equal(String(stream.read()), ':\n\n')
      stream.destroy()
      await once(stream, 'close')
      assert.equal(feed.size, 0)
      const other = feed.subscribe(undefined)
      other.read()
      mock.timers.tick(15_000)
      assert.equal(String(other.read()), ':\n\n')
    })
  })
})

suite('More streams than the limit', () => {
  test('get 503 with Retry-After', async () => {
    await using own = await startApp({ env: { TRUSTED_PROXIES: '1' } })
    const wires = await dialMany(own.url, limits.eventStreams, async (wire, n) => {
      // Of two clients, none of which may have more than half.
      wire.send(`GET /events HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.${n % 2}\r\n\r\n`)
      await once(wire.socket, 'data')
    })
    const refused = await client(own.url)('GET', '/events')
    assert.equal(refused.status, 503)
    assert.match(refused.headers.get('retry-after')!, /^\d+$/)
    assert.equal(parse<Problem>(refused).status, 503)
    for (const wire of wires) wire[Symbol.dispose]()
    assert.equal(await own.stop(), 0)
  })
})
