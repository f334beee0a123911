import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startApp } from '../../helpers/app.ts'
import { client, create, listAll, parse, type TaskBody } from '../../helpers/client.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
after(() => rmSync(folder, { recursive: true, force: true }))

for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
  test(`A journal restores order, deleted tasks, words and imports after ${signal}`, async () => {
    const share = join(folder, signal)
    mkdirSync(share)
    const env = { DURABLE_DIR: share }
    let before: TaskBody[]
    {
      await using app = await startApp({ env })
      const call = client(app.url)
      const [a, b] = [await create(call, 'a'), await create(call, 'b')]
      await call('GET', '/tasks?q=b')
      await call('PATCH', `/tasks/${b.id}`, { json: { title: 'b 学习' } })
      await call('POST', '/import', { json: [{ title: 'c', done: true }] })
      await call('POST', '/tasks/3/move', { json: { before: a.id } })
      before = await listAll(call)
      await call('DELETE', '/tasks?done=true')
      await call('DELETE', `/tasks/${b.id}`)
      await app.stop(signal)
    }
    await using app = await startApp({ env })
    const call = client(app.url)
    for (const id of [2, 3]) assert.equal((await call('POST', `/tasks/${id}/restore`)).status, 200)
    assert.deepEqual(await listAll(call), before)
    assert.deepEqual(
      before.map(({ title }) => title),
      ['c', 'a', 'b 学习'],
    )
    assert.deepEqual(parse(await call('GET', '/tasks?q=习')), [before[2]])
  })
}
