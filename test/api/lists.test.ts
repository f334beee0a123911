/** Lists of any length: whole, or page by page while tasks are moved. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import fc from 'fast-check'
import { startApp } from '../helpers/app.ts'
import {
  clear,
  client,
  create,
  listAll,
  nextOf,
  type Problem,
  parse,
  type TaskBody,
} from '../helpers/client.ts'
import { dial } from '../helpers/wire.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

const importAll = (tasks: readonly object[]) => call('POST', '/import', { json: tasks })
const many = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, n) => ({ title: `task ${n}`, ...more }))
const titles = (tasks: readonly TaskBody[]) => tasks.map(({ title }) => title)

suite('GET /tasks without a limit', () => {
  test('gives all tasks, however many there are, in order and in one answer', async () => {
    await importAll(many(2_500))
    const [first] = await listAll(call)
    await call('POST', `/tasks/${first!.id}/move`, { json: { before: null } })
    const answer = await call('GET', '/tasks')
    const expected = [...many(2_500).slice(1), { title: 'task 0' }]
    assert.deepEqual(titles(parse(answer)), titles(expected as TaskBody[]))
    assert.equal(answer.text, JSON.stringify(JSON.parse(answer.text)))
    assert.equal(answer.headers.get('link'), null)
    assert.equal(answer.headers.get('x-total-count'), '2500')
    assert.equal(answer.headers.get('content-type'), 'application/json')
    const pages: string[] = []
    for (let query: string | undefined = '?limit=400'; query; ) {
      const page = await call('GET', `/tasks${query}`)
      pages.push(page.text.slice(1, -1))
      query = nextOf(page)
    }
    assert.equal(`[${pages.join(',')}]`, answer.text)
  })

  test('filters, and continues after a task', async () => {
    await importAll(many(3_000).map((task, n) => ({ ...task, done: n % 2 === 1, due: '2026-12-24' })))
    const all = await listAll(call)
    const done = parse<TaskBody[]>(await call('GET', '/tasks?done=true'))
    assert.deepEqual(
      done,
      all.filter((task) => task.done),
    )
    assert.deepEqual(parse(await call('GET', '/tasks?q=task')), all)
    assert.deepEqual(parse(await call('GET', '/tasks?due=2026-12-24&done=true')), done)
    assert.deepEqual(parse(await call('GET', `/tasks?after=${all[700]!.id}`)), all.slice(701))
    const full = parse<object[]>(await call('GET', '/tasks?view=full'))
    assert.equal(full.length, 3_000)
    assert.ok(full.every((task) => 'created' in task))
  })

  test('has the tag of the whole list, also after a restart', async () => {
    await using own = await startApp()
    const there = client(own.url)
    await there('POST', '/import', { json: many(1_500) })
    const etag = (await there('GET', '/tasks')).headers.get('etag')!
    const revalidate = async (url: string, method = 'GET') =>
      (await client(url)(method, '/tasks', { headers: { 'If-None-Match': etag } })).status
    assert.equal(await revalidate(own.url), 304)
    assert.equal(await revalidate(own.url, 'HEAD'), 304)
    const head = await there('HEAD', '/tasks')
    assert.equal(head.headers.get('etag'), etag)
    assert.equal(head.headers.get('x-total-count'), '1500')
    assert.equal((await there('GET', '/tasks', { headers: { 'If-Match': '"x"' } })).status, 412)
    await own.stop()
    await using again = await startApp({ folder: own.folder })
    assert.equal(await revalidate(again.url), 304)
    await client(again.url)('PATCH', '/tasks/1400')
    assert.equal(await revalidate(again.url), 200)
  })

  test('is a snapshot of its start, despite concurrent writes', async () => {
    await importAll(many(20_000))
    const response = await fetch(`${app.url}/tasks`)
    const reader = response.body!.getReader()
    let text = new TextDecoder().decode((await reader.read()).value)
    await clear(call)
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += new TextDecoder().decode(part.value)
    assert.deepEqual(titles(JSON.parse(text)), titles(many(20_000) as unknown as TaskBody[]))
    assert.deepEqual(await listAll(call), [])
  })

  test('releases the snapshot when the client disconnects, or sends HEAD', async () => {
    await importAll(many(5_000))
    for (let n = 0; n < 20; n++) {
      assert.equal((await call('HEAD', '/tasks')).status, 200)
      using wire = await dial(app.url)
      wire.send(`GET /tasks HTTP/1.1\r\nHost: a\r\nX-Request-Id: left-${n}\r\n\r\n`)
      wire.socket.resetAndDestroy()
      await app.logged(({ id }) => id === `left-${n}`)
    }
    assert.equal((await listAll(call)).length, 5_000)
  })
})

suite('A page', () => {
  test('has as many tasks as its limit says, however long their texts are', async () => {
    const notes = '🐢'.repeat(10_000)
    await importAll(many(90, { notes }))
    const page = await call('GET', '/tasks?limit=50')
    assert.equal(parse<TaskBody[]>(page).length, 50)
    assert.equal(page.headers.get('x-total-count'), '90')
    const rest = await call('GET', `/tasks${nextOf(page)}`)
    assert.deepEqual(
      titles([...parse<TaskBody[]>(page), ...parse<TaskBody[]>(rest)]),
      titles(await listAll(call)),
    )
    assert.equal(nextOf(rest), undefined)
    const etag = page.headers.get('etag')!
    assert.equal((await call('GET', '/tasks?limit=50', { headers: { 'If-None-Match': etag } })).status, 304)
  })

  test('has another tag when it is no longer the last, or the total has changed', async () => {
    await create(call, 'a')
    const etag = (await call('GET', '/tasks?limit=1')).headers.get('etag')!
    await create(call, 'b')
    const answer = await call('GET', '/tasks?limit=1', { headers: { 'If-None-Match': etag } })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('x-total-count'), '2')
    assert.ok(nextOf(answer))
  })
})

suite('X-Total-Count', () => {
  const total = async (query: string) => (await call('GET', `/tasks${query}`)).headers.get('x-total-count')

  test('is the number of tasks that match the filters, on each page', async () => {
    await importAll(
      many(10).map((task, n) => ({ ...task, done: n < 3, ...(n < 4 && { due: '2026-12-24' }) })),
    )
    for (const limit of ['', '&limit=1', '&limit=1000']) {
      assert.equal(await total(`?${limit}`), '10')
      assert.equal(await total(`?done=true${limit}`), '3')
      assert.equal(await total(`?done=false${limit}`), '7')
      assert.equal(await total(`?due=2026-12-24${limit}`), '4')
      assert.equal(await total(`?due=2026-12-24&done=false${limit}`), '1')
      assert.equal(await total(`?q=task${limit}`), '10')
      assert.equal(await total(`?q=nothing${limit}`), '0')
    }
    const [, , , fourth] = await listAll(call)
    assert.equal(await total(`?limit=2&after=${fourth!.id}`), '10')
  })

  test('follows each write', async () => {
    const totals = async () => [
      await total('?limit=1'),
      await total('?limit=1&done=true'),
      await total('?limit=1&done=false'),
    ]
    assert.deepEqual(await totals(), ['0', '0', '0'])
    await importAll(many(3))
    assert.deepEqual(await totals(), ['3', '0', '3'])
    const { id } = await create(call, 'a')
    assert.deepEqual(await totals(), ['4', '0', '4'])
    await call('PATCH', `/tasks/${id}`)
    assert.deepEqual(await totals(), ['4', '1', '3'])
    await call('DELETE', `/tasks/${id}`)
    assert.deepEqual(await totals(), ['3', '0', '3'])
    await call('POST', `/tasks/${id}/restore`)
    assert.deepEqual(await totals(), ['4', '1', '3'])
    await call('PATCH', '/tasks', { json: { done: true } })
    assert.deepEqual(await totals(), ['4', '4', '0'])
    await call('PATCH', '/tasks', { json: { ids: [[id - 3, id - 1]], done: false } })
    assert.deepEqual(await totals(), ['4', '1', '3'])
    await call('DELETE', '/tasks?done=true')
    assert.deepEqual(await totals(), ['3', '0', '3'])
  })

  test('is right with many concurrent writes, and over many ranges of ids', async () => {
    await importAll(many(20_000))
    assert.equal(await total('?limit=1'), '20000')
    await Promise.all(Array.from({ length: 50 }, (_, n) => create(call, `more ${n}`)))
    assert.equal(await total('?limit=1'), '20050')
  })

  test('is omitted if a search finds more than can be counted cheaply', async () => {
    await importAll(many(1_001))
    assert.equal(await total('?q=task&limit=10'), null)
    assert.equal(await total('?limit=10'), '1001')
  })
})

suite('Paging', () => {
  /** What is done between one page and the next. */
  type Step = { move: number; before: number | null } | { remove: number } | { create: true }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ move: fc.nat(), before: fc.option(fc.nat()) }) },
    { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ create: true as const }) },
  )

  test('returns each untouched task once, in order, while others are moved, deleted and created', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 8 }),
        async (limit, steps) => {
          await clear(call)
          await importAll(many(12))
          const before = await listAll(call)
          const touched = new Set<number>()
          const seen: number[] = []
          const rounds = [...steps]
          for (let query: string | undefined = `?limit=${limit}`; query; ) {
            const page = await call('GET', `/tasks${query}`)
            assert.equal(page.status, 200, page.text)
            seen.push(...parse<TaskBody[]>(page).map(({ id }) => id))
            query = nextOf(page)
            for (const each of rounds.shift() ?? []) await change(each, touched)
          }
          const still = before.map(({ id }) => id).filter((id) => !touched.has(id))
          assert.deepEqual(
            seen.filter((id) => still.includes(id)),
            still,
          )
        },
      ),
      { numRuns: 150 },
    )
  })

  async function change(each: Step, touched: Set<number>) {
    const list = await listAll(call)
    if ('create' in each) return void (await create(call, 'new'))
    const at = (n: number) => list[n % list.length]!.id
    if (list.length === 0) return
    const id = at('move' in each ? each.move : each.remove)
    touched.add(id)
    if ('remove' in each) await call('DELETE', `/tasks/${id}`)
    else
      await call('POST', `/tasks/${id}/move`, {
        json: { before: each.before === null ? null : at(each.before) },
      })
  }

  test('omits nothing after moves have used up the gap between two tasks', async () => {
    await importAll(many(40))
    const list = await listAll(call)
    const first = await call('GET', '/tasks?limit=10')
    // Each halves the gap before the eleventh: after twenty the tasks around are spread anew.
    for (const { id } of list.slice(11))
      await call('POST', `/tasks/${id}/move`, { json: { before: list[10]!.id } })
    const seen = new Set(parse<TaskBody[]>(first).map(({ id }) => id))
    for (let query = nextOf(first); query; ) {
      const page = await call('GET', `/tasks${query}`)
      for (const { id } of parse<TaskBody[]>(page)) seen.add(id)
      query = nextOf(page)
    }
    assert.equal(seen.size, 40)
  })

  test('continues after a task that was moved to the end as after one that was not', async () => {
    await importAll(many(12))
    const all = await listAll(call)
    const page = await call('GET', '/tasks?limit=5')
    await call('POST', `/tasks/${all[4]!.id}/move`, { json: { before: null } })
    const next = await call('GET', `/tasks${nextOf(page)}`)
    assert.deepEqual(titles(parse(next)), titles(all.slice(5, 10)))
  })

  test('refuses an id that never existed, and an invalid cursor', async () => {
    const { id } = await create(call, 'a')
    for (const never of [id + 1, 999_999_999, Number.MAX_SAFE_INTEGER, `${id + 1}.1.0`]) {
      const answer = await call('GET', `/tasks?after=${never}`)
      assert.equal(answer.status, 400, String(never))
      assert.match(parse<Problem>(answer).detail, /after names no task that ever was/)
      assert.equal(parse<Problem>(answer).type, 'urn:problem-type:taskapp:unknown-cursor')
    }
    for (const none of ['', 'x', '1.2', '1.2.3.4', '1.2.x', '1..2', '-1', '1.2.99999999999999999'])
      assert.equal((await call('GET', `/tasks?after=${none}`)).status, 400, none)
    assert.equal((await call('GET', '/tasks?after=0')).status, 200)
  })
})
