import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, nextOf, type Problem, parse, type TaskBody } from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

const make = (json: object) => call('POST', '/tasks', { json })

suite('Notes and due date', () => {
  test('come after the other members, and only when set', async () => {
    const answer = await make({ due: '2026-12-24', title: 'Tea', notes: 'green\nor "black"' })
    const { id } = parse<TaskBody>(answer)
    assert.equal(
      answer.text,
      `{"id":${id},"title":"Tea","done":false,"notes":"green\\nor \\"black\\"","due":"2026-12-24"}`,
    )
    assert.equal((await call('GET', '/tasks')).text, `[${answer.text}]`)
    const undated = await call('PATCH', `/tasks/${id}`, { json: { due: null } })
    assert.equal(undated.text, `{"id":${id},"title":"Tea","done":false,"notes":"green\\nor \\"black\\""}`)
    const plain = await call('PATCH', `/tasks/${id}`, { json: { notes: null } })
    assert.equal(plain.text, `{"id":${id},"title":"Tea","done":false}`)
    const dated = await call('PATCH', `/tasks/${id}`, { json: { due: '2024-02-29' } })
    assert.equal(dated.text, `{"id":${id},"title":"Tea","done":false,"due":"2024-02-29"}`)
    assert.equal(
      (await call('PATCH', `/tasks/${id}`)).text,
      `{"id":${id},"title":"Tea","done":true,"due":"2024-02-29"}`,
    )
  })

  test('that are null or empty are unset', async () => {
    for (const json of [
      { title: 'Tea', notes: null, due: null },
      { title: 'Tea', notes: '' },
    ]) {
      const answer = await make(json)
      assert.equal(answer.text, `{"id":${parse<TaskBody>(answer).id},"title":"Tea","done":false}`)
    }
  })

  test('change the version only when they change', async () => {
    const { id } = await create(call, 'Tea')
    const tag = async (json: object) => (await call('PATCH', `/tasks/${id}`, { json })).headers.get('etag')
    const first = await tag({})
    const second = await tag({ notes: 'n' })
    assert.notEqual(first, second)
    assert.equal(await tag({ notes: 'n', due: null }), second)
    assert.notEqual(await tag({ due: '2026-01-01' }), second)
  })

  test('count in code points: 10,000 fit into the notes, 10,001 do not', async () => {
    for (const character of ['a', '🐳']) {
      assert.equal((await make({ title: 'a', notes: character.repeat(10_000) })).status, 201)
      const exceeds = await make({ title: 'a', notes: character.repeat(10_001) })
      assert.deepEqual(parse<Problem>(exceeds).errors, [
        { pointer: '#/notes', detail: 'must have at most 10000 characters' },
      ])
    }
  })

  const invalid: readonly object[] = [
    { notes: 1 },
    { notes: ['a'] },
    { notes: 'a\u0000b' },
    { notes: 'a\u001bb' },
    { notes: 'a\u0085b' },
    { notes: '\ud800' },
    { due: '' },
    { due: 20261224 },
    { due: '2026-2-3' },
    { due: '2026-02-30' },
    { due: '2025-02-29' },
    { due: '2026-13-01' },
    { due: '2026-00-10' },
    { due: '0000-01-01' },
    { due: '2026-12-24T00:00:00Z' },
    { due: ' 2026-12-24' },
    { due: '٢٠٢٦-١٢-٢٤' },
  ]
  for (const members of invalid) {
    test(`are refused as ${JSON.stringify(members)}`, async () => {
      const { id } = await create(call, 'Tea')
      const pointers = Object.keys(members).map((name) => `#/${name}`)
      for (const answer of [
        await make({ title: 'a', ...members }),
        await call('PATCH', `/tasks/${id}`, { json: members }),
      ]) {
        assert.equal(answer.status, 422)
        assert.deepEqual(
          parse<Problem>(answer).errors?.map(({ pointer }) => pointer),
          pointers,
        )
      }
    })
  }
})

