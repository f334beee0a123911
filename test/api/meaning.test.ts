/** A request is done as it says, or refused: nothing of it is passed over. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { type Client, clear, client, create, listAll, type Problem, parse } from '../helpers/client.ts'
import { dial } from '../helpers/wire.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

const json = { 'Content-Type': 'application/json' }
const detail = (answer: Awaited<ReturnType<Client>>) => parse<Problem>(answer).detail

suite('An unknown query parameter', () => {
  test('is refused on every route and method, and nothing is done', async () => {
    const tea = await create(call, 'Tea')
    const deleted = await create(call, 'deleted')
    await call('DELETE', `/tasks/${deleted.id}`)
    const { paths } = parse<{ paths: Record<string, object> }>(await call('GET', '/openapi.json'))
    let refused = 0
    for (const [path, item] of Object.entries(paths))
      for (const method of Object.keys(item).filter((name) => name !== 'parameters')) {
        const target = path.replace('{id}', String(path.endsWith('restore') ? deleted.id : tea.id))
        const answer = await call(method.toUpperCase(), `${target}?frobnicate=1`, {
          ...(method === 'post' && !path.endsWith('restore') && { json: [] }),
        })
        assert.equal(answer.status, 400, `${method} ${path}`)
        assert.match(detail(answer), /^Unknown query parameter frobnicate; known: /)
        refused++
      }
    assert.ok(refused >= 20)
    assert.deepEqual(await listAll(call), [tea])
  })

  test('of a filter does not mark, toggle, delete or import', async () => {
    const tea = await create(call, 'Tea')
    for (const query of ['q=zzz', 'done=false', 'ids=1']) {
      assert.equal((await call('PATCH', `/tasks?${query}`, { json: { done: true } })).status, 400)
      assert.equal((await call('POST', `/import?${query}`, { json: [{ title: 'a' }] })).status, 400)
      assert.equal((await call('PATCH', `/tasks/${tea.id}?${query}`)).status, 400)
      assert.equal((await call('DELETE', `/tasks/${tea.id}?${query}`)).status, 400)
    }
    for (const query of ['done=true&q=zzz', 'done=true&done=true', 'q=Tea'])
      assert.equal((await call('DELETE', `/tasks?${query}`)).status, 400)
    assert.deepEqual(await listAll(call), [tea])
  })

  test('is refused with OPTIONS, too, which accepts those of any method', async () => {
    assert.equal((await call('OPTIONS', '/tasks?frobnicate=1')).status, 400)
    assert.equal((await call('OPTIONS', '/tasks?done=true&q=a')).status, 204)
  })
})

test('A query that cannot be decoded is refused, not guessed', async () => {
  for (const query of ['q=%', 'q=%zz', 'q=%e4', 'q=%c0%af', '%ff=1', 'q=a&q=b', 'q=a&%71=b']) {
    const answer = await call('GET', `/tasks?${query}`)
    assert.equal(answer.status, 400, query)
    assert.match(detail(answer), /broken percent-encoding|parameter q is given more than once/)
  }
  for (const query of ['', '&', 'q=a+b&', '&&done=true', 'q=a%2Bb', 'q=%E4%B8%80'])
    assert.equal((await call('GET', `/tasks?${query}`)).status, 200, query)
})

suite('A body that got lost', () => {
  test('does not toggle a task: a Content-Type without content is refused', async () => {
    const { id } = await create(call, 'Tea')
    for (const type of ['application/json', 'application/merge-patch+json', 'text/plain', '']) {
      const answer = await call('PATCH', `/tasks/${id}`, { headers: { 'Content-Type': type } })
      assert.equal(answer.status, 400, type)
      const empty = await call('PATCH', `/tasks/${id}`, { headers: { 'Content-Type': type }, body: '' })
      assert.equal(empty.status, 400, type)
      for (const framing of ['Content-Length: 0\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n']) {
        using wire = await dial(app.url)
        wire.send(
          `PATCH /tasks/${id} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${framing}`,
        )
        assert.equal((await wire.reply()).status, 400)
      }
    }
    for (const [method, path] of [
      ['POST', '/tasks'],
      ['PATCH', '/tasks'],
      ['POST', `/tasks/${id}/move`],
    ] as const)
      assert.equal((await call(method, path, { headers: json })).status, 400, path)
    assert.equal(parse<{ done: boolean }>(await call('GET', `/tasks/${id}`)).done, false)
  })

  test('is none where nothing says that there was one: that toggles', async () => {
    const { id } = await create(call, 'Tea')
    assert.equal(parse<{ done: boolean }>(await call('PATCH', `/tasks/${id}`)).done, true)
    using wire = await dial(app.url)
    wire.send(`PATCH /tasks/${id} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)
    assert.equal(JSON.parse((await wire.reply()).body).done, false)
  })
})

suite('Content that a request cannot have', () => {
  test('is refused, and nothing is done', async () => {
    const tea = await create(call, 'Tea')
    const done = await create(call, 'done')
    await call('PATCH', `/tasks/${done.id}`)
    const deleted = await create(call, 'deleted')
    await call('DELETE', `/tasks/${deleted.id}`)
    for (const [method, path] of [
      ['DELETE', '/tasks?done=true'],
      ['DELETE', `/tasks/${tea.id}`],
      ['POST', `/tasks/${deleted.id}/restore`],
    ] as const) {
      const answer = await call(method, path, { json: { ids: [7] } })
      assert.equal(answer.status, 400, path)
      assert.equal(detail(answer), `${method} takes no content here`)
      using wire = await dial(app.url)
      wire.send(
        `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      )
      assert.equal((await wire.reply()).status, 400, path)
    }
    assert.equal((await listAll(call)).length, 2)
  })

  test('is none when it is empty, whatever the framing', async () => {
    const { id } = await create(call, 'Tea')
    using wire = await dial(app.url)
    wire.send(
      `DELETE /tasks/${id} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    )
    assert.equal((await wire.reply()).status, 204)
    wire.send(`POST /tasks/${id}/restore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`)
    assert.equal((await wire.reply()).status, 200)
  })
})

test('view=full shows the times in the answers to writes, too', async () => {
  const times = (text: string) => Object.keys(JSON.parse(text)).slice(3)
  const made = await call('POST', '/tasks?view=full', { json: { title: 'Tea' } })
  assert.equal(made.status, 201)
  assert.deepEqual(times(made.text), ['created', 'updated'])
  const { id } = parse<{ id: number }>(made)
  const path = `/tasks/${id}`
  const toggled = await call('PATCH', `${path}?view=full`)
  assert.deepEqual(times(toggled.text), ['created', 'updated', 'completed'])
  const renamed = await call('PATCH', `${path}?view=full`, { json: { title: 'Milk' } })
  assert.equal(renamed.text, (await call('GET', `${path}?view=full`)).text)
  const moved = await call('POST', `${path}/move?view=full`, { json: { before: null } })
  assert.equal(moved.text, renamed.text)
  await call('DELETE', path)
  assert.equal((await call('POST', `${path}/restore?view=full`)).text, renamed.text)
  assert.equal((await call('PATCH', `${path}?view=short`)).status, 400)
  assert.deepEqual(times((await call('PATCH', path)).text), [])
})

test('A write that bears a key is answered again as the repeat asks: with times or without', async () => {
  const headers = { 'Idempotency-Key': 'full' }
  const short = await call('POST', '/tasks', { json: { title: 'Tea' }, headers })
  const full = await call('POST', '/tasks?view=full', { json: { title: 'Tea' }, headers })
  assert.equal(full.status, 201)
  assert.ok(full.text.startsWith(short.text.slice(0, -1)))
  assert.equal((await listAll(call)).length, 1)
})

suite('Media types', () => {
  test('accepted by a resource are named by OPTIONS and by each refusal', async () => {
    const { id } = await create(call, 'Tea')
    const patch = 'application/merge-patch+json, application/json'
    for (const path of ['/tasks', `/tasks/${id}`]) {
      assert.equal((await call('OPTIONS', path)).headers.get('accept-patch'), patch)
      const refused = await call('PATCH', path, { body: 'x', headers: { 'Content-Type': 'text/plain' } })
      assert.equal(refused.status, 415)
      assert.equal(refused.headers.get('accept-patch'), patch)
      assert.equal(refused.headers.get('accept'), patch)
    }
    const post = await call('POST', '/import', { body: 'x', headers: { 'Content-Type': 'text/plain' } })
    assert.equal(post.headers.get('accept'), 'application/json, text/csv')
    assert.equal(post.headers.get('accept-patch'), null)
    assert.equal((await call('OPTIONS', '/import')).headers.get('accept-patch'), null)
  })

  test('are not named if the content is encoded: then the codings are', async () => {
    const answer = await call('POST', '/tasks', { json: {}, headers: { 'Content-Encoding': 'gzip' } })
    assert.equal(answer.status, 415)
    assert.equal(answer.headers.get('accept-encoding'), 'identity')
    assert.equal(answer.headers.get('accept'), null)
  })
})
