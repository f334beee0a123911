/** Tasks that repeat: a rule is a member like others, and completing makes the next. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { type Client, client, type Problem, parse, type TaskBody } from '../helpers/client.ts'

suite('A task that repeats', () => {
  let app: RunningApp
  let call: Client
  before(async () => {
    app = await startApp()
    call = client(app.url)
  })
  after(() => app[Symbol.asyncDispose]())

  const add = async (json: object) => parse<TaskBody>(await call('POST', '/tasks', { json })).id
  const on = (today: string) => ({ headers: { Today: today } })
  const text = async (id: number) => (await call('GET', `/tasks/${id}`)).text
  const faultsOf = (answer: { readonly text: string }) => (JSON.parse(answer.text) as Problem).errors

  test('shows its rule behind its date, in one form', async () => {
    const json = { title: 'Bins', due: '2026-11-27', repeat: 'FREQ=weekly;byday=FR;INTERVAL=1' }
    const { id } = parse<TaskBody>(await call('POST', '/tasks', { json }))
    assert.equal(
      await text(id),
      `{"id":${id},"title":"Bins","done":false,"due":"2026-11-27","repeat":"FREQ=WEEKLY;BYDAY=FR"}`,
    )
    await call('PATCH', `/tasks/${id}`, { json: { repeat: null } })
    assert.equal(await text(id), `{"id":${id},"title":"Bins","done":false,"due":"2026-11-27"}`)
  })

  test('is followed by the next, on the first day behind that of the client', async () => {
    const id = await add({ title: 'Water', due: '2026-11-20', repeat: 'FREQ=DAILY;INTERVAL=2' })
    await call('PATCH', `/tasks/${id}`, on('2026-11-26'))
    assert.match(await text(id + 1), /"done":false,"due":"2026-11-28"/)
    await call('PATCH', `/tasks/${id}`, on('2026-11-26'))
    assert.equal((await call('GET', `/tasks/${id + 1}`)).status, 404)
    await call('PATCH', '/tasks', { json: { ids: [id], done: true }, ...on('2026-11-28') })
    assert.match(await text(id + 2), /"due":"2026-11-30"/)
    const today = new Date().toISOString().slice(0, 10)
    await call('PATCH', `/tasks/${id + 2}`, { json: { due: '2020-01-01', repeat: 'FREQ=DAILY', done: true } })
    assert.ok(parse<{ due: string }>(await call('GET', `/tasks/${id + 3}`)).due > today)
  })

  test('is completed once by a request that comes again, whatever the day', async () => {
    const id = await add({ title: 'Once', due: '2026-11-27', repeat: 'FREQ=DAILY' })
    for (const today of ['2026-11-27', '2026-11-28']) {
      const headers = { 'Idempotency-Key': 'once', Today: today }
      assert.equal((await call('PATCH', `/tasks/${id}`, { json: { done: true }, headers })).status, 200)
    }
    assert.match(await text(id + 1), /"due":"2026-11-28"/)
    assert.equal((await call('GET', `/tasks/${id + 2}`)).status, 404)
  })

  test('has a rule that can be followed and a date, or is refused with the reason', async () => {
    for (const [json, detail] of [
      [{ due: '2026-11-27', repeat: 'FREQ=HOURLY' }, /FREQ.*no time of day/],
      [{ due: '2026-11-27', repeat: 7 }, /must be a string or null/],
      [{ repeat: 'FREQ=DAILY' }, /needs a date in due/],
    ] as const) {
      const refused = await call('POST', '/tasks', { json: { title: 'Refused', ...json } })
      assert.equal(refused.status, 422)
      assert.equal(faultsOf(refused)![0]!.pointer, '#/repeat')
      assert.match(faultsOf(refused)![0]!.detail, detail)
    }
    const id = await add({ title: 'No date' })
    for (const json of [{ repeat: 'FREQ=DAILY' }, { repeat: 'FREQ=DAILY', due: null }]) {
      const refused = await call('PATCH', `/tasks/${id}`, { json })
      assert.equal(refused.status, 422)
      assert.equal(faultsOf(refused)![0]!.pointer, '#/repeat')
    }
    const headers = { 'Content-Type': 'text/csv' }
    const imported = await call('POST', '/import', {
      headers,
      body: 'title,repeat\r\nNo date,FREQ=DAILY\r\n',
    })
    assert.deepEqual([imported.status, faultsOf(imported)![0]!.pointer], [422, '#/0/repeat'])
    assert.equal((await call('PATCH', `/tasks/${id}`, on('tomorrow'))).status, 400)
  })

  test('is sent to subscribers together with the next one', async () => {
    const id = await add({ title: 'Told', due: '2026-11-27', repeat: 'FREQ=DAILY' })
    const { body } = await fetch(`${app.url}/events`)
    const events = body!.pipeThrough(new TextDecoderStream()).getReader()
    await events.read()
    await call('PATCH', `/tasks/${id}`, on('2026-11-27'))
    let told = ''
    while (!told.includes('moved')) told += (await events.read()).value
    await events.cancel()
    assert.deepEqual(
      Array.from(told.matchAll(/event: (\w+)\ndata: \{"id":(\d+)/g), ([, kind, of]) => [kind, Number(of)]),
      [
        ['changed', id],
        ['created', id + 1],
        ['moved', id + 1],
      ],
    )
  })

  test('has a rule in the calendar, where one of iCalendar says the same', async () => {
    const rules = [
      ['2026-12-04', 'FREQ=WEEKLY;BYDAY=FR', 'FREQ=WEEKLY;BYDAY=FR'],
      ['2026-12-03', 'FREQ=WEEKLY;BYDAY=FR', undefined],
      ['2026-12-04', 'FREQ=WEEKLY;FROM=COMPLETION', undefined],
      ['2027-01-31', 'FREQ=MONTHLY', 'FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1'],
      ['2027-01-31', 'FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3', 'FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3'],
      ['2028-02-29', 'FREQ=YEARLY', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1'],
    ] as const
    for (const [index, [due, repeat]] of rules.entries()) await add({ title: `Rule ${index}`, due, repeat })
    const { text: calendar } = await call('GET', '/calendar.ics')
    for (const [index, [, , said]] of rules.entries()) {
      const event = calendar.split('BEGIN:VEVENT').find((part) => part.includes(`SUMMARY:Rule ${index}\r\n`))!
      assert.equal(/^RRULE:(.*)\r$/m.exec(event)?.[1], said)
    }
  })
})
