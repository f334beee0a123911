/** Holds the OpenAPI document to the truth: all that it says happens, all that happens it says. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { openAccess } from '../../src/access/guard.ts'
import { errorReplies } from '../../src/api/errors.ts'
import { openFeed } from '../../src/api/feed.ts'
import { healthRoutes } from '../../src/api/health.ts'
import { metricsRoutes } from '../../src/api/metrics.ts'
import { openApi } from '../../src/api/openapi/document.ts'
import { apiRoutes } from '../../src/app.ts'
import { resources } from '../../src/domain/resources.ts'
import { router } from '../../src/http/router.ts'
import { listen } from '../../src/http/server.ts'
import { countTraffic } from '../../src/http/traffic.ts'
import { limits } from '../../src/limits.ts'
import { openLog } from '../../src/log.ts'
import type { Resource } from '../../src/resources/resource.ts'
import { openStore } from '../../src/storage/open.ts'
import { root, startApp } from '../helpers/app.ts'
import { type Answer, type CallOptions, type Client, client, create, parse } from '../helpers/client.ts'
import { sampleOf } from '../helpers/samples.ts'
import { exchange } from '../helpers/wire.ts'

type Json = Readonly<Record<string, unknown>>
interface Response {
  readonly headers?: Readonly<Record<string, Json>>
  readonly content?: Readonly<Record<string, Json>>
}
interface Operation {
  readonly responses: Readonly<Record<string, Json>>
}

const document = openApi('')
const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)

const ajv = new Ajv2020({ strict: false, allErrors: true })
formats.default(ajv)
ajv.addSchema(document, 'document')

/** The operations, such as `POST /tasks`, with their responses. */
const operations = new Map<string, Operation>()
for (const [path, item] of Object.entries(document.paths))
  for (const method of ['get', 'post', 'patch', 'delete'] as const)
    if (method in item)
      operations.set(
        `${method.toUpperCase()} ${path}`,
        (item as unknown as Record<string, Operation>)[method]!,
      )

function resolve<T>(value: Json): T {
  const ref = value['$ref'] as string | undefined
  if (ref === undefined) return value as T
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, name) => (at as Json)[name], document) as T
}

/** Whether an answer is what the document says. */
function assertDocumented(operation: string, { status, headers, text }: Answer) {
  const { responses } = operations.get(operation)!
  const what = `${operation}: ${status} ${text.slice(0, 300)}`
  const documented =
    responses[status] ?? (status === 500 || status === 408 ? responses['default'] : undefined)
  assert.ok(documented, what)
  const response = resolve<Response>(documented)
  for (const [name, given] of Object.entries(response.headers ?? {})) {
    const { required, schema } = resolve<{ required?: boolean; schema: Json }>(given)
    const value = headers.get(name)
    assert.ok(value !== null || !required, `${what}: ${name} is missing`)
    if (value !== null) assert.ok(ajv.validate(schema, value), `${what}: ${name}: ${value}`)
  }
  const type = headers.get('content-type')?.split(';')[0]
  if (response.content === undefined) {
    assert.equal(text, '', what)
    return
  }
  const schema = response.content[type!]?.['schema'] as Json | undefined
  assert.ok(schema, `${what}: ${type}`)
  const ref = schema['$ref'] as string | undefined
  const check = ajv.compile(
    JSON.parse(JSON.stringify(ref ? { $ref: `document${ref}` } : schema).replaceAll('"#/', '"document#/')),
  )
  assert.ok(check(/json/.test(type!) ? JSON.parse(text) : text), `${what}: ${ajv.errorsText(check.errors)}`)
}

const json = { 'Content-Type': 'application/json' }
const large = { body: 'x'.repeat(limits.bodyBytes + 1), headers: json }
const text = { body: 'title', headers: { 'Content-Type': 'text/plain' } }
const broken = { body: '{', headers: json }
const badKey = { headers: { 'Idempotency-Key': 'a b' } }
const usedKey = { headers: { 'Idempotency-Key': 'used' } }
const never = { headers: { 'If-Match': '"x"' } }
const any = { headers: { 'If-None-Match': '*' } }
const missing = '/tasks/999999999'

type Request = readonly [path: string, options?: CallOptions]

