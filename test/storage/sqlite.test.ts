import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, afterEach, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { NotFound, Unavailable } from '../../src/resources/errors.ts'
import { openStore } from '../../src/storage/open.ts'
import { noQuota } from '../../src/storage/quota.ts'
import { type Committer, commitInThread } from '../../src/storage/sqlite/write/committer.ts'
import { openQueue, type WriteQueue } from '../../src/storage/sqlite/write/queue.ts'
import type { TaskStore } from '../../src/tasks/store.ts'
import { root } from '../helpers/app.ts'
import { bulkContract } from './bulk.contract.ts'
import { storeContract } from './contract.ts'
import { endedContract } from './ended.contract.ts'
import { keysContract } from './keys.contract.ts'
import { listsContract } from './lists.contract.ts'
import { orderContract } from './order.contract.ts'
import { quotaContract } from './quota.contract.ts'
import { repeatsContract } from './repeats.contract.ts'
import { searchContract } from './search.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const newFile = () => join(folder, `${++files}.db`)

for (const contract of [
  storeContract,
  searchContract,
  orderContract,
  keysContract,
  bulkContract,
  endedContract,
  listsContract,
]) {
  contract('an SQLite file', async () => openStore({ file: newFile() }))
  contract('the memory of SQLite', async () => openStore({ file: ':memory:' }))
  contract('an SQLite file with a journal', async () => {
    const share = join(folder, `share-${++files}`)
    mkdirSync(share)
    return openStore({ file: newFile(), durable: { folder: share, retentionDays: 7 } })
  })
}

quotaContract('an SQLite file', async (quota = noQuota) => openStore({ file: newFile(), quota }))
quotaContract('the memory of SQLite', async (quota = noQuota) => openStore({ file: ':memory:', quota }))
quotaContract('an SQLite file with a journal', async (quota = noQuota) => {
  const share = join(folder, `share-${++files}`)
  mkdirSync(share)
  return openStore({ file: newFile(), quota, durable: { folder: share, retentionDays: 7 } })
})

repeatsContract(
  'an SQLite file',
  async (quota = noQuota) => {
    const file = newFile()
    return [openStore({ file, quota }), openStore({ file, quota })]
  },
  5,
)
repeatsContract(
  'the memory of SQLite',
  async (quota = noQuota) => [openStore({ file: ':memory:', quota })],
  100,
)
repeatsContract(
  'an SQLite file with a journal',
  async (quota = noQuota) => {
    const share = join(folder, `share-${++files}`)
    mkdirSync(share)
    return [openStore({ file: newFile(), quota, durable: { folder: share, retentionDays: 7 } })]
  },
  3,
)

