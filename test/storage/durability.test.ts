import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { openStore } from '../../src/storage/open.ts'
import { startApp } from '../helpers/app.ts'
import { client, create, listAll, type Problem, parse } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'
import { startTraced, syncs } from '../helpers/trace.ts'

const options = { skip: needs('strace') }
const sockets = ['-e', 'trace=read,write,writev,fsync,fdatasync']

suite('A write', { concurrency: true }, () => {
  test('is acknowledged after a sync that began after it arrived', options, async ({ signal }) => {
    await using app = await startTraced(sockets)
    const call = client(app.url)
    const writes: readonly (readonly [method: string, path: string, json?: unknown])[] = [
      ['POST', '/tasks', { title: 'Tea' }],
      ['PATCH', '/tasks/1'],
      ['PATCH', '/tasks/1', { title: 'Coffee' }],
      ['PATCH', '/tasks', { done: false }],
      ['POST', '/tasks', { title: 'Milk' }],
      ['POST', '/tasks/2/move', { before: 1 }],
      ['DELETE', '/tasks/2'],
      ['POST', '/tasks/2/restore'],
      ['POST', '/import', [{ title: 'Bread' }]],
      ['PATCH', '/tasks', { done: true }],
      ['DELETE', '/tasks?done=true'],
    ]
    for (const [index, [method, path, json]] of writes.entries()) {
      const headers = { 'X-Request-Id': `write-${index}.` }
      const { status } = await call(method, path, { headers, ...(json !== undefined && { json }) })
      assert.ok(status < 300, `${method} ${path}: ${status}`)
    }
    const lines = await app.trace(signal)
    const durable = syncs(lines).filter(({ file }) => file.endsWith('/tasks.db-wal'))
    for (const [index, [method, path]] of writes.entries()) {
      const mine = lines.flatMap((line, number) => (line.includes(`write-${index}.`) ? [number] : []))
      // The request read, the answer written; the log line comes last.
      const [asked, answered] = mine
      assert.match(lines[asked!]!, /read(\(| resumed)/)
      assert.match(lines[answered!]!, /writev?\(.*HTTP\/1\.1 20/)
      assert.ok(
        durable.some(({ began, ended }) => began > asked! && ended < answered!),
        `${method} ${path}\n${lines.slice(asked, answered! + 1).join('\n')}`,
      )
    }
  })

  test(
    'on a slow disk shares its sync with others, while readers see what was before',
    options,
    async ({ signal }) => {
      const slow = [...sockets, '-e', 'inject=fsync,fdatasync:delay_exit=1000000']
      await using app = await startTraced(slow, { folder: await newDatabase() })
      const call = client(app.url)
      let answered = 0
      const writes = Array.from({ length: 50 }, async (_, n) => {
        await create(call, `task ${n}`)
        answered++
      })
      let readsMeanwhile = 0
      while (answered < 50) {
        if ((await call('GET', '/tasks')).text === '[]') readsMeanwhile++
      }
      await Promise.all(writes)
      assert.ok(readsMeanwhile > 0)
      assert.equal((await listAll(call)).length, 50)

      const lines = await app.trace(signal)
      const firstWrite = lines.findIndex((line) => line.includes('POST /tasks'))
      const lastAnswer = lines.findLastIndex((line) => line.includes('HTTP/1.1 201'))
      const commits = syncs(lines).filter(
        ({ file, began, ended }) => file.endsWith('-wal') && began > firstWrite && ended < lastAnswer,
      )
      assert.ok(commits.length >= 1 && commits.length <= 25, `${commits.length} syncs for 50 writes`)
      // No answer of any kind tells of a task before the first sync has returned.
      for (const line of lines.slice(firstWrite, commits[0]!.ended))
        assert.doesNotMatch(line, /writev?\(.*HTTP\/1\.1.*"title/)
    },
  )

  for (const [what, inject] of [
    ['is full', 'pwrite64:error=ENOSPC'],
    ['may only be read', 'pwrite64:error=EROFS'],
    ['fails to write', 'pwrite64:error=EIO'],
    ['fails to sync', 'fsync,fdatasync:error=EIO'],
  ] as const) {
    test(
      `gets 503 while the disk ${what} and works again afterwards; nothing acknowledged is lost`,
      options,
      async () => {
        const kept: string[] = []
        // Each thread counts for itself: those of the thread that writes are hit, not those of the start.
        const trouble = ['-e', 'trace=pwrite64,fsync,fdatasync', '-e', `inject=${inject}:when=10..15`]
        await using app = await startTraced(trouble, { folder: await newDatabase() })
        const call = client(app.url)
        const statuses = new Set<number>()
        for (let n = 0; n < 40; n++) {
          const answer = await call('POST', '/tasks', { json: { title: `task ${n}` } })
          statuses.add(answer.status)
          if (answer.status === 201) kept.push(`task ${n}`)
          else {
            assert.equal(answer.status, 503)
            assert.match(answer.headers.get('retry-after')!, /^\d+$/)
            assert.doesNotMatch(parse<Problem>(answer).detail, /disk|sqlite|full|errno/i)
            const id = answer.headers.get('x-request-id')
            assert.equal(
              (await app.logged((line) => line.level === 'error' && line['id'] === id)).msg,
              'request failed',
            )
          }
          assert.deepEqual(
            (await listAll(call)).map(({ title }) => title),
            kept,
          )
        }
        assert.deepEqual([...statuses].sort(), [201, 503])
        assert.equal((await call('GET', '/readyz')).status, 200)
        await app.stop()
        await using again = await startApp({ folder: app.folder })
        assert.deepEqual(
          (await listAll(client(again.url))).map(({ title }) => title),
          kept,
        )
      },
    )
  }
})

/** A folder with a database. Made beforehand, so that its many first syncs are not among those that fail or are slow. */
async function newDatabase(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  await openStore({ file: join(folder, 'tasks.db') }).close()
  return folder
}