/** Requests that get each documented answer of a resource. */
function itemRequests({ name, fixed }: Resource): Record<string, readonly Request[]> {
  const [all, one, none] = [`/${name}`, `/${name}/{id}`, `/${name}/999999999`]
  const json = sampleOf(name)
  return {
    [`GET ${all} 200`]: [[all]],
    [`GET ${all} 304`]: [[all, any]],
    [`GET ${all} 412`]: [[all, never]],
    [`POST ${all} 201`]: [[all, { json }]],
    [`POST ${all} 400`]: [[all, broken]],
    [`POST ${all} 413`]: [[all, large]],
    [`POST ${all} 415`]: [[all, text]],
    [`POST ${all} 422`]: [[all, { json: {} }]],
    [`GET ${one} 200`]: [[one]],
    [`GET ${one} 304`]: [[one, any]],
    [`GET ${one} 412`]: [[one, never]],
    [`GET ${one} 404`]: [[none]],
    [`PATCH ${one} 200`]: [[one, { json }]],
    [`PATCH ${one} 400`]: [[one, broken]],
    [`PATCH ${one} 404`]: [[none, { json }]],
    [`PATCH ${one} 412`]: [[one, { ...never, json }]],
    [`PATCH ${one} 413`]: [[one, large]],
    [`PATCH ${one} 415`]: [[one, text]],
    [`PATCH ${one} 422`]: [[one, { json: { unknown: 1 } }]],
    [`DELETE ${one} 204`]: [[one]],
    [`DELETE ${one} 400`]: [[one, badKey]],
    [`DELETE ${one} 404`]: [[none]],
    ...(fixed && { [`DELETE ${one} 409`]: [[`${all}/${fixed.id}`]] }),
    [`DELETE ${one} 412`]: [[one, never]],
    [`DELETE ${one} 422`]: [[one, usedKey]],
    [`POST ${one}/restore 200`]: [[`${one}/restore`]],
    [`POST ${one}/restore 400`]: [[`${one}/restore`, badKey]],
    [`POST ${one}/restore 404`]: [[`${none}/restore`]],
    [`POST ${one}/restore 412`]: [[`${one}/restore`, never]],
    [`POST ${one}/restore 422`]: [[`${one}/restore`, usedKey]],
    [`POST ${one}/move 200`]: [[`${one}/move`, { json: { before: 1 } }]],
    [`POST ${one}/move 400`]: [[`${one}/move`, broken]],
    [`POST ${one}/move 404`]: [[`${none}/move`, { json: { before: null } }]],
    [`POST ${one}/move 412`]: [[`${one}/move`, { ...never, json: { before: null } }]],
    [`POST ${one}/move 413`]: [[`${one}/move`, large]],
    [`POST ${one}/move 415`]: [[`${one}/move`, text]],
    [`POST ${one}/move 422`]: [[`${one}/move`, { json: { before: 999_999_999 } }]],
  }
}

