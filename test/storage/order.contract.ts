import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { Invalid, NotFound, UnknownCursor } from '../../src/resources/errors.ts'
import type { TaskStore } from '../../src/tasks/store.ts'
import type { Task } from '../../src/tasks/task.ts'
import { randomFrom } from '../helpers/random.ts'

/** What every storage promises of the user's order and of restoring. `open` opens an empty one. */
export function orderContract(name: string, open: () => Promise<TaskStore>): void {
  suite(`The order of a store in ${name}`, () => {
    let store: TaskStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const all = async () => (await store.page({ limit: 1_000 })).tasks
    const titles = async () => (await all()).map(({ title }) => title).join('')
    const createAll = (letters: string) =>
      Promise.all(Array.from(letters, (title) => store.create({ title })))

    test('is the order of creation until a task is moved, before another or to the end', async () => {
      const [a, b, c] = await createAll('abc')
      await store.move(c!.id, a!.id)
      assert.equal(await titles(), 'cab')
      await store.move(c!.id, b!.id)
      assert.equal(await titles(), 'acb')
      await store.move(a!.id, null)
      assert.equal(await titles(), 'cba')
      await createAll('d')
      assert.equal(await titles(), 'cbad')
    })

    test('stays the same when a task is moved to its own place, or before itself', async () => {
      const [a, b, c] = await createAll('abc')
      await store.move(a!.id, b!.id)
      await store.move(b!.id, b!.id)
      await store.move(c!.id, null)
      assert.equal(await titles(), 'abc')
    })

    test('is not part of a task or its version', async () => {
      const [a, b] = await createAll('ab')
      assert.deepEqual(await store.move(b!.id, a!.id), b)
      assert.deepEqual(await all(), [b, a])
    })

    test('refuses tasks that are deleted or never existed', async () => {
      const [a, b] = await createAll('ab')
      await store.remove(b!.id)
      await assert.rejects(store.move(a!.id, b!.id), Invalid)
      await assert.rejects(store.move(a!.id, 999), Invalid)
      await assert.rejects(store.move(b!.id, a!.id), NotFound)
      await assert.rejects(store.move(999, null), NotFound)
      assert.equal(await titles(), 'a')
    })

    test('continues where a page ended, although its last task was moved or removed, or all were renumbered', async () => {
      const tasks = await createAll('abcdefghijkl')
      const { next } = await store.page({ limit: 4 })
      const rest = async () =>
        (await store.page({ after: next!, limit: 20 })).tasks.map(({ title }) => title).join('')
      assert.equal(await rest(), 'efghijkl')
      await store.move(tasks[3]!.id, null)
      assert.equal(await rest(), 'efghijkld')
      await store.move(tasks[3]!.id, tasks[0]!.id)
      assert.equal(await rest(), 'efghijkl')
      await store.remove(tasks[3]!.id)
      assert.equal(await rest(), 'efghijkl')
      await store.restore(tasks[3]!.id)
      // Each halves the room before e, until there is none and places are spread.
      for (let n = 0; n < 60; n++) await store.move(tasks[n % 2 ? 10 : 11]!.id, tasks[4]!.id)
      const left = (await rest()).split('')
      for (const title of 'efghijkl') assert.ok(left.includes(title), `${title} is left out: ${left}`)
      const { next: anew } = await store.page({ limit: 4 })
      assert.deepEqual((await store.page({ after: anew!, limit: 20 })).tasks, (await all()).slice(4))
    })

    test('has no place after a task that never existed', async () => {
      const [task] = await createAll('a')
      await assert.rejects(store.page({ after: task!.id + 1, limit: 1 }), UnknownCursor)
      await assert.rejects(store.page({ after: { id: 99, place: 1, spreads: 0 }, limit: 1 }), UnknownCursor)
      await store.remove(task!.id)
      assert.deepEqual((await store.page({ after: task!.id, limit: 1 })).tasks, [])
    })

    test('is that of pages, filtered, searched or not, also after a deleted task', async () => {
      const tasks = await createAll('abcdefgh')
      await store.move(tasks[7]!.id, tasks[1]!.id)
      await store.move(tasks[0]!.id, null)
      for (const { id } of tasks) await store.change(id, { notes: 'word', due: '2026-12-24' })
      assert.equal(await titles(), 'hbcdefga')
      const expected = await all()
      for (const filters of [{}, { done: false }, { due: '2026-12-24' }, { text: 'word' }]) {
        for (const limit of [1, 2, 3, 7]) {
          const found: Task[] = []
          for (let page: readonly Task[]; ; found.push(...page)) {
            const after = found.at(-1)?.id
            page = (await store.page({ ...filters, limit, ...(after && { after }) })).tasks
            if (page.length === 0) break
          }
          assert.deepEqual(found, expected)
        }
      }
      for (const index of [7, 2, 0]) {
        await store.remove(tasks[index]!.id)
        const rest = expected.slice(expected.findIndex(({ id }) => id === tasks[index]!.id) + 1)
        const left = new Set((await all()).map(({ id }) => id))
        assert.deepEqual(
          (await store.page({ after: tasks[index]!.id, limit: 10 })).tasks,
          rest.filter(({ id }) => left.has(id)),
        )
      }
    })

    test('gives a restored task its place, its members and its version back', async () => {
      const tasks = await createAll('abcd')
      await store.move(tasks[3]!.id, tasks[1]!.id)
      const b = await store.change(tasks[1]!.id, { notes: '学习', due: '2026-12-24', done: true })
      await store.remove(b.id)
      await store.remove(tasks[3]!.id)
      await createAll('e')
      await store.move(tasks[2]!.id, tasks[0]!.id)
      assert.equal(await titles(), 'cae')
      assert.deepEqual(await store.restore(b.id), b)
      assert.deepEqual(await store.find(b.id), b)
      await store.restore(tasks[3]!.id)
      assert.equal(await titles(), 'cadbe')
      assert.deepEqual((await store.page({ text: '习', limit: 9 })).tasks, [b])
    })

    test('is restored after clearing, task by task', async () => {
      const tasks = await createAll('abc')
      await store.changeAll({ done: true })
      const before = await all()
      assert.equal(await store.removeCompleted(), 3)
      for (const { id } of tasks) await store.restore(id)
      assert.deepEqual(await all(), before)
    })

    test('does not change when a task is restored that was not deleted', async () => {
      const [a] = await createAll('a')
      assert.deepEqual(await store.restore(a!.id), a)
      await store.remove(a!.id)
      await Promise.all([store.restore(a!.id), store.restore(a!.id)])
      await store.change(a!.id, { title: 'b' })
      await store.remove(a!.id)
      assert.equal((await store.restore(a!.id)).title, 'b')
      await assert.rejects(store.restore(999), NotFound)
    })

    test('finds a task that was deleted before it was ever searched for', async () => {
      const [a] = await createAll('a')
      await store.remove(a!.id)
      await createAll('b')
      assert.deepEqual((await store.page({ text: 'a', limit: 9 })).tasks, [])
      await store.restore(a!.id)
      assert.deepEqual((await store.page({ text: 'a', limit: 9 })).tasks, [a])
    })

    test('is that of a list in memory after any moves, deletions and restores', async () => {
      const random = randomFrom(7)
      let next = 'a'.charCodeAt(0)
      /** Ids in order, deleted ones among them. */
      const model: { id: number; live: boolean }[] = []
      for (let step = 0; step < 400; step++) {
        const target = model.length > 0 ? random.pick(model) : undefined
        const live = model.filter((entry) => entry.live)
        if (target === undefined || random.once(6)) {
          const { id } = await store.create({ title: String.fromCharCode(next++) })
          model.push({ id, live: true })
        } else if (!target.live) {
          await store.restore(target.id)
          target.live = true
        } else if (random.once(5)) {
          await store.remove(target.id)
          target.live = false
        } else {
          // Mostly to the same spot: that is what uses up room.
          const before = random.once(8) ? undefined : random.once(3) ? random.pick(live) : live[1]
          await store.move(target.id, before?.id ?? null)
          if (before === target) continue
          if (before === undefined && model.at(-1) === target) continue
          const own = model.indexOf(target)
          const place = before === undefined ? model.length : model.indexOf(before)
          // Where only deleted tasks are between, it stands there already in every sense a user can see.
          if (own + 1 === place) continue
          model.splice(own, 1)
          model.splice(before === undefined ? model.length : model.indexOf(before), 0, target)
        }
        assert.deepEqual(
          (await all()).map(({ id }) => id),
          model.filter((entry) => entry.live).map(({ id }) => id),
          `step ${step}`,
        )
      }
    })
  })
}
