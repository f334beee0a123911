import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { type Client, client, create, type Problem, parse } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'
import { needs } from '../helpers/needs.ts'
import { dial, exchange } from '../helpers/wire.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)

/** The lines of /metrics that are no comments: `name{labels}` and the value. */
async function scrape(at: Client = call, path = '/metrics'): Promise<ReadonlyMap<string, number>> {
  const { status, text } = await at('GET', path)
  assert.equal(status, 200)
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

/** How much a figure grows while something is done; one that is not there yet counts as 0. */
async function growth(name: string, act: () => Promise<unknown>): Promise<number> {
  const before = (await scrape()).get(name) ?? 0
  await act()
  return ((await scrape()).get(name) ?? 0) - before
}

const answers = (route: string, method: string, status: number) =>
  `taskapp_http_requests_total{route="${route}",method="${method}",status="${status}"}`

suite('The metrics', () => {
  test('are in the text format of Prometheus', async () => {
    const { headers, text } = await call('GET', '/metrics')
    assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(headers.get('cache-control'), 'no-cache')
    assert.ok(text.endsWith('\n'))
    assert.equal((await call('HEAD', '/metrics')).text, '')
  })

  test('have nothing that promtool finds', { skip: needs('promtool') }, async () => {
    await create(call, 'Tea')
    await exchange(app.url, 'GARBAGE\r\n\r\n')
    for (const path of ['/tasks', '/nothing', '/tasks/1', '/metrics']) await call('GET', path)
    const { text } = await call('GET', '/metrics')
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    assert.equal(stdout + stderr, '')
    assert.equal(status, 0)
  })

  test('count answers by route, method and status', async () => {
    const { id } = await create(call, 'Tea')
    const cases: readonly (readonly [method: string, path: string, name: string])[] = [
      ['GET', '/tasks?limit=1', answers('/tasks', 'GET', 200)],
      ['GET', `/tasks/${id}`, answers('/tasks/{id}', 'GET', 200)],
      ['HEAD', `/tasks/${id}`, answers('/tasks/{id}', 'HEAD', 200)],
      ['PATCH', `/tasks/${id}`, answers('/tasks/{id}', 'PATCH', 200)],
      ['GET', '/tasks/x', answers('/tasks/{id}', 'GET', 404)],
      ['POST', '/tasks', answers('/tasks', 'POST', 422)],
      ['DELETE', `/tasks/${id}`, answers('/tasks/{id}', 'DELETE', 204)],
      ['PUT', '/tasks', answers('/tasks', 'other', 405)],
    ]
    for (const [method, path, name] of cases) {
      // The second is answered from what is kept ready, where it is kept.
      const twice = async () => {
        await call(method, path)
        await call(method, path)
      }
      const expected = method === 'DELETE' ? 1 : 2
      assert.equal(await growth(name, twice), expected, name)
    }
  })

  test('count the revalidated with 304', async () => {
    const etag = (await call('GET', '/tasks')).headers.get('etag')!
    const revalidate = () => call('GET', '/tasks', { headers: { 'If-None-Match': etag } })
    assert.equal(await growth(answers('/tasks', 'GET', 304), revalidate), 1)
  })

  test('do not grow with what clients make up', async () => {
    const makeUp = async (round: number) => {
      for (let n = 0; n < 20; n++) {
        await call('GET', `/made-up-${round}-${n}`)
        await call('GET', `/tasks/${round}${n}00000`)
        await call('GET', '/%zz')
      }
      for (const method of ['PROPFIND', 'PURGE', 'PUT', 'LOCK', 'REPORT']) await call(method, '/tasks')
      await exchange(app.url, `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n\r\n`)
      await exchange(app.url, 'GARBAGE\r\n\r\n')
    }
    await makeUp(1)
    const { size } = await scrape()
    await makeUp(2)
    const names = [...(await scrape()).keys()]
    assert.equal(names.length, size)
    assert.ok(names.includes(answers('other', 'GET', 404)))
    assert.ok(!names.some((name) => /made|PURGE/.test(name)))
  })

  test('count what was no proper request', async () => {
    const name = 'taskapp_http_malformed_total{status="400"}'
    assert.equal(await growth(name, () => exchange(app.url, 'GARBAGE\r\n\r\n')), 1)
  })

  test('have a histogram of latencies whose counts add up', async () => {
    const of = (part: string, more = '') =>
      `taskapp_http_request_duration_seconds_${part}{route="/healthz",method="GET"${more}}`
    const ask = async () => {
      for (let n = 0; n < 5; n++) await call('GET', '/healthz')
    }
    assert.equal(await growth(of('count'), ask), 5)
    const figures = await scrape()
    assert.equal(figures.get(of('bucket', ',le="+Inf"')), figures.get(of('count')))
    assert.ok(figures.get(of('sum'))! > 0)
    const buckets = [...figures].filter(([name]) => name.startsWith(of('bucket').slice(0, -1)))
    assert.equal(buckets.length, 14)
    for (const [index, [, count]] of buckets.entries()) assert.ok(count >= (buckets[index - 1]?.[1] ?? 0))
  })

  test('count commits, their writes and their time', async () => {
    const tenWrites = () => Promise.all(Array.from({ length: 10 }, () => create(call, 'one of ten')))
    assert.equal(await growth('taskapp_commit_writes_sum', tenWrites), 10)
    const figures = await scrape()
    const commits = figures.get('taskapp_commit_writes_count')!
    assert.equal(figures.get('taskapp_commit_duration_seconds_count'), commits)
    assert.ok(figures.get('taskapp_commit_duration_seconds_sum')! > 0)
    assert.equal(figures.get('taskapp_commit_failures_total'), 0)
    assert.equal(figures.get('taskapp_write_queue_length'), 0)
  })

  test('tell how many connections are open and who listens to events', async () => {
    const before = await scrape()
    using _idle = await dial(app.url)
    await using _events = await listen(`${app.url}/events`)
    const now = await scrape()
    assert.equal(now.get('taskapp_event_streams'), 1)
    assert.ok(now.get('taskapp_http_connections')! >= before.get('taskapp_http_connections')! + 1)
  })

  test('tell the size of the database and the memory, time and start of the process', async () => {
    const figures = await scrape()
    for (const name of [
      'taskapp_database_bytes',
      'taskapp_database_log_bytes',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_heap_size_used_bytes',
    ])
      assert.ok(figures.get(name)! > 0, name)
    const started = figures.get('process_start_time_seconds')! * 1_000
    assert.ok(started <= Date.now() && started > Date.now() - 3_600_000)
  })

  test('tell how late the event loop is, once it is watched', async () => {
    for (;;) {
      const figures = await scrape()
      if (!figures.get('taskapp_event_loop_delay_seconds_count')) continue
      const largest = figures.get('taskapp_event_loop_delay_seconds{quantile="1"}')
      if (largest === undefined) continue
      assert.ok(largest >= figures.get('taskapp_event_loop_delay_seconds{quantile="0.5"}')!)
      return
    }
  })
})

suite('Where the metrics are served', () => {
  test('beside the page: under /api, and all of its files are one route', async () => {
    await using beside = await startApp({ env: { WEB_ROOT: 'web/public' } })
    const at = client(beside.url)
    for (const path of [
      '/',
      '/active',
      '/no-such-file',
      '/healthz',
      '/api/healthz',
      '/api/tasks',
      '/metrics',
    ])
      await at('GET', path)
    const figures = await scrape(at, '/api/metrics')
    assert.equal(figures.get(answers('page', 'GET', 200)), 2)
    assert.equal(figures.get(answers('page', 'GET', 404)), 2)
    assert.equal(figures.get(answers('/healthz', 'GET', 200)), 2)
    assert.equal(figures.get(answers('/tasks', 'GET', 200)), 1)
  })

  test('with METRICS_PORT: on a port of their own, where there is nothing else, and not on the API', async () => {
    await using apart = await startApp({ env: { METRICS_PORT: '0' } })
    const { metrics } = await apart.logged(({ msg }) => msg === 'listening')
    const [api, own] = [client(apart.url), client(String(metrics))]
    assert.equal((await api('GET', '/metrics')).status, 404)
    assert.equal((await own('GET', '/tasks')).status, 404)
    assert.equal((await scrape(own)).get(answers('other', 'GET', 404)), 1)
    assert.equal(await apart.stop(), 0)
  })

  test('with METRICS_PORT in use the program says so and ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
    const env = { METRICS_PORT: new URL(app.url).port }
    await assert.rejects(startApp({ env, folder }), /Cannot listen on .* the port is in use/)
    rmSync(folder, { recursive: true })
  })

  test('with a journal: with its figures', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-journal-'))
    await using app = await startApp({ env: { DURABLE_DIR: folder } })
    const at = client(app.url)
    await create(at, 'Tea')
    let figures = await scrape(at)
    // The thread of the journal tells it once a second.
    while (!figures.get('taskapp_journal_since_snapshot_bytes')) figures = await scrape(at)
    assert.equal(figures.get('taskapp_journal_role{role="writer"}'), 1)
    assert.equal(figures.get('taskapp_journal_role{role="replaced"}'), 0)
    assert.equal(figures.get('taskapp_journal_warnings_total'), 0)
    await app.stop()
    rmSync(folder, { recursive: true })
  })
})

suite('The version', () => {
  test('says that the sources run, where they do', async () => {
    const { status, headers, text } = await call('GET', '/version')
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/json')
    assert.equal(text, '{"version":"sources","commit":"unknown","built":"unknown"}')
    const name = `taskapp_build_info{version="sources",commit="unknown",built="unknown",node="${(await app.logged(({ msg }) => msg === 'listening'))['node']}"}`
    assert.equal((await scrape()).get(name), 1)
  })

  test('is not found by another method', async () => {
    const answer = await call('POST', '/version')
    assert.equal(answer.status, 405)
    assert.match(parse<Problem>(answer).detail, /GET, HEAD/)
  })
})