/** Requests that get each documented answer; `{id}` stands for a task or an item that is there. */
const requests: Readonly<Record<string, readonly Request[]>> = {
  'GET /tasks 200': [
    ['/tasks'],
    ['/tasks?view=full'],
    ['/tasks?q=tea&due=2030-01-01&limit=1&after=0&done=false'],
    ['/tasks?list=1&limit=1'],
  ],
  'GET /tasks 304': [['/tasks', any]],
  'GET /tasks 412': [['/tasks', never]],
  'GET /tasks 400': [['/tasks?limit=0']],
  'POST /tasks 201': [['/tasks', { json: { title: 'Tea', notes: 'n', due: '2026-12-24' } }]],
  'POST /tasks 400': [['/tasks', broken]],
  'POST /tasks 413': [['/tasks', large]],
  'POST /tasks 415': [['/tasks', text]],
  'POST /tasks 422': [
    ['/tasks', { json: { title: '' } }],
    ['/tasks', { ...usedKey, json: { title: 'b' } }],
  ],
  'PATCH /tasks 200': [
    ['/tasks', { json: { done: false } }],
    ['/tasks', { json: { ids: [1, [2, 9]], done: true }, headers: { 'Idempotency-Key': 'bulk' } }],
    ['/tasks', { json: { ids: [999_999_999], deleted: true } }],
  ],
  'PATCH /tasks 400': [['/tasks', broken]],
  'PATCH /tasks 413': [['/tasks', large]],
  'PATCH /tasks 415': [['/tasks', text]],
  'PATCH /tasks 422': [
    ['/tasks', { json: {} }],
    ['/tasks', { json: { ids: [[2, 1]], done: true } }],
  ],
  'POST /tasks/undo 200': [['/tasks/undo', { json: { key: 'bulk' } }]],
  'POST /tasks/undo 400': [['/tasks/undo', broken]],
  'POST /tasks/undo 404': [['/tasks/undo', { json: { key: 'nobody’s' } }]],
  'POST /tasks/undo 413': [['/tasks/undo', large]],
  'POST /tasks/undo 415': [['/tasks/undo', text]],
  'POST /tasks/undo 422': [['/tasks/undo', { json: {} }]],
  'DELETE /tasks 200': [['/tasks?done=true']],
  'DELETE /tasks 400': [['/tasks']],
  'DELETE /tasks 422': [['/tasks?done=true', usedKey]],
  'GET /tasks/{id} 200': [['/tasks/{id}'], ['/tasks/{id}?view=full']],
  'GET /tasks/{id} 304': [['/tasks/{id}', any]],
  'GET /tasks/{id} 412': [['/tasks/{id}', never]],
  'GET /tasks/{id} 400': [['/tasks/{id}?view=x']],
  'GET /tasks/{id} 404': [[missing]],
  'PATCH /tasks/{id} 200': [['/tasks/{id}'], ['/tasks/{id}', { json: { done: true, notes: 'n' } }]],
  'PATCH /tasks/{id} 400': [['/tasks/{id}', broken]],
  'PATCH /tasks/{id} 404': [[missing]],
  'PATCH /tasks/{id} 412': [['/tasks/{id}', never]],
  'PATCH /tasks/{id} 413': [['/tasks/{id}', large]],
  'PATCH /tasks/{id} 415': [['/tasks/{id}', text]],
  'PATCH /tasks/{id} 422': [['/tasks/{id}', { json: { due: 'x' } }]],
  'DELETE /tasks/{id} 204': [['/tasks/{id}']],
  'DELETE /tasks/{id} 400': [['/tasks/{id}', badKey]],
  'DELETE /tasks/{id} 404': [[missing]],
  'DELETE /tasks/{id} 412': [['/tasks/{id}', never]],
  'DELETE /tasks/{id} 422': [['/tasks/{id}', usedKey]],
  'POST /tasks/{id}/restore 200': [['/tasks/{id}/restore']],
  'POST /tasks/{id}/restore 400': [['/tasks/{id}/restore', badKey]],
  'POST /tasks/{id}/restore 404': [[`${missing}/restore`]],
  'POST /tasks/{id}/restore 412': [['/tasks/{id}/restore', never]],
  'POST /tasks/{id}/restore 422': [['/tasks/{id}/restore', usedKey]],
  'POST /tasks/{id}/move 200': [
    ['/tasks/{id}/move', { json: { before: null } }],
    ['/tasks/{id}/move', { json: { before: null, list: 1 } }],
  ],
  'POST /tasks/{id}/move 400': [['/tasks/{id}/move', broken]],
  'POST /tasks/{id}/move 404': [[`${missing}/move`, { json: { before: null } }]],
  'POST /tasks/{id}/move 412': [['/tasks/{id}/move', { ...never, json: { before: null } }]],
  'POST /tasks/{id}/move 413': [['/tasks/{id}/move', large]],
  'POST /tasks/{id}/move 415': [['/tasks/{id}/move', text]],
  'POST /tasks/{id}/move 422': [['/tasks/{id}/move', { json: { before: 999_999_999 } }]],
  ...(Object.assign({}, ...resources.map(itemRequests)) as ReturnType<typeof itemRequests>),
  'GET /export 200': [['/export'], ['/export?format=csv']],
  'GET /export 400': [['/export?format=x']],
  'POST /import 200': [
    ['/import', { json: [{ title: 'Tea' }] }],
    ['/import', { body: 'title\nTea', headers: { 'Content-Type': 'text/csv' } }],
  ],
  'POST /import 400': [['/import', broken]],
  'POST /import 413': [['/import', { json: [{ title: 'x'.repeat(limits.importedTaskChars) }] }]],
  'POST /import 415': [['/import', text]],
  'POST /import 422': [['/import', { json: [{ title: '' }] }]],
  'GET /calendar.ics 200': [['/calendar.ics']],
  'GET /calendar.ics 304': [['/calendar.ics', any]],
  'GET /calendar.ics 412': [['/calendar.ics', never]],
  'GET /calendar.ics 400': [['/calendar.ics?key=a&key=b']],
  'POST /calendar 201': [['/calendar']],
  'DELETE /calendar 204': [['/calendar']],
  'GET /openapi.json 200': [['/openapi.json']],
  'GET /openapi.json 304': [['/openapi.json', any]],
  'GET /openapi.json 412': [['/openapi.json', never]],
  'GET /session 200': [['/session']],
  'POST /session 413': [['/session', large]],
  'POST /session 415': [['/session', text]],
  'GET /version 200': [['/version']],
  'GET /metrics 200': [['/metrics']],
  'GET /healthz 200': [['/healthz']],
  'GET /readyz 200': [['/readyz']],
}

