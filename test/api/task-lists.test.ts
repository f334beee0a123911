/** Lists of tasks: `list` is a member like others, and /lists says which there are. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { type Client, client, type Problem, parse, type TaskBody } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'

suite('A list of tasks', () => {
  let app: RunningApp
  let call: Client
  let list: number
  before(async () => {
    app = await startApp()
    call = client(app.url)
  })
  beforeEach(async () => {
    list = parse<TaskBody>(await call('POST', '/lists', { json: { name: 'Work' } })).id
  })
  after(() => app[Symbol.asyncDispose]())

  const add = async (title: string, more: object = {}) =>
    parse<TaskBody>(await call('POST', '/tasks', { json: { title, ...more } })).id
  const titles = async (query: string) =>
    parse<TaskBody[]>(await call('GET', `/tasks?${query}`)).map(({ title }) => title)
  const faultsOf = (answer: { readonly text: string }) => (JSON.parse(answer.text) as Problem).errors
  const lists = async () => parse<{ id: number }[]>(await call('GET', '/lists')).map(({ id }) => id)

  test('is compact JSON, the first list first', async () => {
    const all = await call('GET', '/lists')
    assert.match(all.text, /^\[\{"id":1,"name":"Tasks"\},\{"id":2,"name":"Work"\}/)
    const green = await call('POST', '/lists', { json: { name: ' Garden ', color: 'green' } })
    const { id } = parse<TaskBody>(green)
    assert.equal(green.status, 201)
    assert.equal(green.text, `{"id":${id},"name":"Garden","color":"green"}`)
    assert.equal(green.headers.get('location'), `/lists/${id}`)
    assert.equal((await call('GET', `/lists/${id}`)).headers.get('etag'), green.headers.get('etag'))
    const plain = await call('PATCH', `/lists/${id}`, { json: { color: null } })
    assert.equal(plain.text, `{"id":${id},"name":"Garden"}`)
    assert.notEqual(plain.headers.get('etag'), green.headers.get('etag'))
    assert.notEqual((await call('GET', '/lists')).headers.get('etag'), all.headers.get('etag'))
    const headers = { 'If-Match': green.headers.get('etag')! }
    const late = await call('PATCH', `/lists/${id}`, { json: { name: 'Late' }, headers })
    assert.match(late.text, /"status":412,"detail":"The list was changed since; read it anew"/)
  })

  test('is refused with each fault where it has no proper name or color', async () => {
    for (const [json, faults] of [
      [{}, [{ pointer: '#/name', detail: 'is missing' }]],
      [{ name: '  ' }, [{ pointer: '#/name', detail: 'must not be empty' }]],
      [
        { id: 9, name: 7 },
        [
          { pointer: '#/id', detail: 'is not a member of this request' },
          { pointer: '#/name', detail: 'must be a string' },
        ],
      ],
      [{ name: 'x'.repeat(101) }, [{ pointer: '#/name', detail: 'must have at most 100 characters' }]],
    ] as const) {
      const answer = await call('POST', '/lists', { json })
      assert.equal(answer.status, 422)
      assert.deepEqual(faultsOf(answer), faults)
    }
    const loud = await call('POST', '/lists', { json: { name: 'Loud', color: 'loud' } })
    assert.match(faultsOf(loud)![0]!.detail, /must be null or one of red, orange/)
    assert.equal(
      (await call('POST', '/lists', { json: { name: '🐳'.repeat(limits.listNameLength) } })).status,
      201,
    )
  })

  test('is in its tasks but for the first one, whose tasks look as they always did', async () => {
    const tea = await call('POST', '/tasks', { json: { title: 'Tea', list: 1 } })
    assert.match(tea.text, /^\{"id":\d+,"title":"Tea","done":false\}$/)
    const mail = await call('POST', '/tasks', { json: { title: 'Mail', due: '2026-12-24', list } })
    assert.match(mail.text, new RegExp(`"due":"2026-12-24","list":${list}\\}$`))
    const { id } = parse<TaskBody>(mail)
    for (const first of [1, null]) {
      await call('PATCH', `/tasks/${id}`, { json: { list } })
      const answer = await call('PATCH', `/tasks/${id}`, { json: { list: first } })
      assert.ok(!('list' in parse<object>(answer)))
    }
    for (const [given, detail] of [
      [999_999, 'names no list'],
      ['Work', 'must be the id of a list or null'],
      [0, 'must be the id of a list or null'],
      [1.5, 'must be the id of a list or null'],
    ] as const)
      for (const answer of [
        await call('POST', '/tasks', { json: { title: 'Lost', list: given } }),
        await call('PATCH', `/tasks/${id}`, { json: { list: given } }),
      ]) {
        assert.equal(answer.status, 422)
        assert.deepEqual(faultsOf(answer), [{ pointer: '#/list', detail }])
      }
  })

  test('takes in a task that is moved to a place in it', async () => {
    const [here, there] = [await add('Here', { list }), await add('There')]
    const answer = await call('POST', `/tasks/${there}/move`, { json: { before: here, list } })
    assert.equal(answer.text, `{"id":${there},"title":"There","done":false,"list":${list}}`)
    assert.deepEqual(await titles(`list=${list}`), ['There', 'Here'])
    for (const [json, faults] of [
      [{ before: null, list: 999_999 }, [{ pointer: '#/list', detail: 'names no list' }]],
      [{ before: null, list: 'Work' }, [{ pointer: '#/list', detail: 'must be the id of a list or null' }]],
      [{ list }, [{ pointer: '#/before', detail: 'is missing' }]],
    ] as const)
      assert.deepEqual(faultsOf(await call('POST', `/tasks/${here}/move`, { json })), faults)
    const ofList = await call('POST', `/lists/${list}/move`, { json: { before: null, list } })
    assert.equal(ofList.status, 422)
  })

  test('filters tasks together with all other filters, page by page', async () => {
    for (const title of ['One', 'Two', 'Three']) {
      await add(title, { list, due: '2026-12-24' })
      await add(`Not ${title}`)
    }
    assert.deepEqual(await titles(`list=${list}`), ['One', 'Two', 'Three'])
    assert.deepEqual(await titles(`list=${list}&q=t`), ['Two', 'Three'])
    assert.deepEqual(await titles(`list=${list}&due=none`), [])
    assert.deepEqual(await titles(`list=${list}&due=2026-12-24&done=false&limit=2`), ['One', 'Two'])
    const first = await call('GET', `/tasks?list=${list}&limit=2`)
    assert.equal(first.headers.get('x-total-count'), '3')
    const next = /<(\?[^>]+)>/.exec(first.headers.get('link')!)![1]!
    assert.match(next, new RegExp(`list=${list}&`))
    assert.deepEqual(await titles(next.slice(1)), ['Three'])
    assert.ok((await titles('list=1')).every((title) => !['One', 'Two', 'Three'].includes(title)))
    assert.deepEqual(await titles('list=999999'), [])
    for (const query of ['list=0', 'list=x', 'list=', `list=${list}&list=1`])
      assert.equal((await call('GET', `/tasks?${query}`)).status, 400, query)
  })

  test('can have only its completed tasks deleted', async () => {
    const [here, there] = [await add('Here', { list }), await add('There')]
    for (const id of [here, there]) await call('PATCH', `/tasks/${id}`, { json: { done: true } })
    assert.equal((await call('DELETE', `/tasks?done=true&list=${list}`)).text, '{"deleted":1}')
    assert.equal((await call('GET', `/tasks/${here}`)).status, 404)
    assert.equal((await call('GET', `/tasks/${there}`)).status, 200)
  })

  test('is deleted and restored with its tasks, and the first one never', async () => {
    const id = await add('Mail', { list, notes: 'to all' })
    const { text } = await call('GET', `/tasks/${id}?view=full`)
    assert.equal((await call('DELETE', `/lists/${list}`)).status, 204)
    assert.equal((await call('GET', `/tasks/${id}`)).status, 404)
    const gone = await call('GET', `/lists/${list}`)
    assert.equal(gone.status, 404)
    assert.match(gone.text, /List not found/)
    assert.equal((await call('POST', `/lists/${list}/restore`)).status, 200)
    assert.equal((await call('GET', `/tasks/${id}?view=full`)).text, text)
    const first = await call('DELETE', '/lists/1')
    assert.equal(first.status, 409)
    assert.match(first.text, /The first list is always there/)
  })

  test('can be put before another', async () => {
    await call('POST', `/lists/${list}/move`, { json: { before: 1 } })
    assert.equal((await lists())[0], list)
    await call('POST', `/lists/${list}/move`, { json: { before: null } })
    assert.equal((await lists()).at(-1), list)
    const answer = await call('POST', `/lists/${list}/move`, { json: { before: 999_999 } })
    assert.deepEqual(faultsOf(answer), [{ pointer: '#/before', detail: 'names no list' }])
  })

  test('has an event of its own, and a reset if tasks were deleted with it', async () => {
    await add('Mail', { list })
    await using events = await listen(`${app.url}/events`)
    await call('PATCH', `/lists/${list}`, { json: { name: 'Play' } })
    assert.deepEqual(await events.next(), { event: 'lists', data: '{}' })
    await call('DELETE', `/lists/${list}`)
    assert.deepEqual(await events.next(), { event: 'lists', data: '{}' })
    assert.deepEqual(await events.next(), { event: 'reset', data: '{}' })
  })

  test('goes out and comes in by its name, in JSON and in CSV', async () => {
    await call('PATCH', `/lists/${list}`, { json: { name: '=Work; "all"' } })
    await add('Mail', { list })
    for (const [format, type] of [
      ['json', 'application/json'],
      ['csv', 'text/csv'],
    ] as const) {
      const { text } = await call('GET', `/export?format=${format}`)
      await using other = await startApp()
      const there = client(other.url)
      const imported = await there('POST', '/import', { body: text, headers: { 'Content-Type': type } })
      assert.equal(imported.status, 200, imported.text)
      const named = parse<{ id: number; name: string }[]>(await there('GET', '/lists'))
      const { id } = named.find(({ name }) => name === '=Work; "all"')!
      assert.match(
        (await there('GET', `/tasks?list=${id}`)).text,
        /^\[\{"id":\d+,"title":"Mail","done":false,"list":\d+\}\]$/,
      )
    }
    for (const given of [2, '', 'x'.repeat(101)]) {
      const answer = await call('POST', '/import', { json: [{ title: 'Lost', list: given }] })
      assert.equal(answer.status, 422)
      assert.equal(faultsOf(answer)![0]!.pointer, '#/0/list')
    }
  })

  test('is one too many where there are as many as there may be, and an import that would make it brings nothing', async () => {
    await using other = await startApp()
    const there = client(other.url)
    const named = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ title: `${n}`, list: `${n}` }))
    const over = await there('POST', '/import', { json: named(limits.lists) })
    assert.equal(over.status, 507)
    assert.match(over.text, /as many lists as there may be, 5000; delete some/)
    assert.equal((await there('GET', '/lists')).text, '[{"id":1,"name":"Tasks"}]')
    assert.equal((await there('GET', '/tasks')).text, '[]')
    assert.equal((await there('POST', '/import', { json: named(limits.lists - 1) })).status, 200)
    assert.equal((await there('POST', '/lists', { json: { name: 'More' } })).status, 507)
    assert.equal((await there('DELETE', '/lists/2')).status, 204)
    assert.equal((await there('POST', '/lists', { json: { name: 'More' } })).status, 201)
    assert.equal((await there('POST', '/lists/2/restore')).status, 507)
  })

  test('has a calendar of its own, which bears its name', async () => {
    await add('Mail', { list, due: '2026-12-24' })
    await add('Tea', { due: '2026-12-24' })
    const calendar = await call('GET', `/calendar.ics?list=${list}`)
    assert.match(calendar.text, /\r\nNAME:Work\r\n/)
    assert.match(calendar.text, /SUMMARY:Mail/)
    assert.doesNotMatch(calendar.text, /SUMMARY:Tea/)
    assert.match((await call('GET', '/calendar.ics')).text, /SUMMARY:Mail.*SUMMARY:Tea/s)
    const unknown = await call('GET', '/calendar.ics?list=999999')
    assert.equal(unknown.status, 404)
  })
})
