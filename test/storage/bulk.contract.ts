import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { KeyReused, NotFound } from '../../src/resources/errors.ts'
import { idsOf } from '../../src/tasks/ids.ts'
import type { Change, TaskStore } from '../../src/tasks/store.ts'
import type { ImportedTask, Task } from '../../src/tasks/task.ts'
import { randomFrom } from '../helpers/random.ts'

/** What every storage promises of writes to many tasks, and of taking them back. `open` opens an empty one. */
export function bulkContract(name: string, open: () => Promise<TaskStore>): void {
  suite(`Bulk writes of a store in ${name}`, () => {
    let store: TaskStore
    let told: Change[]
    beforeEach(async () => {
      store = await open()
      told = []
      store.onCommit(({ changes }) => told.push(...changes()))
    })
    afterEach(() => store.close())

    const all = async () => (await store.page({ limit: 1_000 })).tasks
    const createAll = (letters: string) =>
      Promise.all(Array.from(letters, (title) => store.create({ title })))
    const ids = (...tasks: (Task | undefined)[]) => idsOf(tasks.map((task) => task!.id))
    const bare = (tasks: readonly Task[]) => tasks.map(({ updated: _, ...rest }) => rest)
    const states = async () => (await all()).map(({ title, done }) => title + (done ? '+' : '-')).join(' ')

    test('mark tasks by id, and their undo restores each, with its completion time', async () => {
      const [a, b, c, d] = await createAll('abcd')
      await store.change(b!.id, { done: true })
      await store.change(d!.id, { done: true })
      const before = await all()
      assert.equal(await store.changeSome(ids(a, b, c), { done: true }, 'done'), 2)
      assert.equal(await states(), 'a+ b+ c+ d+')
      assert.equal(await store.undo('done', 'undone'), 2)
      assert.deepEqual(bare(await all()), bare(before))
      assert.equal(await store.changeSome(ids(b, d), { done: false }, 'open'), 2)
      assert.equal(await states(), 'a- b- c- d-')
      assert.equal(await store.undo('open'), 2)
      assert.deepEqual(bare(await all()), bare(before))
      assert.ok(told.some(({ kind }) => kind === 'reset'))
    })

    test('give tasks new versions when marking, and again when undone', async () => {
      const [a] = await createAll('a')
      await store.changeSome(ids(a), { done: true }, 'k')
      const marked = (await store.find(a!.id))!
      assert.ok(marked.updated > a!.updated)
      await store.undo('k')
      assert.ok((await store.find(a!.id))!.updated > marked.updated)
    })

    test('remove tasks by id, and their undo restores their places', async () => {
      const [a, b, c, d] = await createAll('abcd')
      await store.move(d!.id, b!.id)
      const before = await all()
      assert.equal(await store.removeSome([[b!.id, 999]], 'gone'), 3)
      assert.deepEqual(await all(), [a])
      assert.equal(await store.undo('gone', 'back'), 3)
      assert.deepEqual(await all(), before)
      assert.equal(await store.undo('back'), 3)
      assert.deepEqual(await all(), [a])
      assert.equal((await store.restore(c!.id)).id, c!.id)
    })

    test('of imports are undone by removing the tasks not changed since', async () => {
      await createAll('a')
      const imported = (title: string): ImportedTask => ({
        title,
        done: false,
        notes: null,
        due: null,
        created: null,
        updated: null,
        completed: null,
      })
      const batches = async function* () {
        yield [imported('b'), imported('c')]
        yield [imported('d')]
      }
      assert.equal(await store.addAll(batches(), 'import'), 3)
      await nextMillisecond()
      const c = (await all())[2]!
      await store.change(c.id, { notes: 'mine' })
      assert.equal(await store.undo('import', 'undo'), 2)
      assert.equal(await states(), 'a- c-')
      assert.equal(await store.undo('undo'), 2)
      assert.equal(await states(), 'a- b- c- d-')
    })

    test('when undone keep later changes by others', async () => {
      const [a, b, c] = await createAll('abc')
      await store.changeSome(ids(a, b, c), { done: true }, 'done')
      await nextMillisecond()
      await store.change(a!.id, { done: false })
      await store.change(a!.id, { done: true })
      await store.change(b!.id, { notes: 'theirs' })
      await store.remove(c!.id)
      assert.equal(await store.undo('done'), 1)
      assert.equal(await states(), 'a+ b-')
      assert.equal((await store.find(b!.id))!.notes, 'theirs')
    })

    test('with unknown ids change nothing, and notify nobody', async () => {
      const [a] = await createAll('a')
      await store.changeSome(ids(a), { done: true })
      told = []
      assert.equal(await store.changeSome([[1, 5_000]], { done: true }, 'k'), 0)
      assert.equal(await store.removeSome([[a!.id + 1, 9_000]]), 0)
      assert.equal(await store.undo('k'), 0)
      assert.deepEqual(told, [])
    })

    test('with a key are applied once, and undone once', async () => {
      const [a, b] = await createAll('ab')
      for (let time = 0; time < 2; time++) assert.equal(await store.removeSome(ids(a, b), 'gone'), 2)
      for (let time = 0; time < 2; time++) assert.equal(await store.undo('gone', 'back'), 2)
      assert.equal((await all()).length, 2)
      await assert.rejects(store.removeSome(ids(a), 'gone'), KeyReused)
      await assert.rejects(store.undo('other', 'back'), KeyReused)
    })

    test('cannot be undone by a key of no bulk write', async () => {
      const [a] = await createAll('a')
      await store.change(a!.id, { done: true }, undefined, 'one')
      await assert.rejects(store.undo('one'), NotFound)
      await assert.rejects(store.undo('none'), NotFound)
      const done = await Promise.allSettled([
        store.changeSome(ids(a), { done: false }, 'many'),
        store.undo('many'),
      ])
      assert.deepEqual(
        done.map(({ status }) => status),
        ['fulfilled', 'fulfilled'],
      )
    })

    test('change nothing if all are undone in reverse order', async () => {
      const random = randomFrom(7)
      await createAll('abcdefghijklmnopqrst')
      for (const { id } of await all()) if (random.once(2)) await store.change(id, { done: true })
      const before = bare(await all())
      const keys: string[] = []
      for (let step = 0; step < 30; step++) {
        const some = idsOf(Array.from({ length: 6 }, () => 1 + random.below(20)))
        const key = `step ${step}`
        if (random.once(3)) await store.removeSome(some, key)
        else await store.changeSome(some, { done: random.once(2) }, key)
        keys.push(key)
      }
      for (const key of keys.reverse()) await store.undo(key)
      assert.deepEqual(bare(await all()), before)
    })
  })
}

/** What is done now has another time than what was done before. */
async function nextMillisecond() {
  const now = Date.now()
  while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve))
}
