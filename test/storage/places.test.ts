import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, realpathSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { remoteReason, volatileReason } from '../../src/storage/places.ts'
import { startApp } from '../helpers/app.ts'
import { client, parse } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'

suite('A database on a shared file system', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'taskapp-')))
  after(() => rmSync(folder, { recursive: true }))
  const reason = (...mounts: string[]) => remoteReason({ file: join(folder, 'tasks.db') }, mounts.join('\n'))
  const root = '26 1 0:23 / / rw,relatime shared:1 - ext4 /dev/vda1 rw'
  const at = (point: string, type: string) =>
    `40 26 0:44 / ${point.replaceAll(' ', '\\040')} rw - ${type} none rw`

  test('is reported, with a remedy', () => {
    for (const type of ['9p', 'fakeowner', 'virtiofs', 'nfs', 'nfs4', 'cifs', 'smb3', 'fuse.grpcfuse'])
      assert.match(
        reason(root, at(folder, type))!,
        new RegExp(`is shared \\(${type}\\), where SQLite may damage the database; keep it on a volume`),
      )
    assert.ok(reason(root, at(folder, 'ext4'), at(folder, '9p')))
    assert.ok(reason(root.replace('ext4', 'nfs')))
  })

  test('is not one on a local disk, whatever is mounted elsewhere', () => {
    for (const mounts of [[root], [root, at(folder, 'xfs')], [root, at(`${folder}-2`, 'nfs')], []])
      assert.equal(reason(...mounts), undefined)
    assert.equal(reason(root, at(folder, '9p'), at(folder, 'ext4')), undefined)
    assert.equal(remoteReason({ file: ':memory:' }, at('/', 'nfs')), undefined)
  })
})

suite('Data that will not outlive the container', () => {
  test('is that of an in-memory database', () => {
    assert.match(volatileReason({ file: ':memory:' })!, /in memory/)
  })

  test('is that on the container’s own disk', { skip: needs('proc') }, () => {
    assert.match(volatileReason({ file: '/tasks.db' })!, /^\/ is not a mounted volume/)
  })

  const shm = '/dev/shm'
  const tmpfs = existsSync(shm) && statfsSync(shm).type === 0x01021994
  test('is that on an in-memory file system', { skip: !tmpfs && `${shm} is no tmpfs` }, () => {
    const folder = mkdtempSync(join(shm, 'taskapp-'))
    after(() => rmSync(folder, { recursive: true, force: true }))
    assert.match(volatileReason({ file: join(folder, 'tasks.db') })!, /in memory \(tmpfs\)/)
  })

  const mounted = existsSync('/proc') && statSync('/proc').dev !== statSync('/').dev
  test('is not that on a mount of its own', { skip: !mounted && '/proc is not mounted' }, () => {
    assert.equal(volatileReason({ file: '/proc/tasks.db' }), undefined)
  })

  test('is not that on a volume on the same disk as the container', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'taskapp-')))
    after(() => rmSync(folder, { recursive: true }))
    const [root, volume] = ['/', folder].map((point) => `26 1 0:23 /x ${point} rw - ext4 /dev/vda1 rw`)
    const reason = (mounts: string) => volatileReason({ file: join(folder, 'tasks.db') }, mounts)
    assert.equal(reason(`${root}\n${volume}\n`), undefined)
    assert.match(reason(`${root}\n`)!, /is not a mounted volume/)
  })

  test('is reported in the log and by /readyz, but not as a failure', async () => {
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
