/** Random requests and bytes, each made from its seed alone. */
import type { Random } from '../helpers/random.ts'

export interface Request {
  readonly method: string
  readonly target: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | undefined
  readonly bytes: Buffer
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

/** A request with valid framing. `ids`: the first id of tasks that it targets. */
export function makeRequest(random: Random, ids = 0): Request {
  const method = random.pick(methods)
  const target = makeTarget(random, ids)
  const fields: [string, string][] = []
  if (!random.once(40)) fields.push(['Host', 'localhost'])
  if (random.once(40)) fields.push(['Host', '127.0.0.1'])
  for (let count = random.once(2) ? 0 : random.below(4); count > 0; count--) fields.push(makeField(random))
  const hasBody = method === 'POST' || method === 'PATCH' ? !random.once(5) : random.once(5)
  const body = hasBody ? makeBody(random, ids, target) : undefined
  if (body && !random.once(8)) fields.push(['Content-Type', random.pick(types)])
  const chunked = body !== undefined && random.once(4)
  if (chunked) fields.push(['Transfer-Encoding', 'chunked'])
  else if (body) fields.push(['Content-Length', String(body.length)])
  let head = `${method} ${target} HTTP/1.${random.once(200) ? 0 : 1}\r\n`
  for (const [name, value] of fields) head += `${name}: ${value}\r\n`
  const parts: Buffer[] = [Buffer.from(`${head}\r\n`, 'latin1')]
  if (chunked) parts.push(...chunksOf(random, body))
  else if (body) parts.push(body)
  return { method, target, fields, body, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) }
}

/** Arbitrary bytes. */
export function makeNonsense(random: Random, ids = 0): Buffer {
  return random.once(4) ? randomBytes(random, 300) : mutate(random, makeRequest(random, ids).bytes)
}

function chunksOf(random: Random, body: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let start = 0; start < body.length; ) {
    const chunk = body.subarray(start, start + 1 + random.below(body.length))
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
    start += chunk.length
  }
  return [...parts, Buffer.from('0\r\n\r\n')]
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

function makeTarget(random: Random, ids: number): string {
  const id = () => ids + random.below(40)
  const list = () => 1 + random.below(6)
  const path = random.once(6)
    ? `/${random.text(12, () => random.pick(['/', '%', '%2f', '%00', '%zz', '..', 'a', 'tasks', '~', ':', '@', '{id}', "'"]))}`
    : random.pick([
        '/tasks',
        '/tasks',
        `/tasks/${id()}`,
        `/tasks/${id()}`,
        `/tasks/${id()}/move`,
        `/tasks/${id()}/restore`,
        '/lists',
        `/lists/${list()}`,
        `/lists/${list()}`,
        `/lists/${list()}/move`,
        `/lists/${list()}/restore`,
        `/tasks?list=${list()}`,
        '/import',
        '/openapi.json',
        '/healthz',
        '/readyz',
      ])
  if (!random.once(3) || path.includes('?')) return path
  const query = random.text(4, () => {
    const name = random.pick([
      'done',
      'limit',
      'after',
      'list',
      'q',
      'due',
      'view',
      'format',
      '',
      '__proto__',
      '%',
    ])
    return `${name}=${random.pick(['true', 'false', '1', '0', '-1', 'full', '2026-12-24', '%22%2A', '%E5%AD%A6', '1e9', '9'.repeat(20), '%zz', '%00', '', '?', "'"])}&`
  })
  return random.once(300) ? `${path}?${'q'.repeat(random.below(12_000))}` : `${path}?${query}`
}

function makeField(random: Random): [name: string, value: string] {
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
  if (name === 'Expect') return random.once(10) ? ['Expect', '100-continue'] : ['X', '']
  if (name === 'Upgrade' && !random.once(20)) return ['X', '']
  const value = random.pick([
    '*',
    '"a"',
    'W/"a"',
    '","',
    random.once(40) ? 'close' : 'closed',
    'gzip',
    'identity',
    'bytes=0-1',
    '',
    '"',
    random.once(20) ? 'a'.repeat(random.below(9_000)) : 'a',
  ])
  const made = () =>
    String.fromCharCode(random.pick([0x20, 0x22, 0x2c]) + random.below(0xa0)).replace('\x7f', '')
  return [name, random.once(2) ? value : random.text(40, made)]
}

function makeBody(random: Random, ids: number, target: string): Buffer {
  if (random.once(300))
    return Buffer.alloc(random.below(90_000), random.pick(['[', ' ', '{"title":', '\xff', '0']))
  if (random.once(10)) return randomBytes(random, 200)
  const json = target.startsWith('/lists') && random.once(2) ? makeList(random) : makeJson(random, 3, ids)
  return random.once(8) ? mutate(random, Buffer.from(json)) : Buffer.from(json)
}

function makeList(random: Random): string {
  return random.pick([
    '{"name":"a","color":"red"}',
    '{"name":" b "}',
    '{"color":null}',
    `{"name":${JSON.stringify(makeText(random))},"color":"blue"}`,
    `{"before":${1 + random.below(6)}}`,
    '{"before":null}',
  ])
}

function makeJson(random: Random, depth: number, ids: number): string {
  if (random.once(2)) return `{"title":${JSON.stringify(makeText(random))}}`
  if (random.once(4))
    return random.pick([
      '{"done":true}',
      '{"done":false}',
      '{"title":"a","done":true}',
      '{}',
      `{"before":${ids + random.below(40)}}`,
      `{"title":"a","list":${1 + random.below(6)}}`,
      `{"list":${1 + random.below(6)}}`,
      '{"list":null}',
      `{"before":${ids + random.below(40)},"list":${1 + random.below(6)}}`,
      '[{"title":"a","list":"b"},{"title":"a","list":"a"}]',
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
      : makeJson(random, depth - 1, ids)
  const member = () =>
    `${JSON.stringify(random.pick(['title', 'done', 'notes', 'due', 'before', 'list', 'name', 'color', 'id', '__proto__', 'constructor', 'toString', '', makeText(random)]))}:${value()}`
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

/** Truncated, repeated, overwritten or interspersed. */
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
