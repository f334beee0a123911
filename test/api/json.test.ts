/** JSON that is too deep, too large, said twice or in strange characters: a clear answer, and nothing harmed. */
import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { client, type Problem, parse } from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
const headers = { 'Content-Type': 'application/json' }
const send = (body: string | Uint8Array<ArrayBuffer>) => call('POST', '/tasks', { body, headers })
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)

suite('A task is made of', () => {
  const taken: readonly (readonly [what: string, body: string, title: string])[] = [
    ['the last of two titles', '{"title":"first","title":"last"}', 'last'],
    [
      'the last of two titles, one of them spelled in escapes',
      '{"title":"first","\\u0074itle":"last"}',
      'last',
    ],
    ['a title of a pair of surrogates', '{"title":"\\ud83d\\udc22"}', '🐢'],
    ['an object with blanks of every kind around it', ' \t\r\n{ "title" : "a" }\r\n', 'a'],
  ]
  for (const [what, body, title] of taken)
    test(what, async () => {
      const answer = await send(body)
      assert.equal(answer.status, 201, answer.text)
      assert.equal(parse<{ title: string }>(answer).title, title)
    })
})

suite('Refused is', () => {
  const bytes = (...numbers: number[]) =>
    Buffer.concat([Buffer.from('{"title":"'), Buffer.from(numbers), Buffer.from('"}')])
  const refused: readonly (readonly [what: string, status: number, body: string | Buffer<ArrayBuffer>])[] = [
    ['a depth of 30,000 arrays', 422, nested('[', ']', 30_000)],
    ['a depth of 10,000 objects', 422, nested('{"a":', '}', 10_000).replace(':}', ':1}')],
    ['a depth of 30,000 arrays in the title', 422, `{"title":${nested('[', ']', 30_000)}}`],
    ['a depth without end', 400, '['.repeat(60_000)],
    ['a number of 60,000 digits', 422, `{"title":${'9'.repeat(60_000)}}`],
    ['a number beyond all numbers', 422, '{"title":1e999999}'],
    ['6,000 members', 422, `{${Array.from({ length: 6_000 }, (_, n) => `"m${n}":0`).join(',')}}`],
    ['__proto__ as a member', 422, '{"title":"a","__proto__":{"title":"b"}}'],
    ['__proto__ instead of the title', 422, '{"__proto__":{"title":"b"}}'],
    ['constructor as a member', 422, '{"title":"a","constructor":{"prototype":{"admin":true}}}'],
    ['toString as a member', 422, '{"title":"a","toString":1}'],
    ['an empty name', 422, '{"title":"a","":1}'],
    ['half a pair of surrogates', 422, '{"title":"\\ud800"}'],
    ['the halves of a pair in the wrong order', 422, '{"title":"\\udc22\\ud83d"}'],
    ['a NUL', 422, '{"title":"a\\u0000b"}'],
    ['a NUL that is not escaped', 400, '{"title":"a\0b"}'],
    ['a line break that is not escaped', 400, '{"title":"a\nb"}'],
    ['a NUL behind the object', 400, '{"title":"a"}\0'],
    ['two objects', 400, '{"title":"a"}{"title":"b"}'],
    ['a comma too many', 400, '{"title":"a",}'],
    ['a comment', 400, '{"title":"a"/**/}'],
    ['a byte order mark', 400, '\ufeff{"title":"a"}'],
    ['NaN', 400, '{"title":NaN}'],
    ['an escape that is none', 400, '{"title":"\\x41"}'],
    ['a slash spelled in two bytes', 400, bytes(0xc0, 0xaf)],
    ['a slash spelled in three bytes', 400, bytes(0xe0, 0x80, 0xaf)],
    ['a NUL spelled in two bytes', 400, bytes(0xc0, 0x80)],
    ['a surrogate spelled in UTF-8', 400, bytes(0xed, 0xa0, 0x80)],
    ['a character beyond Unicode', 400, bytes(0xf4, 0x90, 0x80, 0x80)],
    ['half a character', 400, bytes(0xe6, 0xbc)],
    ['UTF-16', 400, Buffer.from('\ufeff{"title":"a"}', 'utf16le')],
  ]
  for (const [what, status, body] of refused)
    test(`${what}: ${status}`, async () => {
      const answer = await send(typeof body === 'string' ? body : new Uint8Array(body))
      assert.equal(answer.status, status, answer.text)
      assert.equal(parse<Problem>(answer).status, status)
    })

  test('each of them without harm to the next', async () => {
    assert.equal(parse<{ done: boolean }>(await send('{"title":"the next"}')).done, false)
    assert.deepEqual(
      app.log.filter(({ level }) => level === 'error'),
      [],
    )
    assert.equal(app.errors(), '')
  })
})
