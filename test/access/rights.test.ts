/** Who may what: the table of docs/security.md, line by line with every token. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { openApi } from '../../src/api/openapi/document.ts'
import { resources } from '../../src/domain/resources.ts'
import { type RunningApp, root, runCommand, startApp } from '../helpers/app.ts'
import { type Client, client, parse, type TaskBody } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'
import { needs } from '../helpers/needs.ts'
import { startPostgres } from '../helpers/postgres.ts'

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const rights = ['everything', ':read', ':write=2', ':read=2'] as const
const tokenOf = (right: string) => `token for ${right}`.replaceAll(/\W/g, '-').padEnd(43, '-')
const settings = rights.map(
  (right, index) => `t${index}:${hashOf(tokenOf(right))}${right === 'everything' ? '' : right}`,
)
const mixed = `mixed:${hashOf(tokenOf('mixed'))}:read=2:write=3`
const env = { AUTH_TOKEN_SHA256: [...settings, mixed].join(' ') }

const chapter = /^## Rights\n(.*?)^## /ms.exec(readFileSync(join(root, 'docs/security.md'), 'utf8'))![1]!
const lines = chapter
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$|`/g, '').trim()))

suite('Tokens with limited rights', () => {
  let app: RunningApp
  const calls = new Map<string, Client>()
  const as = (right: string): Client => calls.get(right)!
  before(async () => {
    app = await startApp({ env })
    for (const right of [...rights, 'mixed']) {
      const call = client(app.url)
      calls.set(right, (method, path, options = {}) =>
        call(method, path, {
          ...options,
          headers: { Authorization: `Bearer ${tokenOf(right)}`, ...options.headers },
        }),
      )
    }
    for (const name of ['Theirs', 'Secret']) await as('everything')('POST', '/lists', { json: { name } })
  })
  after(() => app[Symbol.asyncDispose]())

  const add = async (list: number, title = list === 2 ? 'Shared' : 'Secret') => {
    const json = { title, list, due: '2026-12-24' }
    return parse<TaskBody>(await as('everything')('POST', '/tasks', { json })).id
  }
  const find = async (id: number) => parse<TaskBody>(await as('everything')('GET', `/tasks/${id}?view=full`))

  for (const [request, body, ...answers] of lines as [string, string, ...string[]][])
    for (const [index, right] of rights.entries())
      test(`${request} ${body}: ${answers[index]} for ${right}`, async () => {
        const all = as('everything')
        const tasks = [await add(1), await add(2), await add(3)]
        const put = (text: string) => text.replaceAll(/\{([123])\}/g, (_, list) => String(tasks[list - 1]))
        const [method, path] = put(request).split(' ') as [string, string]
        if (path.includes('done=true')) await all('PATCH', '/tasks', { json: { ids: tasks, done: true } })
        if (path === '/tasks/undo') {
          const headers = { 'Idempotency-Key': `by-${right.replaceAll(/\W/g, '')}-${tasks[0]}` }
          await all('PATCH', '/tasks', { json: { ids: [tasks[1]], done: true }, headers })
        }
        if (path.includes('/restore') && path.startsWith('/tasks'))
          await all('DELETE', path.replace('/restore', ''))
        const secret = path.includes('/restore') ? [] : await Promise.all([find(tasks[0]!), find(tasks[2]!)])

        const given =
          path === '/session' && method === 'POST' ? JSON.stringify({ token: tokenOf(right) }) : put(body)
        const json =
          given === ''
            ? undefined
            : JSON.parse(given.replace('somebody else’s', `by-${right.replaceAll(/\W/g, '')}-${tasks[0]}`))
        const answer =
          path === '/events'
            ? await heard(right)
            : await as(right)(method, path, json === undefined ? {} : { json })
        const expected = answers[index]!
        const status = { yes: [200, 201, 204], own: [200, 201, 204], no: [403], none: [404, 422] }[expected]
        assert.ok(status?.includes(answer.status), `${answer.status} ${answer.text}`)
        if (answer.status < 300 && right.endsWith('2')) {
          assert.doesNotMatch(answer.text, /Secret/)
          if (method === 'GET' && !/session|version|healthz|readyz|openapi|list=3|q=secret/.test(path))
            assert.match(answer.text, /Shared|Theirs/)
        }
        // Of everything else the others keep all as it was.
        if (right !== 'everything' && secret.length > 0)
          assert.deepEqual(await Promise.all([find(tasks[0]!), find(tasks[2]!)]), secret)
        await all('POST', '/lists/2/restore')
        await all('PATCH', '/lists/2', { json: { name: 'Theirs' } })
        await all('PATCH', '/tasks', { json: { ids: tasks, deleted: true } })
      })

  test('have a line in the table for every operation', () => {
    const told = new Set(
      lines.map(([request]) => request!.replace(/\?.*/, '').replace(/\{\d\}|(?<=\/lists\/)\d/, '{id}')),
    )
    // Those of other resources are alike: test/items.test.ts.
    const others = resources.filter(({ name }) => name !== 'lists').map(({ name }) => `/${name}`)
    const paths = Object.entries(openApi('').paths).filter(
      ([path]) => !others.some((other) => path === other || path.startsWith(`${other}/`)),
    )
    const operations = paths.flatMap(([path, item]) =>
      ['get', 'post', 'patch', 'delete']
        .filter((method) => method in item)
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual([...told].sort(), operations.sort())
  })

  /** What a stream of events tells while things happen in all lists. */
  async function heard(right: string) {
    await using events = await listen(`${app.url}/events`, { Authorization: `Bearer ${tokenOf(right)}` })
    const all = as('everything')
    for (const list of [1, 3, 2]) {
      const id = await add(list)
      await all('PATCH', `/tasks/${id}`, { json: { notes: list === 2 ? 'Shared' : 'Secret' } })
    }
    const told: string[] = []
    while (!told.some((event) => /"notes":"Shared"/.test(event)))
      told.push(JSON.stringify(await events.next()).replaceAll('\\', ''))
    return { status: events.response.status, text: told.join('\n') }
  }

  test('see a task that moves to a list they cannot read as deleted in their event streams', async () => {
    await using events = await listen(`${app.url}/events`, { Authorization: `Bearer ${tokenOf(':read=2')}` })
    const id = await add(2)
    await as('everything')('PATCH', `/tasks/${id}`, { json: { list: 3, title: 'Secret' } })
    await as('everything')('PATCH', `/tasks/${id}`, { json: { title: 'Secret still' } })
    await as('everything')('PATCH', `/tasks/${id}`, { json: { list: 2, title: 'Shared again' } })
    assert.equal((await events.next()).event, 'created')
    assert.deepEqual(await events.next(), { event: 'deleted', data: `{"id":${id}}` })
    assert.equal((await events.next()).event, 'reset')
  })

  test('put a task without a list into the first list that they may write', async () => {
    const { text } = await as(':write=2')('POST', '/tasks', { json: { title: 'New' } })
    assert.equal(parse<{ list: number }>({ text } as never).list, 2)
    const imported = await as(':write=2')('POST', '/import', { json: [{ title: 'Brought' }] })
    assert.equal(imported.text, '{"imported":1}')
    assert.match((await as(':write=2')('GET', '/tasks?q=brought')).text, /"list":2/)
  })

  test('may read some lists and write others', async () => {
    const [theirs, secret] = [await add(2), await add(3)]
    const call = as('mixed')
    assert.equal((await call('GET', `/tasks/${theirs}`)).status, 200)
    assert.equal((await call('PATCH', `/tasks/${theirs}`)).status, 403)
    assert.equal((await call('PATCH', `/tasks/${secret}`)).status, 200)
    assert.equal((await call('PATCH', `/tasks/${theirs}`, { json: { list: 3 } })).status, 403)
    assert.equal((await call('PATCH', `/tasks/${secret}`, { json: { list: 2 } })).status, 403)
    assert.equal((await call('GET', `/tasks/${await add(1)}`)).status, 404)
  })

  test('apply to their sessions, which report them to the page, and to their calendars', async () => {
    const call = client(app.url)
    const { headers } = await call('POST', '/session', { json: { token: tokenOf(':read=2') } })
    const cookie = { headers: { Cookie: headers.get('set-cookie')!.split(';')[0]! } }
    assert.partialDeepStrictEqual(JSON.parse((await call('GET', '/session', cookie)).text), {
      access: 'signed in',
      read: [2],
      write: [],
    })
    assert.doesNotMatch((await call('GET', '/tasks', cookie)).text, /Secret/)
    assert.equal((await call('POST', '/tasks', { ...cookie, json: { title: 'New' } })).status, 403)
    const { address } = JSON.parse((await call('POST', '/calendar', cookie)).text)
    const calendar = await call('GET', `/${address}`)
    assert.match(calendar.text, /SUMMARY:Shared/)
    assert.doesNotMatch(calendar.text, /Secret/)
    assert.equal((await call('GET', `/${address}&list=3`)).status, 404)
  })

  test('do not learn from a key what other tokens did with it', async () => {
    const headers = { 'Idempotency-Key': 'guessed' }
    const json = { title: 'Secret', list: 3 }
    assert.equal((await as('everything')('POST', '/tasks', { json, headers })).status, 201)
    const mine = await as(':write=2')('POST', '/tasks', { json: { title: 'Mine' }, headers })
    assert.equal(mine.status, 201)
    const again = await as(':write=2')('POST', '/tasks', { json: { title: 'Mine' }, headers })
    assert.equal(again.text, mine.text)
  })

  test('get counts and pages as if other lists did not exist', async () => {
    await using few = await startApp({ env })
    const [all, limited] = [tokenOf('everything'), tokenOf(':read=2')].map((token) => {
      const call = client(few.url)
      return (method: string, path: string, json?: object) =>
        call(method, path, { headers: { Authorization: `Bearer ${token}` }, ...(json && { json }) })
    }) as [Client, Client]
    await all('POST', '/lists', { name: 'Theirs' } as never)
    for (let count = 0; count < 6; count++)
      await all('POST', '/tasks', { title: `Task ${count}`, list: 1 + (count % 2) } as never)
    await all('PATCH', '/tasks/2')
    const page = await limited('GET', '/tasks?limit=2')
    assert.equal(page.headers.get('x-total-count'), '3')
    assert.match(page.text, /Task 1.*Task 3/)
    const link = /<(\?[^>]+)>/.exec(page.headers.get('link')!)![1]!
    assert.match((await limited('GET', `/tasks${link}`)).text, /^\[\{"id":6,/)
    assert.equal((await limited('GET', '/tasks?done=false')).headers.get('x-total-count'), '2')
  })
})