/** Statuses that have a test of their own below, for all operations at once. */
const elsewhere: readonly string[] = ['400', '401', '403', '429', '503', '507', 'default']

/** Operations that ask no storage where everybody may do everything. */
const ofAccess = / \/(?:session|calendar)$/

suite('Each answer that the document names', () => {
  for (const [name, choices] of Object.entries(requests)) {
    const [method, path, status] = name.split(' ') as [string, string, string]
    test(`happens, and is as it says: ${name}`, async () => {
      await call('POST', '/tasks', { json: { title: 'keyed' }, headers: usedKey.headers })
      for (const [target, options] of choices) {
        const resource = resources.find(({ name }) => path.startsWith(`/${name}`))
        const { id } = resource
          ? parse<{ id: number }>(await call('POST', `/${resource.name}`, { json: sampleOf(resource.name) }))
          : await create(call, 'Tea')
        const answer = await call(method, target.replace('{id}', String(id)), options)
        assert.equal(answer.status, Number(status), answer.text)
        assertDocumented(`${method} ${path}`, answer)
      }
    })
  }

  test('happens: the stream of events', async () => {
    const abort = new AbortController()
    const { status, headers } = await fetch(`${app.url}/events`, { signal: abort.signal })
    assertDocumented('GET /events', { status, headers, text: '' })
    abort.abort()
  })

  test('happens: 400 to whatever is no proper request', async () => {
    for (const operation of operations.keys()) {
      const [method, path] = operation.split(' ')
      const { status, headers, body } = await exchange(app.url, `${method} ${path} HTTP/1.1\r\n\r\n`)
      assert.equal(status, 400)
      assertDocumented(operation, { status, headers: new Headers([...headers]), text: body })
    }
  })

  test('happens: 401 to who is unknown, 403 to another site’s page, 429 to who sends too much', async () => {
    const token = 'a'.repeat(43)
    const AUTH_TOKEN_SHA256 = createHash('sha256').update(token).digest('hex')
    await using closed = await startApp({ env: { AUTH_TOKEN_SHA256 } })
    await using slow = await startApp({ env: { RATE_LIMIT: '1' } })
    await client(slow.url)('GET', '/tasks')
    const at = async (url: string, operation: string, field = '') => {
      const [method, path] = operation.split(' ')
      const head = `${method} ${path!.replace('{id}', '1')} HTTP/1.1\r\nHost: localhost\r\n${field}Content-Length: 0\r\n\r\n`
      const { status, headers, body } = await exchange(url, head)
      const answer = { status, headers: new Headers([...headers]), text: body }
      assertDocumented(operation, answer)
      return answer.status
    }
    for (const operation of operations.keys()) {
      const [method, path] = operation.split(' ')
      const isOpen = ['/healthz', '/readyz', '/session'].includes(path!)
      if (!isOpen) assert.equal(await at(closed.url, operation), 401, operation)
      if (!isOpen || path === '/session') assert.equal(await at(slow.url, operation), 429, operation)
      if (method !== 'GET')
        assert.equal(await at(app.url, operation, 'Sec-Fetch-Site: cross-site\r\n'), 403, operation)
    }
    const session = client(closed.url)
    const signIn = await session('POST', '/session', { json: { token } })
    assert.equal(signIn.status, 204)
    assertDocumented('POST /session', signIn)
    assertDocumented('DELETE /session', await session('DELETE', '/session'))
  })

  test('happens: 503 while the storage or the service has no room', async () => {
    const unavailable: string[] = []
    await withoutStorage(async (at) => {
      for (const [operation, { responses }] of operations) {
        if (!('503' in responses) || ofAccess.test(operation)) continue
        const [method, path] = operation.split(' ') as [string, string]
        const [target, options] = requests[`${operation} 200`]?.[0] ??
          requests[`${operation} 201`]?.[0] ?? [path]
        const query = operation === 'DELETE /tasks' ? '?done=true' : ''
        const plain = operation.startsWith('DELETE ') ? path : target.split('?')[0]!
        const answer = await at(method, plain.replace('{id}', '2') + query, options)
        assert.equal(answer.status, 503, `${operation}: ${answer.text}`)
        assertDocumented(operation, answer)
        unavailable.push(operation)
      }
    })
    assert.equal(unavailable.length, 15 + 7 * resources.length)
  })

  test('happens: 404 to an address of a calendar that is none', async () => {
    const AUTH_TOKEN_SHA256 = createHash('sha256').update('a'.repeat(43)).digest('hex')
    await using closed = await startApp({ env: { AUTH_TOKEN_SHA256 } })
    const answer = await client(closed.url)('GET', '/calendar.ics?key=x')
    assert.equal(answer.status, 404)
    assertDocumented('GET /calendar.ics', answer)
  })

  test('happens: 507 where there is no room for more', async () => {
    await using full = await startApp({ env: { MAX_TASKS: '1' } })
    const at = client(full.url)
    await create(at, 'Tea')
    for (const [path, json] of [
      ['/tasks', { title: 'Milk' }],
      ['/import', [{ title: 'Milk' }]],
    ] as const) {
      const answer = await at('POST', path, { json })
      assert.equal(answer.status, 507)
      assertDocumented(`POST ${path}`, answer)
    }
  })

  test('is among those that were produced here', () => {
    const produced = new Set(Object.keys(requests))
    for (const [operation, { responses }] of operations)
      for (const status of Object.keys(responses)) {
        if (elsewhere.includes(status) || operation === 'GET /events' || operation.endsWith(' /session'))
          continue
        if (`${operation} ${status}` === 'GET /calendar.ics 404') continue
        assert.ok(produced.has(`${operation} ${status}`), `${operation} ${status}`)
      }
    for (const name of produced) {
      const [method, path, status] = name.split(' ')
      assert.ok(operations.get(`${method} ${path}`)?.responses[status!], name)
    }
  })
})

