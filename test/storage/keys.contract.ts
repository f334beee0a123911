import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { KeyReused, NotFound, VersionMismatch } from '../../src/resources/errors.ts'
import type { TaskStore } from '../../src/tasks/store.ts'

/** What every storage promises of writes that bear a key. `open` opens an empty one. */
export function keysContract(name: string, open: () => Promise<TaskStore>): void {
  suite(`A write with a key to a store in ${name}`, () => {
    let store: TaskStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const all = async () => (await store.page({ limit: 1_000 })).tasks

    test('is applied once, and settles the same each time, later or at once', async () => {
      const tea = { title: 'Tea', notes: 'n' }
      const first = await store.create(tea, 'a')
      assert.deepEqual(await store.create(tea, 'a'), first)
      const many = await Promise.all(Array.from({ length: 20 }, () => store.create({ title: 'Milk' }, 'b')))
      for (const task of many) assert.deepEqual(task, many[0])
      assert.deepEqual(await all(), [first, many[0]])
    })

    test('settles the same although the task has changed since', async () => {
      const first = await store.create({ title: 'Tea' }, 'a')
      const toggled = await store.change(first.id, { done: 'toggle' }, undefined, 'b')
      assert.deepEqual(await store.change(first.id, { done: 'toggle' }, undefined, 'b'), toggled)
      assert.deepEqual(await store.create({ title: 'Tea' }, 'a'), first)
      assert.deepEqual(await all(), [toggled])
      const renamed = await store.change(first.id, { title: 'Milk' }, { versions: [toggled.updated] }, 'c')
      assert.deepEqual(
        await store.change(first.id, { title: 'Milk' }, { versions: [toggled.updated] }, 'c'),
        renamed,
      )
    })

    test('is of any kind', async () => {
      const [a, b] = [await store.create({ title: 'a' }), await store.create({ title: 'b' })]
      for (let time = 0; time < 2; time++)
        assert.deepEqual(await store.move(b.id, a.id, undefined, 'move'), b)
      await store.move(b.id, null)
      for (let time = 0; time < 2; time++) assert.equal(await store.changeAll({ done: true }, 'all'), 2)
      for (let time = 0; time < 2; time++) assert.equal(await store.removeCompleted('clear'), 2)
      for (let time = 0; time < 2; time++)
        assert.equal((await store.restore(a.id, undefined, 'restore')).id, a.id)
      for (let time = 0; time < 2; time++) await store.remove(a.id, undefined, 'remove')
      assert.deepEqual(await all(), [])
      await assert.rejects(store.remove(a.id), NotFound)
    })

    test('is refused if the key belongs to another write', async () => {
      const { id } = await store.create({ title: 'Tea' }, 'a')
      const others = [
        store.create({ title: 'Milk' }, 'a'),
        store.create({ title: 'Tea', due: '2026-12-24' }, 'a'),
        store.change(id, { title: 'Tea' }, undefined, 'a'),
        store.remove(id, undefined, 'a'),
        store.restore(id, undefined, 'a'),
        store.move(id, null, undefined, 'a'),
        store.changeAll({ done: true }, 'a'),
        store.removeCompleted('a'),
      ]
      for (const other of others) await assert.rejects(other, KeyReused)
      assert.equal((await all()).length, 1)
    })

    test('that was refused can be retried', async () => {
      const { id, updated } = await store.create({ title: 'Tea' })
      await store.remove(id)
      await assert.rejects(store.change(id, { done: true }, undefined, 'a'), NotFound)
      await store.restore(id)
      assert.equal((await store.change(id, { done: true }, undefined, 'a')).done, true)
      await assert.rejects(store.change(id, { title: 'b' }, { versions: [updated] }, 'b'), VersionMismatch)
      await assert.rejects(store.change(id, { title: 'b' }, { versions: [updated] }, 'b'), VersionMismatch)
    })
  })
}