suite('An SQLite file', () => {
  const opened: TaskStore[] = []
  // Also what a failed test left open: its thread would keep this process alive.
  afterEach(() => Promise.allSettled(opened.map((store) => store.close())))
  function openFile(file: string): TaskStore {
    const store = openStore({ file })
    opened.push(store)
    return store
  }

  test('keeps its data after closing, and has no log beside it', async () => {
    const file = newFile()
    const first = openFile(file)
    const { id } = await first.create({ title: 'Tea' })
    const coffee = await first.create({ title: 'Coffee' })
    await first.remove(coffee.id)
    const tea = await first.change(id, { done: true })
    await first.close()
    assert.ok(!existsSync(`${file}-wal`) && !existsSync(`${file}-shm`))

    const second = openFile(file)
    assert.deepEqual((await second.page({ limit: 10 })).tasks, [tea])
    assert.ok((await second.create({ title: 'Milk' })).id > coffee.id)
    await second.close()
  })

  test('increases versions although the clock went back', async () => {
    const file = newFile()
    const store = openFile(file)
    const { id } = await store.create({ title: 'Tea' })
    const future = Date.UTC(2200, 0)
    withDatabase(file, (db) => db.exec(`update tasks set updated = ${future}`))
    assert.equal((await store.change(id, { done: true })).updated, future + 1)
    await store.changeAll({ done: false })
    assert.equal((await store.find(id))?.updated, future + 2)
    await store.close()
  })

  test('shows what another program wrote', async () => {
    const file = newFile()
    const store = openFile(file)
    await store.create({ title: 'Tea' })
    withDatabase(file, (db) => db.exec("update tasks set title = 'Coffee'"))
    assert.equal((await store.page({ limit: 1 })).tasks[0]?.title, 'Coffee')
    await store.close()
  })

  test('purges tasks deleted 30 days ago, and their words, during later writes', async () => {
    const file = newFile()
    const store = openFile(file)
    const ids: number[] = []
    for (const title of ['old', 'kept', 'recent']) ids.push((await store.create({ title })).id)
    assert.equal((await store.page({ text: 'old', limit: 9 })).tasks.length, 1)
    for (const id of [ids[0]!, ids[2]!]) await store.remove(id)
    await store.close()
    const count = (sql: string) => {
      let counted: unknown
      withDatabase(file, (db) => {
        counted = db.prepare(`select count(*) as n from ${sql}`).get()!['n']
      })
      return counted
    }
    withDatabase(file, (db) =>
      db
        .prepare('update deleted_tasks set deleted = ? where id = ?')
        .run(Date.now() - limits.restorableMs, ids[0]!),
    )
    const later = openFile(file)
    await assert.rejects(later.restore(ids[0]!), NotFound)
    await later.create({ title: 'new' })
    assert.equal(count('deleted_tasks'), 1)
    assert.equal(count("search where search match 'old'"), 0)
    assert.equal((await later.restore(ids[2]!)).title, 'recent')
    assert.deepEqual((await later.page({ after: ids[0]!, limit: 1 })).tasks, [await later.find(ids[1]!)])
    await later.close()
  })

  test('forgets a key after 24 hours', async () => {
    const file = newFile()
    const store = openFile(file)
    const first = await store.create({ title: 'Tea' }, 'key')
    await store.close()
    withDatabase(file, (db) => db.prepare('update answers set time = ?').run(Date.now() - limits.keyMs))
    const later = openFile(file)
    const second = await later.create({ title: 'Tea' }, 'key')
    assert.notEqual(second.id, first.id)
    assert.deepEqual(await later.create({ title: 'Tea' }, 'key'), second)
    withDatabase(file, (db) => db.prepare('update answers set time = ?').run(Date.now() - limits.keyMs))
    await later.close()
    const last = openFile(file)
    await last.create({ title: 'Milk' })
    withDatabase(file, (db) => assert.equal(db.prepare('select count(*) as n from answers').get()!['n'], 0))
    await last.close()
  })

  test('keeps only the tasks of an import, and nothing of a failed or crashed one', async () => {
    const file = newFile()
    const store = openFile(file)
    const task = {
      title: 'a',
      done: false,
      notes: null,
      due: null,
      created: null,
      updated: null,
      completed: null,
    }
    async function* batches(fail: boolean) {
      for (let n = 0; n < 5; n++) yield Array.from({ length: 500 }, () => task)
      if (fail) throw new Error('a fault')
    }
    assert.equal(await store.addAll(batches(false)), 2_500)
    await assert.rejects(store.addAll(batches(true)), /a fault/)
    const left = () => {
      let count: unknown
      withDatabase(file, (db) => {
        count = db.prepare('select count(*) as n from staged_tasks').get()!['n']
      })
      return count
    }
    while (left() !== 0) await new Promise(setImmediate)
    const old = (Date.now() - limits.stagedMs) * 1_000 - 1
    withDatabase(file, (db) =>
      db.exec(`insert into staged_tasks (batch, number, title, done, created, updated)
        values (${old}, 0, 'a', 0, 0, 0), (${Date.now() * 1_000}, 0, 'a', 0, 0, 0)`),
    )
    await store.close()
    const later = openFile(file)
    await later.create({ title: 'b' })
    assert.equal(left(), 1)
    await later.close()
  })

  test('purges expired data in small steps', async () => {
    const file = newFile()
    const store = openFile(file)
    await store.create({ title: 'Tea' })
    const all = limits.tidiedAtOnce * 2 + 10
    withDatabase(file, (db) =>
      db.exec(`with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${all})
        insert into deleted_tasks (id, title, done, created, updated, deleted)
        select n + 10, 'a', 0, 0, 0, n from numbers`),
    )
    await store.close()
    const later = openFile(file)
    for (const left of [all - limits.tidiedAtOnce, all - 2 * limits.tidiedAtOnce, 0]) {
      await later.create({ title: 'Milk' })
      withDatabase(file, (db) =>
        assert.equal(db.prepare('select count(*) as n from deleted_tasks').get()!['n'], left),
      )
    }
    await later.close()
  })

  test('rejects a write that the schema forbids, but not the others of its group', async () => {
    const file = newFile()
    const store = openFile(file)
    withDatabase(file, (db) =>
      db.exec(
        "create trigger no_tea before insert on tasks when new.title = 'Tea' begin select raise(abort, 'no tea'); end",
      ),
    )
    const outcomes = await Promise.allSettled(
      ['Milk', 'Tea', 'Coffee'].map((title) => store.create({ title })),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.equal((await store.page({ limit: 10 })).tasks.length, 2)
    await store.close()
  })

  test('answers Unavailable for a whole group that a trigger rolls back, and keeps none of it', async () => {
    const file = newFile()
    const store = openFile(file)
    withDatabase(file, (db) =>
      db.exec(
        "create trigger no_tea before insert on tasks when new.title = 'Tea' begin select raise(rollback, 'no tea'); end",
      ),
    )
    const outcomes = await Promise.allSettled(
      ['Milk', 'Tea', 'Coffee'].map((title) => store.create({ title })),
    )
    for (const outcome of outcomes)
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof Unavailable)
    assert.deepEqual((await store.page({ limit: 10 })).tasks, [])
    assert.equal((await store.create({ title: 'Milk' })).title, 'Milk')
    await store.close()
  })
})