test('Whatever a request to a route is like, its answer is among the documented ones', async () => {
  const variants: readonly (CallOptions | undefined)[] = [
    undefined,
    broken,
    large,
    text,
    badKey,
    usedKey,
    never,
    any,
    { json: { title: 'Tea' } },
    { json: { done: true } },
    { json: { before: null } },
    { json: [{ title: 'Tea' }] },
    { json: { title: 'Tea' }, headers: usedKey.headers },
    { body: '', headers: json },
  ]
  for (const operation of operations.keys()) {
    if (operation === 'GET /events') continue
    const [method, path] = operation.split(' ') as [string, string]
    for (const query of ['', '?', '?x=1', '?done=true', '?view=full'])
      for (const options of variants) {
        // fetch sends no body with these.
        if (method === 'GET' && (options?.body !== undefined || options?.json !== undefined)) continue
        const { id } = await create(call, 'Tea')
        assertDocumented(operation, await call(method, path.replace('{id}', String(id)) + query, options))
      }
  }
})

/** The real routes over a storage that is closed, and with as many listeners as there may be. */
async function withoutStorage(use: (at: Client) => Promise<void>) {
  const store = openStore({ file: ':memory:' })
  const feed = openFeed(store)
  for (let n = 0; n < limits.eventStreams; n++) feed.subscribe(undefined)
  await store.close()
  const log = openLog('silent')
  const handle = router(
    apiRoutes(store, feed, healthRoutes(store, { warnings: () => [], isKnown: async () => true }), ''),
  )
  const server = await listen(handle, { host: '127.0.0.1', port: 0, log, onError: errorReplies(log) })
  try {
    await use(client(server.url))
  } finally {
    feed.close()
    await server.close(0)
  }
}

suite('The document', () => {
  test('names every route, and no other', async () => {
    const store = openStore({ file: ':memory:' })
    const feed = openFeed(store)
    const traffic = countTraffic()
    const routes = [
      ...apiRoutes(store, feed, healthRoutes(store, { warnings: () => [], isKnown: async () => true }), ''),
      ...metricsRoutes({ store, feeds: [feed], traffic, connections: () => 0 }),
      ...openAccess({
        tokens: [],
        sessionKey: undefined,
        clientOf: () => '',
        ended: store.ended,
        log: { warn() {} },
      }).routes,
    ]
    assert.deepEqual(
      routes.map(([method, path]) => `${method} ${path}`).sort(),
      [...operations.keys()].sort(),
    )
    await store.close()
  })

  test('is what the service gives, wherever it is mounted', async () => {
    assert.deepEqual(
      JSON.parse((await call('GET', '/openapi.json')).text),
      JSON.parse(JSON.stringify(document)),
    )
    assert.deepEqual(openApi('/api').servers, [{ url: '/api' }])
  })

  const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(document))

  test('has nothing that redocly finds', () => {
    const redocly = join(root, 'test/node_modules/@redocly/cli/bin/cli.js')
    const { status, stdout, stderr } = spawnSync(process.execPath, [redocly, 'lint', '--format=json', file], {
      encoding: 'utf8',
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        REDOCLY_TELEMETRY: 'off',
        REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
      },
    })
    assert.equal(status, 0, stdout + stderr)
    assert.deepEqual(JSON.parse(stdout).totals, { errors: 0, warnings: 0, ignored: 0 })
  })
})
