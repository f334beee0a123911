import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { NotFound, Unavailable, VersionMismatch } from '../../src/resources/errors.ts'
import type { TaskStore, Version } from '../../src/tasks/store.ts'
import type { Task } from '../../src/tasks/task.ts'

/** What every storage promises (src/tasks/store.ts). `open` opens an empty one. */
export function storeContract(name: string, open: () => Promise<TaskStore>): void {
  suite(`A store in ${name}`, () => {
    let store: TaskStore
    let commits: number
    beforeEach(async () => {
      store = await open()
      commits = 0
      store.onCommit(() => {
        commits++
      })
    })
    afterEach(() => store.close())

    const titles = async () => (await store.page({ limit: 1_000 })).tasks.map(({ title }) => title)

    test('starts empty and ready', async () => {
      assert.deepEqual((await store.page({ limit: 10 })).tasks, [])
      assert.equal(await store.find(1), undefined)
      await store.ready()
    })

    test('creates a task that is not done, with its times', async () => {
      const before = Date.now()
      const task = await store.create({ title: 'Tea' })
      assert.deepEqual(Object.keys(task).sort(), [
        'completed',
        'created',
        'done',
        'due',
        'id',
        'list',
        'notes',
        'repeat',
        'title',
        'updated',
      ])
      assert.equal(task.title, 'Tea')
      assert.equal(task.notes, null)
      assert.equal(task.due, null)
      assert.equal(task.done, false)
      assert.equal(task.completed, null)
      assert.equal(task.created, task.updated)
      assert.ok(task.created >= before && task.created <= Date.now())
      assert.deepEqual(await store.find(task.id), task)
      assert.deepEqual((await store.page({ limit: 10 })).tasks, [task])
    })

    test('keeps titles exactly', async () => {
      const given = [
        '🐳'.repeat(200),
        '"\\\'',
        'e\u0301',
        '\u2028',
        '\ufeffa',
        '%s ? :done',
        "'; drop table tasks; --",
      ]
      for (const title of given) await store.create({ title })
      assert.deepEqual(await titles(), given)
    })

    test('settles concurrent writes, each with its own outcome, in the order of the calls', async () => {
      const tasks = await Promise.all(
        Array.from({ length: 500 }, (_, n) => store.create({ title: `task ${n}` })),
      )
      assert.deepEqual(
        tasks.map(({ title }) => title),
        Array.from({ length: 500 }, (_, n) => `task ${n}`),
      )
      assert.deepEqual((await store.page({ limit: 1_000 })).tasks, tasks)
      assert.ok(commits < 100, `${commits} commits`)
    })

    test('does not let a failed write affect others', async () => {
      const tea = await store.create({ title: 'Tea' })
      const outcomes = await Promise.allSettled([
        store.create({ title: 'before' }),
        store.change(999, { title: 'x' }),
        store.change(tea.id, { title: 'x' }, { versions: [tea.updated + 1] }),
        store.remove(999),
        store.remove(tea.id, { versions: [NaN] }),
        store.change(tea.id, { title: 'Coffee' }, { versions: [tea.updated] }),
        store.remove(tea.id, { versions: [tea.updated] }),
        store.create({ title: 'after' }),
      ])
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.constructor : 'kept')),
        ['kept', NotFound, VersionMismatch, NotFound, VersionMismatch, 'kept', VersionMismatch, 'kept'],
      )
      assert.deepEqual(await titles(), ['Coffee', 'before', 'after'])
    })

    test('shows every reader all writes acknowledged before', async () => {
      for (let n = 0; n < 50; n++) {
        const { id } = await store.create({ title: 'Tea' })
        assert.equal((await store.find(id))?.title, 'Tea')
        await store.remove(id)
        assert.equal(await store.find(id), undefined)
      }
    })

    test('notifies its listeners of a commit before any of its writes settles', async () => {
      const seen: number[] = []
      const writes = [store.create({ title: 'a' }), store.create({ title: 'b' })]
      await Promise.all(writes.map((write) => write.then(() => seen.push(commits))))
      assert.ok(seen.every((count) => count >= 1))
      const before = commits
      await store.change(1, { done: true }).then(() => assert.ok(commits > before))
    })

    test('changes only the members in a change', async () => {
      const tea = await store.create({ title: 'Tea' })
      const renamed = await store.change(tea.id, { title: 'Coffee' })
      assert.deepEqual(renamed, { ...tea, title: 'Coffee', updated: renamed.updated })
      const done = await store.change(tea.id, { done: true })
      assert.equal(done.done, true)
      assert.equal(typeof done.completed, 'number')
      const renamedAgain = await store.change(tea.id, { title: 'Milk' })
      assert.equal(renamedAgain.completed, done.completed)
      const toggled = await store.change(tea.id, { done: 'toggle' })
      assert.equal(toggled.done, false)
      assert.equal(toggled.completed, null)
      assert.deepEqual(await store.find(tea.id), toggled)
    })

    test('stores notes and due date, changes only them and clears them', async () => {
      const notes = 'first line\r\n\tsecond 🐳 \u2028'
      const tea = await store.create({ title: 'Tea', notes, due: '2026-12-24' })
      assert.equal(tea.notes, notes)
      assert.equal(tea.due, '2026-12-24')
      assert.deepEqual(await store.find(tea.id), tea)
      const later = await store.change(tea.id, { due: '2027-01-01' })
      assert.deepEqual(later, { ...tea, due: '2027-01-01', updated: later.updated })
      assert.deepEqual(await store.change(tea.id, { due: '2027-01-01', notes }), later)
      const cleared = await store.change(tea.id, { notes: null, due: null, done: true })
      assert.equal(cleared.notes, null)
      assert.equal(cleared.due, null)
      assert.deepEqual((await store.page({ limit: 10 })).tasks, [cleared])
    })

    test('toggles as often as requested, also concurrently', async () => {
      const { id } = await store.create({ title: 'Tea' })
      const tasks = await Promise.all(Array.from({ length: 7 }, () => store.change(id, { done: 'toggle' })))
      assert.deepEqual(
        tasks.map(({ done }) => done),
        [true, false, true, false, true, false, true],
      )
    })

    test('raises the version with every change, also within one millisecond', async () => {
      const { id, updated } = await store.create({ title: 'Tea' })
      const versions = [updated]
      const write = async (written: Promise<Task>) => versions.push((await written).updated)
      await Promise.all(Array.from({ length: 20 }, () => write(store.change(id, { done: 'toggle' }))))
      await store.changeAll({ done: true })
      versions.push((await store.find(id))!.updated)
      await write(store.change(id, { title: 'Coffee' }))
      for (const [index, version] of versions.entries())
        assert.ok(index === 0 || version > versions[index - 1]!)
    })

    test('does not write a task that a change leaves equal', async () => {
      const tea = await store.create({ title: 'Tea' })
      assert.deepEqual(await store.change(tea.id, {}), tea)
      assert.deepEqual(await store.change(tea.id, { title: 'Tea', done: false }), tea)
      assert.equal(await store.changeAll({ done: false }), 0)
      assert.deepEqual(await store.find(tea.id), tea)
    })

    test('changes and removes only at one of the versions it is given', async () => {
      const { id, updated } = await store.create({ title: 'Tea' })
      await assert.rejects(store.change(id, { done: true }, { versions: [updated + 1] }), VersionMismatch)
      await assert.rejects(store.change(id, { done: true }, { versions: [] }), VersionMismatch)
      await assert.rejects(store.remove(id, { versions: [NaN] }), VersionMismatch)
      const changed = await store.change(id, { done: true }, { versions: [NaN, updated] })
      await assert.rejects(store.remove(id, { versions: [updated] }), VersionMismatch)
      await store.remove(id, { versions: [updated, changed.updated] })
      await assert.rejects(store.remove(id, { versions: [changed.updated] }), NotFound)
    })

    test('never uses an id again', async () => {
      const { id } = await store.create({ title: 'Tea' })
      await store.remove(id)
      await assert.rejects(store.remove(id), NotFound)
      await assert.rejects(store.change(id, { done: true }), NotFound)
      const next = await store.create({ title: 'Coffee' })
      assert.ok(next.id > id)
      await store.changeAll({ done: true })
      await store.removeCompleted()
      assert.ok((await store.create({ title: 'Milk' })).id > next.id)
    })

    test('finds no task by an id out of range', async () => {
      for (const id of [0, -1, Number.MAX_SAFE_INTEGER]) {
        assert.equal(await store.find(id), undefined)
        await assert.rejects(store.change(id, { done: true }), NotFound)
        await assert.rejects(store.remove(id), NotFound)
      }
    })

    test('marks all and clears the completed, and counts them', async () => {
      const [a] = await Promise.all([
        store.create({ title: 'a' }),
        store.create({ title: 'b' }),
        store.create({ title: 'c' }),
      ])
      const done = await store.change(a.id, { done: true })
      assert.equal(await store.changeAll({ done: true }), 2)
      assert.deepEqual(await store.find(a.id), done)
      const all = (await store.page({ limit: 10 })).tasks
      assert.ok(all.every((task) => task.done && task.completed !== null))
      await store.change(a.id, { done: false })
      assert.equal(await store.removeCompleted(), 2)
      assert.equal(await store.removeCompleted(), 0)
      assert.deepEqual(await titles(), ['a'])
      assert.equal(await store.changeAll({ done: false }), 0)
    })

    test('marks all as not done and forgets when they were', async () => {
      const { id } = await store.create({ title: 'a' })
      await store.changeAll({ done: true })
      assert.equal(await store.changeAll({ done: false }), 1)
      const task = await store.find(id)
      assert.equal(task?.done, false)
      assert.equal(task?.completed, null)
    })

    test('pages through its tasks in order, filtered or not, at any depth', async () => {
      const all = await Promise.all(
        Array.from({ length: 300 }, (_, n) => store.create({ title: `task ${n}` })),
      )
      await Promise.all(all.filter((_, n) => n % 3 === 0).map(({ id }) => store.change(id, { done: true })))
      for (const done of [undefined, true, false]) {
        const expected = (await store.page({ limit: 1_000 })).tasks.filter(
          (task) => done === undefined || task.done === done,
        )
        const found: Task[] = []
        for (let page: readonly Task[]; ; found.push(...page)) {
          const after = found.at(-1)?.id
          page = (
            await store.page({ limit: 7, ...(done !== undefined && { done }), ...(after && { after }) })
          ).tasks
          if (page.length === 0) break
          assert.ok(page.length <= 7)
        }
        assert.deepEqual(found, expected)
      }
      await store.remove(all[150]!.id)
      assert.equal((await store.page({ after: all[150]!.id, limit: 1 })).tasks[0]?.id, all[151]!.id)
    })

    test("keeps a view's snapshot, in versions and pages, filtered or not", async () => {
      const tasks = await Promise.all(
        Array.from({ length: 30 }, (_, n) => store.create({ title: `task ${n}` })),
      )
      await store.move(tasks[29]!.id, tasks[0]!.id)
      for (const { id } of tasks.slice(0, 10)) await store.change(id, { done: true })
      const before = (await store.page({ limit: 100 })).tasks
      const views = [
        await store.view({}),
        await store.view({ done: true }),
        await store.view({ after: tasks[4]!.id }),
      ]
      const expected = [before, before.filter(({ done }) => done), before.slice(6)]
      await store.changeAll({ done: false })
      await store.remove(tasks[7]!.id)
      for (const [index, view] of views.entries()) {
        const pages: Task[] = []
        const versions: Version[] = []
        for await (const some of view.versions()) versions.push(...some)
        for await (const page of view.pages()) pages.push(...page)
        await view.close()
        assert.deepEqual(pages, expected[index])
        assert.deepEqual(
          versions.map(([id, updated]) => [id, updated]),
          pages.map(({ id, updated }) => [id, updated]),
        )
        assert.ok(versions.every(([, , place], at) => at === 0 || place > versions[at - 1]![2]))
      }
    })

    test('counts tasks, filtered, in ranges of ids and up to a number', async () => {
      assert.equal(await store.lastId(), 0)
      for (let n = 0; n < 20; n++) await store.create({ title: 'Tea', due: n < 5 ? '2026-12-24' : null })
      for (const id of [1, 2, 3]) await store.change(id, { done: true })
      await store.remove(20)
      assert.equal(await store.lastId(), 20)
      assert.equal(await store.count({}), 19)
      assert.equal(await store.count({ done: true }), 3)
      assert.equal(await store.count({ done: false, from: 3, below: 6 }), 2)
      assert.equal(await store.count({ due: '2026-12-24', done: true }), 3)
      assert.equal(await store.count({ text: 'te' }), 19)
      assert.equal(await store.count({ text: 'tea', done: true, most: 2 }), 2)
      assert.equal(await store.count({ text: 'coffee' }), 0)
    })

    test('adds all tasks of an import or none, and shows them all at once', async () => {
      const tea = await store.create({ title: 'Tea' })
      const none = { notes: null, due: null, created: null, updated: null, completed: null }
      const batch = (from: number) =>
        Array.from({ length: 700 }, (_, n) => ({ ...none, title: `task ${from + n}`, done: false }))
      async function* batches(fail: boolean) {
        for (let from = 0; from < 2_100; from += 700) {
          yield batch(from)
          assert.equal((await store.page({ limit: 10 })).tasks.length, 1)
        }
        if (fail) throw new Error('a fault')
      }
      await assert.rejects(store.addAll(batches(true)), /a fault/)
      assert.deepEqual(await titles(), ['Tea'])
      assert.equal(await store.addAll(batches(false)), 2_100)
      const milk = await store.create({ title: 'Milk' })
      const all: Task[] = []
      const view = await store.view({})
      for await (const page of view.pages()) all.push(...page)
      await view.close()
      assert.deepEqual(all[0], tea)
      assert.deepEqual(all.at(-1), milk)
      assert.deepEqual(
        all.slice(1, -1).map(({ title }) => title),
        Array.from({ length: 2_100 }, (_, n) => `task ${n}`),
      )
      assert.equal(await store.addAll((async function* () {})()), 0)
    })

    test('commits pending writes before it closes, and refuses more', async () => {
      const { id } = await store.create({ title: 'a' })
      const waiting = Array.from({ length: 50 }, (_, n) => store.create({ title: `task ${n}` }))
      const closed = store.close()
      const refused = [
        store.create({ title: 'late' }),
        store.change(id, { done: true }),
        store.remove(id),
        store.changeAll({ done: true }),
        store.removeCompleted(),
        store.restore(id),
        store.move(id, null),
      ]
      for (const write of refused) await assert.rejects(write, Unavailable)
      assert.equal((await Promise.all(waiting)).length, 50)
      await closed
      await assert.rejects(store.create({ title: 'late' }), Unavailable)
      await assert.rejects(store.page({ limit: 1 }), Unavailable)
      await assert.rejects(store.find(1), Unavailable)
      await assert.rejects(store.ready(), Unavailable)
      // For `afterEach`, which closes what is open.
      store = await open()
    })
  })
}
