import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, suite, test } from 'node:test'
import { Full } from '../../src/resources/errors.ts'
import type { Size } from '../../src/resources/store.ts'
import type { Store } from '../../src/storage/database.ts'
import type { ImportedTask } from '../../src/tasks/task.ts'

/** What every storage promises where there is only so much room. `open` opens an empty one. */
export function quotaContract(name: string, open: (quota?: Size) => Promise<Store>): void {
  suite(`A store in ${name} with a quota`, () => {
    let store: Store
    afterEach(() => store.close())
    const bytes = 1024 * 1024
    const megabyte: Size = { count: 1_000_000, bytes: 2 * bytes }
    const notes = 'n'.repeat(10_000)
    /** Now and then, with a write. */
    const told = async (holds: (size: Size) => boolean) => {
      while (!holds(store.figures().size!)) await store.changeAll({ done: true })
    }

    test('accepts tasks up to its limit, and more after deletions', async () => {
      store = await open({ count: 3, bytes: 100 * bytes })
      const made = await Promise.allSettled(
        Array.from({ length: 6 }, (_, n) => store.create({ title: `task ${n}` })),
      )
      const first = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      assert.equal(first.length, 3)
      for (const each of made) if (each.status === 'rejected') assert.ok(each.reason instanceof Full)
      const full = () => assert.rejects(store.create({ title: 'one too many' }), Full)
      await full()
      await store.change(first[0]!.id, { done: true, title: 'still here' })
      await store.removeCompleted()
      await store.create({ title: 'in its place' })
      await full()
      await store.remove(first[1]!.id)
      await store.remove(first[2]!.id)
      await store.restore(first[1]!.id)
      await store.create({ title: 'another' })
      await full()
      await store.removeSome([[1, 1_000_000]], 'all')
      await store.undo('all')
      await full()
      assert.equal((await store.page({ limit: 10 })).tasks.length, 3)
    })

    test('can be changed and emptied where it has more tasks than its limit', async () => {
      store = await open({ count: 2, bytes: 100 * bytes })
      const [tea, milk] = [await store.create({ title: 'Tea' }), await store.create({ title: 'Milk' })]
      await store.remove(tea.id)
      const rice = await store.create({ title: 'Rice' })
      // What was deleted comes back, whatever was added meanwhile.
      await store.restore(tea.id)
      assert.equal((await store.change(milk.id, { done: true })).done, true)
      await store.move(rice.id, tea.id)
      await assert.rejects(store.create({ title: 'one too many' }), Full)
      assert.equal(await store.removeCompleted(), 1)
      await store.remove(rice.id)
      await store.create({ title: 'in its place' })
    })

    test('replays the response of a repeated key although it is full', async () => {
      store = await open({ count: 1, bytes: 100 * bytes })
      const first = await store.create({ title: 'Tea' }, 'a')
      assert.deepEqual(await store.create({ title: 'Tea' }, 'a'), first)
      await assert.rejects(store.create({ title: 'Milk' }, 'b'), Full)
      await store.remove(first.id)
      assert.equal((await store.create({ title: 'Milk' }, 'b')).title, 'Milk')
    })

    test('accepts an import as a whole or not at all', async () => {
      store = await open({ count: 1_000, bytes: 100 * bytes })
      const task: ImportedTask = {
        title: 'Tea',
        done: false,
        notes: null,
        due: null,
        created: null,
        updated: null,
        completed: null,
      }
      const batches = async function* (count: number) {
        for (let n = 0; n < count; n += 100) yield Array.from({ length: 100 }, () => task)
      }
      await assert.rejects(store.addAll(batches(1_100)), Full)
      assert.equal(await store.addAll(batches(1_000)), 1_000)
      await assert.rejects(store.addAll(batches(100)), Full)
    })

    test('stops growing when its data reaches the limit, and still deletes', async () => {
      store = await open(megabyte)
      // PostgreSQL would compress what repeats, and measures every 64 writes.
      const notes = randomBytes(750).toString('hex')
      const kept: number[] = []
      await assert.rejects(async () => {
        for (let n = 0; n < 2_000; n++) kept.push((await store.create({ title: 'Tea', notes })).id)
      }, Full)
      assert.ok(kept.length > 20, `${kept.length} tasks`)
      await assert.rejects(store.change(kept[0]!, { notes: `${notes}.` }), Full)
      await store.change(kept[0]!, { done: true })
      await store.move(kept[1]!, null)
      await store.remove(kept[2]!)
      assert.equal(await store.removeCompleted(), 1)
      assert.deepEqual(store.figures().quota, megabyte)
      await told(({ bytes }) => bytes >= megabyte.bytes)
      assert.ok(store.figures().size!.bytes < 2 * megabyte.bytes, String(store.figures().size!.bytes))
    })

    test('reports its size', async () => {
      store = await open(megabyte)
      await store.page({ limit: 1 })
      assert.equal(store.figures().size!.count, 0)
      await store.create({ title: 'Tea' })
      await told(({ count, bytes }) => count === 1 && bytes > 0)
    })

    test('stores the notes of a task once, however many keyed writes respond with them', async () => {
      store = await open(megabyte)
      const { id } = await store.create({ title: 'Tea', notes }, 'create')
      // Some 5 MB of notes, were they kept.
      for (let n = 0; n < 500; n++) await store.change(id, { done: 'toggle' }, undefined, `toggle ${n}`)
      const toggled = await store.change(id, { done: 'toggle' }, undefined, 'last')
      assert.equal(toggled.notes, notes)
      assert.deepEqual(await store.change(id, { done: 'toggle' }, undefined, 'last'), toggled)
      const renamed = await store.change(id, { notes: 'short' }, undefined, 'rename')
      assert.equal((await store.create({ title: 'Tea', notes }, 'create')).notes, notes)
      assert.deepEqual(await store.change(id, { done: 'toggle' }, undefined, 'last'), {
        ...toggled,
        notes: 'short',
      })
      await store.remove(id)
      assert.deepEqual(await store.change(id, { notes: 'short' }, undefined, 'rename'), renamed)
      assert.equal((await store.change(id, { done: 'toggle' }, undefined, 'last')).notes, 'short')
    })
  })
}
