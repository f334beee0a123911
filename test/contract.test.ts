/**
 * The contract with clients of the first version, byte for byte, for the built program on any machine; and
 * that it loses nothing when killed.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { type RunningApp, startApp } from './helpers/app.ts'
import { client, listAll } from './helpers/client.ts'
import { assertFirstVersion } from './helpers/first-version.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-contract-'))
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }))
const entry = ['dist/main.js']

for (const [what, env, base] of [
  ['The bare backend', {}, ''],
  ['The program that serves the page as well', { WEB_ROOT: 'web/dist' }, '/api'],
] as const)
  test(`${what} answers as the first version did`, async () => {
    await using app = await startApp({ entry, env })
    await assertFirstVersion(app.url + base)
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
          // No response: the program is dead.
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
