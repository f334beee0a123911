import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { catchUp } from '../../../src/storage/journal/history.ts'
import { openJournal } from '../../../src/storage/journal/journal.ts'
import { openReplica, startRecord } from '../../../src/storage/journal/replica.ts'
import { openShare } from '../../../src/storage/journal/share.ts'
import { migrations } from '../../../src/storage/sqlite/schema/migrations.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-upgrade-'))
after(() => rmSync(home, { recursive: true }))

const clock = {
  now: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((end) => setTimeout(end, ms)),
}
let copies = 0

/** A process that knows so many steps of the schema, runs a statement and ends. */
async function live(folder: string, schema: number, sql: string) {
  const steps = migrations as string[]
  const newer = steps.splice(schema)
  const replica = openReplica(join(home, `copy-${++copies}`))
  try {
    const journal = openJournal(openShare(folder), replica, clock, assert.fail)
    await journal.takeOver()
    const recording = startRecord(replica.db!)
    replica.db!.exec(`begin immediate; ${sql}`)
    await journal.write(recording.end(), () => replica.db!.exec('commit'))
    await journal.release()
  } finally {
    replica.remove()
    steps.push(...newer)
  }
}

test('A journal that an older version wrote is replayed in its schema, then brought up to date', async () => {
  const folder = join(home, 'share')
  mkdirSync(folder)
  await live(folder, 1, "insert into tasks (title, created, updated) values ('old', 1, 1)")
  await live(folder, 2, "insert into tasks (title, created, updated, due) values ('new', 2, 2, '2026-12-24')")
  await live(folder, 2, "update tasks set notes = 'changed' where title = 'old'")
  const replica = openReplica(join(home, 'last'))
  await catchUp(openShare(folder), replica, Number.POSITIVE_INFINITY, assert.fail)
  const rows = replica.db!.prepare('select title, notes, due from tasks order by id').all()
  replica.remove()
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      { title: 'old', notes: 'changed', due: null },
      { title: 'new', notes: null, due: '2026-12-24' },
    ],
  )
})

test('A journal that a newer version wrote is refused', async () => {
  const folder = join(home, 'newer')
  mkdirSync(folder)
  await live(folder, migrations.length, "insert into tasks (title, created, updated) values ('new', 1, 1)")
  await assert.rejects(live(folder, 1, 'select 1'), /schema .*; run a newer taskapp/)
})
