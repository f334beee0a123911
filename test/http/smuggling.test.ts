import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { dial } from '../helpers/wire.ts'
import { ambiguous, odd } from './smuggling.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())

/** Everything that the server says to these bytes until it closes. */
async function answersTo(bytes: string): Promise<string> {
  using wire = await dial(app.url)
  wire.send(bytes)
  return await wire.closed()
}

const statuses = (text: string) =>
  Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status))

suite('A message that two parsers could read as different requests is refused, and the connection closed', () => {
  for (const [what, bytes] of ambiguous)
    test(what, async () => {
      assert.deepEqual(statuses(await answersTo(bytes)), [400])
    })

  for (const lineEnd of ['\n', '\r'])
    for (const [what, request] of [
      ['the request line', `GET /tasks HTTP/1.1${lineEnd}Host: localhost\r\n\r\n`],
      ['a field', `GET /tasks HTTP/1.1\r\nHost: localhost${lineEnd}X: b\r\n\r\n`],
      ['the head', `GET /tasks HTTP/1.1\r\nHost: localhost\r\n${lineEnd}`],
      [
        'a chunk size',
        `POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2${lineEnd}{}\r\n0\r\n\r\n`,
      ],
    ] as const)
      test(`a bare ${lineEnd === '\n' ? 'LF' : 'CR'} behind ${what}`, async () => {
        const text = await answersTo(
          `${request}GET /smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
        )
        assert.deepEqual(statuses(text), [400])
      })
})

suite('A request hidden in a body is not executed', () => {
  for (const [what, bytes] of odd)
    test(what, async () => {
      using wire = await dial(app.url)
      wire.send(bytes)
      wire.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      const text = await wire.closed()
      const finals = statuses(text).filter((status) => status >= 200)
      // One answer to the request, and one to the next unless the connection had ended by then.
      assert.ok(finals.length === 2 || (finals.length === 1 && /connection: close/i.test(text)), text)
      if (finals.length === 2) assert.ok(text.endsWith('{"status":"ok"}'), text)
    })
})

test('and none of them was answered as a separate request', async () => {
  const last = 'the-last-one'
  await fetch(`${app.url}/healthz`, { headers: { 'X-Request-Id': last } })
  await app.logged(({ id }) => id === last)
  assert.ok(app.log.length > 10)
  assert.deepEqual(
    app.log.filter(({ path }) => String(path).includes('smuggled')),
    [],
  )
  assert.deepEqual(
    app.log.filter(({ level }) => level === 'error'),
    [],
  )
})
