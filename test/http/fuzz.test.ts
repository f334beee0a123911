/**
 * Random and malformed requests. Each is made from the seed and its number alone; FUZZ_SEED=… and FUZZ_COUNT=…
 * choose others than the usual.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { type Random, randomFrom } from '../helpers/random.ts'
import { dial, type Wire, type WireReply } from '../helpers/wire.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)
const count = Number(process.env['FUZZ_COUNT'] ?? 5_000)
const lanes = 8

const app = await startApp()
after(() => app[Symbol.asyncDispose]())

interface Case {
  readonly bytes: Buffer
  readonly method: string
  /** Whether its framing is right, so that it gets one reply and its connection may serve on. */
  readonly framed: boolean
}

test(`${count} random and malformed requests get no 5xx, and the next good request works`, async () => {
  let number = 0
  for (let id = 1; id < 40; id++) {
    const body = JSON.stringify({ title: `task ${id}` })
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }
    assert.equal((await fetch(`${app.url}/tasks`, init)).status, 201)
  }
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      let wire = await dial(app.url)
      while (number < count) {
        const made = makeCase(number++)
        try {
          if (!made.framed) await sendAlone(made)
          else if ((await sendOn(wire, made)).headers.get('connection') === 'close') {
            wire[Symbol.dispose]()
            wire = await dial(app.url)
          }
          await goodRequest(wire)
        } catch (error) {
          const sent = JSON.stringify(made.bytes.toString('latin1').slice(0, 2_000))
          throw new Error(`FUZZ_SEED=${seed}, request ${number - 1}: ${sent}`, { cause: error })
        }
      }
      wire[Symbol.dispose]()
    }),
  )
  const failures = app.log.filter(({ level, status }) => level === 'error' || Number(status) >= 500)
  assert.deepEqual(failures, [], `FUZZ_SEED=${seed}`)
  assert.equal(app.errors(), '')
})

const statuses = new Set([200, 201, 204, 304, 400, 404, 405, 412, 413, 414, 415, 417, 422, 431])

async function sendOn(wire: Wire, { bytes, method }: Case): Promise<WireReply> {
  wire.send(bytes)
  let reply = await wire.reply({ head: method === 'HEAD' })
  if (reply.status === 100) reply = await wire.reply({ head: method === 'HEAD' })
  assert.ok(statuses.has(reply.status), `status ${reply.status}: ${reply.body}`)
  if (reply.status >= 400 && reply.status !== 417 && method !== 'HEAD')
    assert.equal(JSON.parse(reply.body).status, reply.status)
  return reply
}

/** On a connection of its own, closed by both sides in the end. */
async function sendAlone({ bytes }: Case): Promise<void> {
  using wire = await dial(app.url)
  wire.socket.end(bytes)
  assert.doesNotMatch(await wire.closed(), /^HTTP\/1\.1 5/m)
}

