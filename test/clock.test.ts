/** The clock jumps while the service runs; libfaketime (Debian's faketime) moves it. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { startApp } from './helpers/app.ts'
import { client, create, listAll, parse, type TaskBody } from './helpers/client.ts'
import { fakeTime, needs } from './helpers/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-clock-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const newFolder = () => mkdtempSync(join(folder, 'f-'))

suite('A clock that jumps', { skip: needs('faketime') }, () => {
  for (const [what, jump] of [
    ['back an hour', '-3600'],
    ['ahead a year', `+${366 * 86_400}`],
  ] as const) {
    for (const durable of [false, true])
      test(`${what} harms nothing${durable ? ' with a journal' : ''}`, async () => {
        const own = newFolder()
        const offset = join(own, 'offset')
        const backups = join(own, 'backups')
        const share = join(own, 'share')
        mkdirSync(backups)
        mkdirSync(share)
        writeFileSync(offset, '+0')
        const env = {
          LD_PRELOAD: fakeTime(),
          FAKETIME_TIMESTAMP_FILE: offset,
          FAKETIME_NO_CACHE: '1',
          // Linux's monotonic clock does not jump.
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
          BACKUP_DIR: backups,
          ...(durable && { DURABLE_DIR: share }),
        }
        const titles = ['Tea', 'Coffee', 'Milk']
        const year = new Date().getFullYear()
        {
          await using app = await startApp({ folder: own, env })
          const call = client(app.url)
          const [tea, coffee, milk] = [
            await create(call, 'Tea'),
            await create(call, 'Coffee'),
            await create(call, 'Milk'),
          ]
          const keyed = { headers: { 'Idempotency-Key': 'before' }, json: { title: 'Bread' } }
          const bread = parse<TaskBody>(await call('POST', '/tasks', keyed))
          await call('DELETE', `/tasks/${coffee.id}`)
          const version = (await call('GET', `/tasks/${tea.id}`)).headers.get('etag')!

          writeFileSync(offset, jump)
          const changed = await call('PATCH', `/tasks/${tea.id}`, { headers: { 'If-Match': version } })
          assert.equal(changed.status, 200)
          assert.notEqual(changed.headers.get('etag'), version)
          const stale = await call('PATCH', `/tasks/${tea.id}`, { headers: { 'If-Match': version } })
          assert.equal(stale.status, 412)
          const { text } = await call('GET', `/tasks/${tea.id}?view=full`)
          if (jump.startsWith('+'))
            assert.ok(new Date(parse<{ updated: string }>({ ...changed, text }).updated).getFullYear() > year)

          assert.equal(parse<TaskBody>(await call('POST', '/tasks', keyed)).id, bread.id)
          assert.equal((await call('POST', `/tasks/${coffee.id}/restore`)).status, 200)
          assert.equal((await call('DELETE', `/tasks/${milk.id}`)).status, 204)
          await create(call, 'Last')

          writeFileSync(offset, '+0')
          assert.equal((await call('POST', `/tasks/${milk.id}/restore`)).status, 200)
          assert.deepEqual(
            (await listAll(call)).map(({ title }) => title),
            [...titles, 'Bread', 'Last'],
          )
          await app.logged(({ msg }) => msg.startsWith('backed up to '))
          assert.equal(readdirSync(backups).length, 1)
          assert.equal(await app.stop(), 0)
        }
        await using again = await startApp({ folder: own, env })
        assert.deepEqual(
          (await listAll(client(again.url))).map(({ title }) => title),
          [...titles, 'Bread', 'Last'],
        )
      })
  }
})
