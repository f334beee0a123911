/** Request smuggling through nginx: the backend never gets a hidden request. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { dial } from '../helpers/wire.ts'
import { ambiguous, odd } from '../http/smuggling.ts'
import { logLinesWith, openProject } from './compose.ts'
import { ask, postTask, skip } from './engine.ts'

const project = await openProject(['compose.yaml'])
const { origin, backend, frontend, compose } = project

const outside = (bytes: string) =>
  bytes.replaceAll(' /tasks', ' /api/tasks').replaceAll(' /smuggled', ' /api/smuggled')
const statuses = (text: string) =>
  Array.from(text.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => Number(status)).filter(
    (status) => status >= 200,
  )

describe('nginx before the backend', { skip }, () => {
  before(async () => {
    await compose('build')
    await compose('up', '--detach', '--wait')
    assert.equal((await postTask(origin, 'Tea')).status, 201)
  })
  after(() => project.remove())

  for (const [what, bytes] of ambiguous)
    test(`answers at most once, and closes the connection: ${what}`, async () => {
      using wire = await dial(origin)
      wire.send(outside(bytes))
      wire.send('GET /api/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      const text = await wire.closed()
      const answers = statuses(text)
      assert.ok(answers.length <= 1, text)
      for (const status of answers) assert.equal(status, 400, text)
    })

  for (const [what, bytes] of odd)
    test(`treats a request hidden in a body as the body: ${what}`, async () => {
      using wire = await dial(origin)
      wire.send(outside(bytes))
      wire.send('GET /api/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      const text = await wire.closed()
      assert.ok(statuses(text).length <= 2, text)
      assert.ok(
        statuses(text).every((status) => status < 500),
        text,
      )
    })

  test('forwards a trace id, and both logs have it', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'X-Request-Id': 'traced' }
    await ask(origin, '/api/tasks', { headers })
    const bad = { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'X-Request-Id': 'untraced' }
    await ask(origin, '/api/tasks', { headers: bad })
    for (const [container, none] of [
      [backend, undefined],
      [frontend, ''],
    ] as const)
      for (const [id, expected] of [
        ['traced', trace],
        ['untraced', none],
      ] as const) {
        const lines = await logLinesWith(container, id)
        const line = lines.find((text) => text.includes(`"id":"${id}"`))
        assert.equal(JSON.parse(line!).trace, expected)
      }
  })

  test('forwards no hidden request, and leaves no connection to the backend out of sync', async () => {
    for (let n = 0; n < 100; n++) {
      const { status, text } = await ask(origin, '/api/tasks/1', { headers: { 'X-Request-Id': `tea-${n}` } })
      assert.equal(status, 200)
      assert.equal(text, '{"id":1,"title":"Tea","done":false}')
    }
    const lines = (await logLinesWith(backend, 'tea-99'))
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    assert.ok(lines.length > 100)
    assert.deepEqual(
      lines.filter(({ path, status, level }) => path === '/smuggled' || status >= 500 || level === 'error'),
      [],
    )
  })
})