async function goodRequest(wire: Wire): Promise<void> {
  wire.send('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
  const { status, body } = await wire.reply()
  assert.equal(status, 200)
  assert.equal(body, '{"status":"ok"}')
}

function makeCase(number: number): Case {
  const random = randomFrom(seed * 1_000_003 + number)
  if (random.once(20)) return { bytes: randomBytes(random, 300), method: '', framed: false }
  const method = random.pick(methods)
  const bytes = makeRequest(random, method)
  return random.once(6)
    ? { bytes: mutate(random, bytes), method, framed: false }
    : { bytes, method, framed: true }
}

const methods = [
  'GET',
  'GET',
  'HEAD',
  'POST',
  'POST',
  'POST',
  'PATCH',
  'PATCH',
  'DELETE',
  'PUT',
  'OPTIONS',
  'TRACE',
  'PURGE',
]

function makeRequest(random: Random, method: string): Buffer {
  let head = `${method} ${makeTarget(random)} HTTP/1.${random.once(30) ? 0 : 1}\r\n`
  if (!random.once(40)) head += 'Host: a\r\n'
  if (random.once(40)) head += 'Host: b\r\n'
  for (let fields = random.once(2) ? 0 : random.below(4); fields > 0; fields--) head += makeField(random)
  const hasBody = method === 'POST' || method === 'PATCH' ? !random.once(5) : random.once(5)
  if (!hasBody) return Buffer.from(`${head}\r\n`, 'latin1')

  if (!random.once(8)) head += `Content-Type: ${random.pick(types)}\r\n`
  const body = makeBody(random)
  if (!random.once(4)) {
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body])
  }
  const parts: Buffer[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`, 'latin1')]
  for (let start = 0; start < body.length; ) {
    const chunk = body.subarray(start, start + 1 + random.below(body.length))
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
    start += chunk.length
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

const types = [
  'application/json',
  'application/json',
  'application/json',
  'application/merge-patch+json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'text/csv',
  'text/plain',
  ';;=',
]

function makeTarget(random: Random): string {
  const path = random.once(6)
    ? `/${random.text(12, () => random.pick(['/', '%', '%2f', '%00', '%zz', '..', 'a', 'tasks', '~', ':', '@', '{id}', "'"]))}`
    : random.pick([
        '/tasks',
        '/tasks',
        `/tasks/${random.below(40)}`,
        `/tasks/${random.below(40)}`,
        `/tasks/${random.below(40)}/move`,
        `/tasks/${random.below(40)}/restore`,
        '/import',
        '/import',
        '/openapi.json',
        '/healthz',
        '/readyz',
      ])
  if (!random.once(3)) return path
  const query = random.text(4, () => {
    const name = random.pick(['done', 'limit', 'after', 'q', 'due', 'view', 'format', '', '__proto__', '%'])
    return `${name}=${random.pick(['true', 'false', '1', '0', '-1', 'full', '2026-12-24', '%22%2A', '%E5%AD%A6', '1e9', '9'.repeat(20), '%zz', '%00', '', '?', "'"])}&`
  })
  return random.once(50) ? `${path}?${'q'.repeat(random.below(12_000))}` : `${path}?${query}`
}

function makeField(random: Random): string {
  const name = random.pick([
    'If-Match',
    'If-None-Match',
    'Idempotency-Key',
    'X-Request-Id',
    'Origin',
    'Accept-Encoding',
    'Content-Encoding',
    'Cookie',
    '__proto__',
    'constructor',
    'Connection',
    'Upgrade',
    'Range',
    'Expect',
    'X',
  ])
  if (name === 'Expect') return random.once(3) ? 'Expect: 100-continue\r\n' : ''
  const value = random.pick([
    '*',
    '"a"',
    'W/"a"',
    '","',
    'close',
    'gzip',
    'identity',
    'bytes=0-1',
    '',
    '"',
    'a'.repeat(random.below(9_000)),
  ])
  return `${name}: ${random.once(2) ? value : random.text(40, () => String.fromCharCode(random.pick([0x20, 0x22, 0x2c]) + random.below(0xa0)).replace('\x7f', ''))}\r\n`
}

function makeBody(random: Random): Buffer {
  if (random.once(60))
    return Buffer.alloc(random.below(90_000), random.pick(['[', ' ', '{"title":', '\xff', '0']))
  if (random.once(10)) return randomBytes(random, 200)
  const json = makeJson(random, 3)
  return random.once(8) ? mutate(random, Buffer.from(json)) : Buffer.from(json)
}

function makeJson(random: Random, depth: number): string {
  if (random.once(2)) return `{"title":${JSON.stringify(makeText(random))}}`
  if (random.once(4))
    return random.pick([
      '{"done":true}',
      '{"done":false}',
      '{"title":"a","done":true}',
      '{}',
      `{"before":${random.below(40)}}`,
      '{"before":null}',
      '{"title":"a","notes":"n","due":"2026-12-24"}',
      '{"due":null,"notes":null}',
      '[{"title":"a"},{"title":""}]',
      'title,done\\na,true\\n"b',
    ])
  const value = (): string =>
    depth === 0 || random.once(2)
      ? random.pick([
          'null',
          'true',
          '0',
          '-0.0',
          '1e999',
          '9'.repeat(400),
          '"\\ud800"',
          '"\\u0000"',
          JSON.stringify(makeText(random)),
        ])
      : makeJson(random, depth - 1)
  const member = () =>
    `${JSON.stringify(random.pick(['title', 'done', 'notes', 'due', 'before', 'id', '__proto__', 'constructor', 'toString', '', makeText(random)]))}:${value()}`
  const list = (make: () => string) => Array.from({ length: random.below(4) }, make).join(',')
  return random.once(3) ? `[${list(value)}]` : `{${list(member)}}`
}

function makeText(random: Random): string {
  const characters = random.once(3) ? [...harmless, '\n', '\0', '\ud800', '\u007f'] : harmless
  return random.text(random.once(10) ? 400 : 20, () => random.pick(characters))
}

const harmless = ['a', 'b', ' ', 'é', '漢', '🐳', '"', '\\', '\u2028', '</script>', "'"]

function randomBytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: 1 + random.below(most) }, () => random.below(256)))
}

/** Cut, doubled, overwritten or interspersed. */
function mutate(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1)
  const until = Math.min(bytes.length, at + random.below(20))
  const [before, cut, behind] = [bytes.subarray(0, at), bytes.subarray(at, until), bytes.subarray(until)]
  return Buffer.concat(
    random.pick([
      [before],
      [before, behind],
      [before, cut, cut, behind],
      [before, randomBytes(random, 10), behind],
      [before, randomBytes(random, 4), cut, behind],
      [before, Buffer.from(random.pick(['\r\n', '\n', '\0', ' ', ':', '\r'])), cut, behind],
    ]),
  )
}
