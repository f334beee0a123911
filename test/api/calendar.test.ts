/** The calendar that other programs subscribe to, as kept parsers read it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import ICAL from 'ical.js'
import ical from 'node-ical'
import { limits } from '../../src/limits.ts'
import { startApp } from '../helpers/app.ts'
import { client } from '../helpers/client.ts'

const [mine, yours] = ['mine-'.repeat(8), 'yours-'.repeat(7)]
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const bearing = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } })

/** Titles, dates and notes, by both parsers, which must agree. */
function eventsOf(text: string) {
  const events = new ICAL.Component(ICAL.parse(text))
    .getAllSubcomponents('vevent')
    .map((component) => new ICAL.Event(component))
    .map(({ uid, summary, startDate, description }) => ({
      uid,
      title: summary,
      due: startDate.isDate && startDate.toString(),
      notes: description ?? null,
    }))
  const others = Object.values(ical.sync.parseICS(text)).filter((entry) => entry?.type === 'VEVENT')
  assert.equal(others.length, events.length)
  return events
}

suite('GET /calendar.ics', () => {
  test('has the open tasks that have a date, each as a whole day', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const trip = { title: 'Trip; to, "Köln" \\ back', notes: 'Two lines,\nand a \\n', due: '2026-12-24' }
    for (const json of [trip, { title: 'No date' }, { title: 'Done', due: '2026-12-01' }])
      await call('POST', '/tasks', { json })
    await call('PATCH', '/tasks/3', { json: { done: true } })
    const answer = await call('GET', '/calendar.ics')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8')
    const [event, ...more] = eventsOf(answer.text)
    assert.deepEqual(more, [])
    const { uid, ...told } = event!
    assert.deepEqual(told, trip)
    assert.match(uid, /^1-\d+@taskapp$/)
    const etag = answer.headers.get('etag')!
    assert.equal((await call('GET', '/calendar.ics', { headers: { 'If-None-Match': etag } })).status, 304)
    await call('PATCH', '/tasks/1', { json: { due: '2026-12-25' } })
    const later = await call('GET', '/calendar.ics', { headers: { 'If-None-Match': etag } })
    assert.deepEqual(
      eventsOf(later.text).map((moved) => [moved.uid, moved.due]),
      [[uid, '2026-12-25']],
    )
  })

  test('is a calendar without a task, too', async () => {
    await using app = await startApp()
    assert.deepEqual(eventsOf((await client(app.url)('GET', '/calendar.ics')).text), [])
  })

  test('says every text as it is, in lines of at most 75 bytes', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 })
    await fc.assert(
      fc.asyncProperty(words, fc.option(words), async (title, notes) => {
        const { status, text } = await call('POST', '/tasks', { json: { title, notes, due: '2027-01-01' } })
        if (status !== 201) return
        const task = JSON.parse(text)
        const calendar = (await call('GET', '/calendar.ics')).text
        assert.ok(calendar.split('\r\n').every((line) => Buffer.byteLength(line) <= 75))
        const event = eventsOf(calendar).find(({ uid }) => uid.startsWith(`${task.id}-`))!
        assert.equal(event.title, task.title)
        assert.equal(event.notes, task.notes ?? null)
        await call('DELETE', `/tasks/${task.id}`)
      }),
      { numRuns: 100 },
    )
  })

  test('is whole where there are more tasks than a page has', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const count = limits.pageSize + 10
    const tasks = Array.from({ length: count }, (_, at) => ({ title: `Task ${at}`, due: '2027-02-03' }))
    assert.equal((await call('POST', '/import', { json: tasks })).status, 200)
    const events = eventsOf((await call('GET', '/calendar.ics')).text)
    assert.deepEqual(
      events.map(({ title }) => title),
      tasks.map(({ title }) => title),
    )
  })

  test('has an address without a secret where everybody may read', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const { status, text } = await call('POST', '/calendar')
    assert.equal(status, 201)
    assert.deepEqual(JSON.parse(text), { address: 'calendar.ics' })
    assert.equal((await call('DELETE', '/calendar')).status, 204)
  })
})

suite('The address of a calendar, of a service with tokens,', () => {
  const env = {
    AUTH_TOKEN_SHA256: `mine:${hashOf(mine)}, yours:${hashOf(yours)}`,
    SESSION_KEY: 'k'.repeat(40),
    LOG_LEVEL: 'debug',
  }
  const addressFor = async (call: ReturnType<typeof client>, token: string) => {
    const { status, text } = await call('POST', '/calendar', bearing(token))
    assert.equal(status, 201)
    return `/${JSON.parse(text).address}`
  }

  test('opens only the calendar without a token, and is in no log', async () => {
    await using app = await startApp({ env })
    const call = client(app.url)
    const address = await addressFor(call, mine)
    assert.equal((await call('GET', address)).status, 200)
    assert.equal((await call('HEAD', address)).status, 200)
    assert.equal((await call('GET', '/calendar.ics', bearing(mine))).status, 200)
    assert.equal((await call('GET', '/calendar.ics')).status, 401)
    const key = new URLSearchParams(address.split('?')[1]).get('key')!
    for (const path of ['/tasks', '/export', '/events', '/metrics'])
      assert.ok([400, 401].includes((await call('GET', `${path}?key=${key}`)).status), path)
    assert.equal((await call('GET', '/tasks', { headers: { Cookie: `__Host-session=${key}` } })).status, 401)
    for (const [method, path] of [
      ['POST', '/calendar'],
      ['DELETE', '/calendar'],
    ] as const)
      assert.equal((await call(method, path)).status, 401)
    await app.stop()
    assert.ok(!JSON.stringify(app.log).includes(key) && !app.errors().includes(key))
  })

  test('is none that was made up, cut short, or is a session', async () => {
    await using app = await startApp({ env })
    const call = client(app.url)
    const address = await addressFor(call, mine)
    const { headers } = await call('POST', '/session', { json: { token: mine } })
    const session = /=([^;]+)/.exec(headers.get('set-cookie')!)![1]
    for (const path of [
      address.slice(0, -1),
      `${address.slice(0, -3)}AAA`,
      '/calendar.ics?key=',
      '/calendar.ics?key=a.b.c',
      `/calendar.ics?key=${session}`,
    ]) {
      const answer = await call('GET', path)
      assert.equal(answer.status, 404, path)
      assert.match(answer.text, /revoked/)
    }
  })

  test('outlives a restart, and ends when its holder revokes it or the token goes', async () => {
    await using app = await startApp({ env })
    const call = client(app.url)
    const [first, second, theirs] = [
      await addressFor(call, mine),
      await addressFor(call, mine),
      await addressFor(call, yours),
    ]
    await app.stop()
    await using later = await startApp({ env, folder: app.folder })
    const again = client(later.url)
    assert.equal((await again('GET', first)).status, 200)
    const { headers } = await again('POST', '/session', { json: { token: mine } })
    const session = { headers: { Cookie: headers.get('set-cookie')!.split(';')[0]! } }
    assert.equal((await again('DELETE', '/calendar', session)).status, 204)
    for (const address of [first, second]) assert.equal((await again('GET', address)).status, 404)
    assert.equal((await again('GET', theirs)).status, 200)
    assert.equal((await again('GET', '/tasks', session)).status, 200, 'the session goes on')
    await later.stop()
    const rest = { ...env, AUTH_TOKEN_SHA256: `mine:${hashOf(mine)}` }
    await using last = await startApp({ env: rest, folder: app.folder })
    for (const address of [first, second, theirs])
      assert.equal((await client(last.url)('GET', address)).status, 404)
  })
})