suite('The queue of writes', () => {
  test('groups all writes that arrive during a commit', async () => {
    const { committer, groups, release } = heldCommitter()
    let commits = 0
    const queue = openQueue(committer, () => {
      commits++
    })
    const first = clear(queue)
    await groups.next()
    const others = Array.from({ length: 50 }, () => clear(queue))
    release()
    assert.equal(await first, 1)
    assert.equal(commits, 1)
    assert.equal((await groups.next()).value, 50)
    release()
    assert.deepEqual(await Promise.all(others), Array(50).fill(1))
    assert.equal(commits, 2)
    await queue.close()
  })

  test('limits its length, and the size of a group', async () => {
    const { committer, groups, release } = heldCommitter()
    const queue = openQueue(committer, () => {})
    const first = clear(queue)
    await groups.next()
    const held = Array.from({ length: limits.queuedWrites }, () => clear(queue))
    await assert.rejects(clear(queue), Unavailable)
    release()
    await first
    for (let left: number = limits.queuedWrites; left > 0; left -= limits.groupWrites) {
      assert.equal((await groups.next()).value, limits.groupWrites)
      release()
    }
    assert.equal((await Promise.all(held)).length, limits.queuedWrites)
    await queue.close()
  })

  test('refuses writes while the first has waited too long, and accepts them again afterwards', async (t) => {
    t.mock.method(performance, 'now', () => time)
    let time = 0
    const { committer, groups, release } = heldCommitter()
    const queue = openQueue(committer, () => {})
    const held = [clear(queue)]
    await groups.next()
    time += limits.queuedMs * 2
    held.push(clear(queue))
    time += limits.queuedMs
    held.push(clear(queue))
    time += 1
    await assert.rejects(clear(queue), Unavailable)
    release()
    assert.equal((await groups.next()).value, 2)
    held.push(clear(queue))
    release()
    await groups.next()
    release()
    assert.equal((await Promise.all(held)).length, 4)
    await queue.close()
  })

  test('rejects every write of an uncommitted group, makes readers reload, and continues', async () => {
    let healthy = false
    let commits = 0
    const committer: Committer = {
      size: () => undefined,
      commit: async (group) => {
        if (!healthy) throw new Error('the disk is full')
        return group.map(() => 1)
      },
      close: async () => {},
    }
    const queue = openQueue(committer, () => {
      commits++
    })
    const writes = [clear(queue), clear(queue)]
    for (const write of writes) await assert.rejects(write, Unavailable)
    assert.equal(commits, 1)
    healthy = true
    assert.equal(await clear(queue), 1)
    await queue.close()
  })

  test('survives a crash of the writer thread', async () => {
    const missing = join(folder, 'missing', 'tasks.db')
    const committer = commitInThread(join(root, 'src/storage/sqlite/writer'), { file: missing })
    await assert.rejects(committer.commit([{ kind: 'removeCompleted' }]))
    await assert.rejects(committer.commit([{ kind: 'removeCompleted' }]))
    await committer.close()
  })
})

function clear(queue: WriteQueue): Promise<number> {
  return queue.write({ kind: 'removeCompleted' }, Number)
}

/** A committer that tells the size of each group and waits with it until it is released. */
function heldCommitter() {
  let release = () => {}
  const sizes: number[] = []
  let arrived = () => {}
  const committer: Committer = {
    size: () => undefined,
    commit(group) {
      sizes.push(group.length)
      arrived()
      return new Promise((resolve) => {
        release = () => resolve(group.map(() => 1))
      })
    },
    close: async () => {},
  }
  const groups = (async function* () {
    for (;;) {
      while (sizes.length === 0)
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      yield sizes.shift()!
    }
  })()
  return { committer, groups, release: () => release() }
}

function withDatabase(file: string, use: (db: DatabaseSync) => void) {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  use(db)
  db.close()
}
