import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { volatileReason } from '../../src/storage/places.ts'
import { startApp } from '../helpers/app.ts'
import { client, parse } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'

suite('Data that will not outlive the container', () => {
  test('is that of a database in memory', () => {
    assert.match(volatileReason({ file: ':memory:' })!, /in memory/)
  })

  test('is that on the container’s own disk', { skip: needs('proc') }, () => {
    assert.match(volatileReason({ file: '/tasks.db' })!, /^\/ is not a mounted volume/)
  })

  const shm = '/dev/shm'
  const tmpfs = existsSync(shm) && statfsSync(shm).type === 0x01021994
  test('is that on a file system in memory', { skip: !tmpfs && `${shm} is no tmpfs` }, () => {
    const folder = mkdtempSync(join(shm, 'taskapp-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    assert.match(volatileReason({ file: join(folder, 'tasks.db') })!, /in memory \(tmpfs\)/)
  })

  const mounted = existsSync('/proc') && statSync('/proc').dev !== statSync('/').dev
  test('is not that on a mount of its own', { skip: !mounted && '/proc is not mounted' }, () => {
    assert.equal(volatileReason({ file: '/proc/tasks.db' }), undefined)
  })

  test('is told of in the log and by readiness, which is no failure', async () => {
    await using app = await startApp({
      env: { DATABASE_URL: 'sqlite:///:memory:', CONTAINER_APP_NAME: 'taskapp' },
    })
    const { msg } = await app.logged(({ level }) => level === 'warn')
    assert.match(msg, /in memory/)
    const ready = await client(app.url)('GET', '/readyz')
    assert.equal(ready.status, 200)
    assert.deepEqual(parse(ready), { status: 'ok', warnings: [msg] })
    assert.equal((await client(app.url)('GET', '/healthz')).text, '{"status":"ok"}')
  })
})
