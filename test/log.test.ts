import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { limits } from '../src/limits.ts'
import { type Level, type Log, openLog } from '../src/log.ts'
import { type LogLine, type RunningApp, startApp } from './helpers/app.ts'
import { client, create } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'
import { dial, exchange } from './helpers/wire.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
after(() => rmSync(folder, { recursive: true, force: true }))

suite('The log of the program', () => {
  let app: RunningApp
  before(async () => {
    app = await startApp()
  })
  after(() => app[Symbol.asyncDispose]())

  test('has one line for each request: target, status and request id', async () => {
    const call = client(app.url)
    const answer = await call('GET', '/tasks?done=true')
    const id = answer.headers.get('x-request-id')
    const { time, level, msg, ms, ...rest } = await app.logged((line) => line['id'] === id)
    assert.equal(new Date(String(time)).toISOString(), time)
    assert.equal(level, 'info')
    assert.equal(msg, 'request')
    assert.equal(typeof ms, 'number')
    assert.deepEqual(rest, { id, method: 'GET', path: '/tasks', status: 200 })
    await call('GET', '/healthz', { headers: { 'X-Request-Id': 'next' } })
    await app.logged((line) => line['id'] === 'next')
    assert.equal(app.log.filter((line) => line['id'] === id).length, 1)
  })

  test('holds no title, query, token or cookie', async () => {
    const call = client(app.url)
    const headers = { Authorization: 'Bearer hidden-token', Cookie: 'session=hidden-cookie' }
    const { id } = await create(call, 'hidden-title')
    await call('POST', '/tasks', { json: { 'hidden-member': 1 } })
    await call('POST', '/tasks', { body: '{"hidden-json', headers: { 'Content-Type': 'application/json' } })
    await call('GET', '/tasks?q=hidden-query', { headers })
    await call('DELETE', `/tasks/${id}`, { headers: { ...headers, 'X-Request-Id': 'hideout' } })
    await app.logged((line) => line['id'] === 'hideout')
    assert.doesNotMatch(JSON.stringify(app.log) + app.errors(), /hidden/)
  })

  test('names the trace that a request is a part of, where its traceparent is valid', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const parent = '00f067aa0ba902b7'
    const zeros = '0'.repeat(32)
    const given: readonly (readonly [traceparent: string, trace: string | undefined])[] = [
      [`00-${trace}-${parent}-01`, trace],
      [`00-${trace}-${parent}-00`, trace],
      [`cc-${trace}-${parent}-01`, trace],
      [`cc-${trace}-${parent}-01-what-the-future-brings`, trace],
      [`00-${trace}-${parent}-01-more`, undefined],
      [`cc-${trace}-${parent}-01.more`, undefined],
      [`ff-${trace}-${parent}-01`, undefined],
      [`00-${zeros}-${parent}-01`, undefined],
      [`00-${trace}-${zeros.slice(16)}-01`, undefined],
      [`00-${trace.toUpperCase()}-${parent}-01`, undefined],
      [`00-${trace.slice(1)}-${parent}-01`, undefined],
      [`00-${trace}-${parent}-0`, undefined],
      [`00-${trace}-${parent}-01, 00-${trace}-${parent}-01`, undefined],
      ['","level":"error', undefined],
      ['', undefined],
    ]
    const call = client(app.url)
    for (const [index, [traceparent, expected]] of given.entries()) {
      const id = `traced-${index}`
      await call('GET', '/healthz', { headers: { traceparent, 'X-Request-Id': id } })
      assert.equal((await app.logged((line) => line['id'] === id))['trace'], expected, traceparent)
    }
    await exchange(
      app.url,
      `GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: twice\r\n${`traceparent: 00-${trace}-${parent}-01\r\n`.repeat(2)}\r\n`,
    )
    assert.equal((await app.logged((line) => line['id'] === 'twice'))['trace'], undefined)
  })

  test('stays one JSON object a line, whatever the path holds', async () => {
    const paths = ['/"},{"level":"error"', '/%0a{"msg":"forged"}', '/\\', "/'", '/%22']
    const before = app.log.length
    for (const path of paths) await exchange(app.url, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    using wire = await dial(app.url)
    wire.send('GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: last\r\n\r\n')
    await wire.reply()
    await app.logged((line) => line['id'] === 'last')
    assert.deepEqual(
      app.log.slice(before).map((line) => line['path']),
      [...paths, '/'],
    )
  })

  test('reports listening, stopping and stopped', { skip: needs('signals') }, async () => {
    const { url, node } = await app.logged(({ msg }) => msg === 'listening')
    assert.equal(url, app.url)
    assert.match(String(node), /^v\d+/)
    await app.stop('SIGINT')
    assert.equal((await app.logged(({ msg }) => msg === 'stopping'))['signal'], 'SIGINT')
    await app.logged(({ msg }) => msg === 'stopped')
  })
})

suite('A log', () => {
  let files = 0
  async function lines(level: Level, use: (log: Log) => void): Promise<LogLine[]> {
    const file = join(folder, `${++files}.log`)
    const fd = openSync(file, 'w')
    const log = openLog(level, fd)
    use(log)
    await log.flush()
    closeSync(fd)
    const text = readFileSync(file, 'utf8')
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  }

  test('has the lines of its level and above', async () => {
    const speak = (log: Log) => {
      log.debug('a')
      log.info('b')
      log.warn('c')
      log.error('d')
      log.request('id', 'GET', '/', 200, 1)
    }
    const expected: Readonly<Record<Level, readonly string[]>> = {
      debug: ['a', 'b', 'c', 'd', 'request'],
      info: ['b', 'c', 'd', 'request'],
      warn: ['c', 'd'],
      error: ['d'],
      silent: [],
    }
    for (const [level, messages] of Object.entries(expected))
      assert.deepEqual(
        (await lines(level as Level, speak)).map(({ msg }) => msg),
        messages,
        level,
      )
  })

  test('keeps fields beside the message, in any characters', async () => {
    const [line] = await lines('info', (log) =>
      log.info('a "b"\n', { n: 1, text: 'ü\n"', nothing: undefined }),
    )
    const { time, ...rest } = line!
    assert.ok(Date.parse(String(time)) > 0)
    assert.deepEqual(rest, { level: 'info', msg: 'a "b"\n', n: 1, text: 'ü\n"' })
  })

  test('drops lines rather than grow without bounds, and reports how many', async () => {
    const big = 'x'.repeat(10_000)
    const count = Math.ceil(limits.logBacklogBytes / big.length) + 50
    const written = await lines('info', (log) => {
      for (let n = 0; n < count; n++) log.info(big)
    })
    const last = written.at(-1)!
    assert.equal(last.msg, 'log lines dropped')
    assert.equal(Number(last['dropped']) + written.length - 1, count)
  })

  test('waits for a reader that is slow', { skip: needs('sh') }, () => {
    // A pipe that nobody has read from yet is full after 64 KiB: the rest must come when there is room again.
    const source = `
      import { openLog } from '${import.meta.resolve('../src/log.ts')}'
      const log = openLog('info')
      for (let n = 0; n < 90; n++) log.info('x'.repeat(10_000))
      await log.flush()`
    const args = [
      '-c',
      '"$0" --input-type=module -e "$1" | { read -r first; wc -l; }',
      process.execPath,
      source,
    ]
    const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' })
    assert.equal(stdout.trim(), '89', stderr)
  })

  test('survives a reader that has closed', async () => {
    const fd = openSync(join(folder, 'gone.log'), 'w')
    closeSync(fd)
    const log = openLog('info', fd)
    log.info('nobody hears this')
    await log.flush()
  })
})
