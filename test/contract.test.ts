/**
 * What clients of the first version rely on, byte for byte, from the built program on whatever machine this is; and
 * that it loses nothing there when it is killed.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { type RunningApp, startApp } from './helpers/app.ts'
import { client, listAll } from './helpers/client.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-contract-'))
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }))
const entry = ['dist/main.js']

for (const [what, env, base] of [
  ['The bare backend', {}, ''],
  ['The program that serves the page as well', { WEB_ROOT: 'web/dist' }, '/api'],
] as const)
  test(`${what} answers as the first version did`, async () => {
    await using app = await startApp({ entry, env })
    const call = client(app.url + base)
    const json = async (method: string, path: string, body?: object) => {
      const { status, headers, text } = await call(method, path, { json: body })
      return [status, headers.get('content-type'), text]
    }
    const type = 'application/json'
    assert.deepEqual(await json('GET', '/healthz'), [200, type, '{"status":"ok"}'])
    assert.deepEqual(await json('GET', '/tasks'), [200, type, '[]'])
    const task = '{"id":1,"title":"Learn BuildKit","done":false}'
    assert.deepEqual(await json('POST', '/tasks', { title: 'Learn BuildKit' }), [201, type, task])
    assert.deepEqual(await json('GET', '/tasks'), [200, type, `[${task}]`])
    assert.deepEqual(await json('PATCH', '/tasks/1'), [200, type, task.replace('false', 'true')])
    assert.deepEqual(await json('PATCH', '/tasks/1'), [200, type, task])
    assert.deepEqual(await json('DELETE', '/tasks/1'), [204, null, ''])
    assert.deepEqual(await json('GET', '/tasks'), [200, type, '[]'])
    for (const [method, path] of [
      ['PATCH', '/tasks/1'],
      ['DELETE', '/tasks/1'],
      ['PATCH', '/tasks/99'],
    ] as const) {
      const [status, , text] = await json(method, path)
      assert.equal(status, 404)
      assert.equal(JSON.parse(String(text)).detail, 'Task not found')
    }
    assert.equal((await json('POST', '/tasks', {}))[0], 422)
    const [, , next] = await json('POST', '/tasks', { title: 'Learn Compose' })
    assert.equal(next, '{"id":2,"title":"Learn Compose","done":false}')
  })

suite('A program that is killed under load, again and again', () => {
  test('loses no task that it has acknowledged, and makes none twice', async () => {
    const folder = join(home, 'kills')
    const acknowledged = new Set<string>()
    let made = 0
    for (let round = 0; round < 5; round++) {
      await using app = await startApp({ entry, folder })
      await prove(app, acknowledged)
      const goal = acknowledged.size + 100
      const writers = Array.from({ length: 8 }, async () => {
        for (;;) {
          const title = `task ${++made}`
          // No answer: the program is dead.
          const answer = await client(app.url)('POST', '/tasks', { json: { title } }).catch(() => undefined)
          if (!answer) return
          assert.equal(answer.status, 201, answer.text)
          acknowledged.add(title)
          if (acknowledged.size === goal) app.process.kill('SIGKILL')
        }
      })
      await Promise.all(writers)
    }
    await using last = await startApp({ entry, folder })
    await prove(last, acknowledged)
  })
})

async function prove(app: RunningApp, acknowledged: ReadonlySet<string>) {
  const tasks = await listAll(client(app.url))
  const titles = new Set(tasks.map(({ title }) => title))
  assert.equal(titles.size, tasks.length, 'a task is there twice')
  assert.equal(new Set(tasks.map(({ id }) => id)).size, tasks.length, 'an id was used twice')
  assert.deepEqual(
    [...acknowledged].filter((title) => !titles.has(title)),
    [],
  )
}
