/** Notes and due dates: optional members that a plain task does not show. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { type Client, client, type Problem, parse } from '../helpers/client.ts'

suite('Notes and due dates', () => {
  let app: RunningApp
  let call: Client
  before(async () => {
    app = await startApp()
    call = client(app.url)
  })
  after(() => app[Symbol.asyncDispose]())

  const add = async (json: object) => {
    const answer = await call('POST', '/tasks', { json })
    assert.equal(answer.status, 201, answer.text)
    return { ...parse<{ id: number }>(answer), text: answer.text }
  }

  test('follow the others, only if they are set', async () => {
    const { id, text } = await add({
      due: '2026-12-24',
      notes: 'Two of them\nand a "third"',
      title: 'Candles',
    })
    assert.equal(
      text,
      `{"id":${id},"title":"Candles","done":false,"notes":"Two of them\\nand a \\"third\\"","due":"2026-12-24"}`,
    )
    assert.equal((await call('GET', `/tasks/${id}`)).text, text)
    const plain = await add({ title: 'Plain', notes: null, due: null })
    assert.equal(plain.text, `{"id":${plain.id},"title":"Plain","done":false}`)
  })

  test('are changed by a merge patch, and cleared by null', async () => {
    const { id } = await add({ title: 'Tree', notes: 'tall', due: '2026-12-20' })
    const patch = async (json: object) => (await call('PATCH', `/tasks/${id}`, { json })).text
    assert.equal(
      await patch({ due: '2026-12-21' }),
      `{"id":${id},"title":"Tree","done":false,"notes":"tall","due":"2026-12-21"}`,
    )
    assert.equal(await patch({ notes: null }), `{"id":${id},"title":"Tree","done":false,"due":"2026-12-21"}`)
    assert.equal(await patch({ due: null, done: true }), `{"id":${id},"title":"Tree","done":true}`)
    assert.equal(await patch({ notes: 'short' }), `{"id":${id},"title":"Tree","done":true,"notes":"short"}`)
  })

  for (const [pointer, value] of [
    ['#/due', 'tomorrow'],
    ['#/due', '2026-02-30'],
    ['#/due', '2026-12-24T18:00:00Z'],
    ['#/due', 20_261_224],
    ['#/notes', 'x'.repeat(10_001)],
    ['#/notes', 'bell\u0007'],
    ['#/notes', ['a']],
    ['#/title', null],
  ] as const) {
    test(`are refused as ${pointer} ${JSON.stringify(value).slice(0, 30)}`, async () => {
      const json = { title: 'Tea', [pointer.slice(2)]: value }
      const answer = await call('POST', '/tasks', { json })
      assert.equal(answer.status, 422)
      assert.deepEqual(
        parse<Problem>(answer).errors!.map((error) => error.pointer),
        [pointer],
      )
    })
  }

  test('may be as long as the limit says, counted in characters', async () => {
    const notes = '🐳'.repeat(10_000)
    assert.ok((await add({ title: 'Whales', notes })).text.includes(notes))
  })

  test('filter what is due on a date or before, open or done, page by page', async () => {
    await using other = await startApp()
    const at = client(other.url)
    for (const due of ['2027-01-03', '2027-01-01', null, '2027-01-02', '2027-01-01'])
      await at('POST', '/tasks', { json: { title: due ?? 'never', due } })
    await at('PATCH', '/tasks/2')
    const ids = async (query: string) =>
      parse<{ id: number }[]>(await at('GET', `/tasks?${query}`)).map(({ id }) => id)
    assert.deepEqual(await ids('due=2027-01-02'), [2, 4, 5])
    assert.deepEqual(await ids('due=2027-01-02&done=false'), [4, 5])
    assert.deepEqual(await ids('due=2027-01-02&done=true'), [2])
    assert.deepEqual(await ids('due=2026-12-31'), [])
    const first = await at('GET', '/tasks?due=2027-01-02&limit=2&view=full')
    assert.match(first.headers.get('link')!, /^<\?due=2027-01-02&view=full&limit=2&after=4\./)
    for (const query of ['due=soon', 'due=2026-02-30', 'view=half'])
      assert.equal((await at('GET', `/tasks?${query}`)).status, 400)
  })

  test('come with their times when the full view is asked for', async () => {
    const { id } = await add({ title: 'Tea', due: '2026-12-24' })
    const time = '"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"'
    const open = new RegExp(
      `^\\{"id":${id},"title":"Tea","done":false,"due":"2026-12-24","created":${time},"updated":${time}\\}$`,
    )
    assert.match((await call('GET', `/tasks/${id}?view=full`)).text, open)
    await call('PATCH', `/tasks/${id}`)
    assert.match(
      (await call('GET', `/tasks/${id}?view=full`)).text,
      new RegExp(`"updated":${time},"completed":${time}\\}$`),
    )
    assert.match((await call('GET', '/tasks?view=full')).text, new RegExp(`"completed":${time}`))
  })
})