suite('?view=full', () => {
  test('adds the times, of a list and of one task', async () => {
    const { id } = await create(call, 'Tea')
    const open = await call('GET', `/tasks/${id}?view=full`)
    const { created, updated } = parse<Record<string, string>>(open)
    assert.equal(
      open.text,
      `{"id":${id},"title":"Tea","done":false,"created":"${created}","updated":"${updated}"}`,
    )
    assert.match(created!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    await call('PATCH', `/tasks/${id}`, { json: { done: true, notes: 'n', due: '2026-12-24' } })
    const done = await call('GET', `/tasks/${id}?view=full`)
    const times = parse<Record<string, string>>(done)
    assert.equal(
      done.text,
      `{"id":${id},"title":"Tea","done":true,"notes":"n","due":"2026-12-24","created":"${created}","updated":"${times['updated']}","completed":"${times['completed']}"}`,
    )
    assert.ok(times['updated']! > updated! && times['completed']! >= created!)
    assert.equal((await call('GET', '/tasks?view=full')).text, `[${done.text}]`)
    assert.equal(new Date(times['updated']!).getTime(), Number(done.headers.get('etag')!.slice(1, -1)))
  })
})

suite('Filters', () => {
  test('by words and by due date go together and stay in the link to the next page', async () => {
    for (let n = 0; n < 6; n++) await make({ title: `green tea ${n}`, due: `2026-12-2${n}` })
    await make({ title: 'coffee', due: '2026-12-20' })
    const first = await call('GET', '/tasks?q=tea+gr%C3%A9en&due=2026-12-23&done=false&view=full&limit=2')
    const page = parse<TaskBody[]>(first)
    assert.deepEqual(
      page.map(({ title }) => title),
      ['green tea 0', 'green tea 1'],
    )
    const next = nextOf(first)!
    const query = '?done=false&q=tea%20gr%C3%A9en&due=2026-12-23&view=full&limit=2&after='
    assert.ok(next.startsWith(`${query}${page[1]!.id}.`), next)
    const second = await call('GET', `/tasks${next}`)
    assert.deepEqual(
      parse<TaskBody[]>(second).map(({ title }) => title),
      ['green tea 2', 'green tea 3'],
    )
    assert.equal(second.headers.get('link'), null)
  })

  test('by due date: on a day or before, in a range that may be open at one end, or without one', async () => {
    for (const [title, due] of Object.entries({
      a: '2026-12-20',
      b: undefined,
      c: '2026-12-24',
      d: '2027-01-01',
    }))
      await make({ title, due })
    const titles = async (due: string) =>
      parse<TaskBody[]>(await call('GET', `/tasks?due=${due}`))
        .map(({ title }) => title)
        .join('')
    assert.equal(await titles('2026-12-24'), 'ac')
    assert.equal(await titles('..2026-12-24'), 'ac')
    assert.equal(await titles('2026-12-21..2026-12-31'), 'c')
    assert.equal(await titles('2026-12-24..2026-12-24'), 'c')
    assert.equal(await titles('2026-12-24..'), 'cd')
    assert.equal(await titles('none'), 'b')
    assert.equal(await titles('none&q=a'), '')
    assert.equal((await call('GET', '/tasks?due=none&limit=1')).headers.get('x-total-count'), '1')
  })

  test('and sorted by due date: of one day in the order of the list, without a date at the end', async () => {
    const days = ['2026-12-24', undefined, '2026-12-20', '2026-12-24', '2026-12-20', undefined]
    for (const due of days) await make({ title: 'Tea', due })
    const all = parse<TaskBody[]>(await call('GET', '/tasks?sort=due'))
    const first = Math.min(...all.map(({ id }) => id))
    const wanted = [2, 4, 0, 3, 1, 5].map((n) => first + n)
    assert.deepEqual(
      all.map(({ id }) => id),
      wanted,
    )
    const paged: number[] = []
    for (let query: string | undefined = '?sort=due&limit=1&after=0'; query; ) {
      const page = await call('GET', `/tasks${query}`)
      paged.push(...parse<TaskBody[]>(page).map(({ id }) => id))
      query = nextOf(page)
      assert.ok(query === undefined || query.startsWith('?sort=due&limit=1&after='))
    }
    assert.deepEqual(paged, wanted)
    const etag = (await call('GET', '/tasks?sort=due')).headers.get('etag')!
    await call('PATCH', `/tasks/${wanted[0]}`, { json: { due: '2026-12-31' } })
    const later = await call('GET', '/tasks?sort=due', { headers: { 'If-None-Match': etag } })
    assert.equal(parse<TaskBody[]>(later)[3]!.id, wanted[0])
  })

  test('answer 304 until something changes, and the change at once after it', async () => {
    const { id } = await create(call, 'Tea')
    const etag = (await call('GET', '/tasks?q=tea')).headers.get('etag')!
    const again = async () =>
      (await call('GET', '/tasks?q=tea', { headers: { 'If-None-Match': etag } })).status
    assert.equal(await again(), 304)
    for (let n = 0; n < 20; n++) {
      await call('PATCH', `/tasks/${id}`, { json: { title: `Tea ${n}` } })
      const answers = await Promise.all([call('GET', '/tasks?q=tea'), call('GET', `/tasks?q=tea ${n}`)])
      for (const { text } of answers) assert.ok(text.includes(`"Tea ${n}"`), text)
      const created = await create(call, `Tea cup ${n}`)
      assert.ok((await call('GET', `/tasks?q=cup ${n}`)).text.includes(`"id":${created.id},`))
    }
  })

  for (const query of [
    'due=',
    'due=today',
    'due=2026-02-30',
    'due=2026-12-24&due=2026-12-24',
    'due=..',
    'due=None',
    'due=2026-12-24...',
    'due=2026-12-24..2026-12-25..2026-12-26',
    'due=2026-12-24..2026-12-20',
    'due=2026-12-24..tomorrow',
    'sort=',
    'sort=title',
    'sort=due&q=tea',
    'sort=due&after=1',
    'after=1.1048576.0.2026-12-24',
    'sort=due&after=1.1048576.0.2026-12-99',
    'view=',
    'view=all',
    `q=${'x'.repeat(201)}`,
    'q=a&q=b',
    'format=json',
  ]) {
    test(`that are wrong are refused: ${query.slice(0, 40)}`, async () => {
      assert.equal((await call('GET', `/tasks?${query}`)).status, 400)
    })
  }

  test('of one task are refused, but for its view', async () => {
    const { id } = await create(call, 'Tea')
    assert.equal((await call('GET', `/tasks/${id}?done=true`)).status, 400)
    assert.equal((await call('GET', `/tasks/${id}?`)).status, 200)
  })
})