test('A stream resumed in another process sends a limited token no more than the first did', {
  skip: needs('postgres'),
}, async () => {
  await using server = await startPostgres()
  const settings = { ...env, DATABASE_URL: server.database() }
  const all = { Authorization: `Bearer ${tokenOf('everything')}` }
  const few = { Authorization: `Bearer ${tokenOf(':read=2')}` }
  let id: string
  {
    await using first = await startApp({ env: settings })
    const call = client(first.url)
    for (const name of ['Theirs', 'Secret']) await call('POST', '/lists', { json: { name }, headers: all })
    await using events = await listen(`${first.url}/events`, few)
    await call('POST', '/tasks', { json: { title: 'Shared', list: 2 }, headers: all })
    await events.next()
    id = events.lastId()
    for (const list of [3, 2])
      await call('POST', '/tasks', { json: { title: list === 2 ? 'Last' : 'Secret', list }, headers: all })
  }
  await using second = await startApp({ env: settings })
  await using events = await listen(`${second.url}/events`, { ...few, 'Last-Event-ID': id })
  const { event, data } = await events.next()
  assert.equal(event, 'created')
  assert.match(data, /"title":"Last"/)
})

test('Invalid rights are refused at startup', async () => {
  for (const wrong of [':reads', ':read=', ':read=0', ':write=2,3x', ':read=2+', ':admin']) {
    const { code, err } = await runCommand(['serve'], { env: { AUTH_TOKEN_SHA256: hashOf('x') + wrong } })
    assert.equal(code, 2)
    assert.match(err, /AUTH_TOKEN_SHA256.*:read, :read=2\+5 or :write=2/)
  }
})
