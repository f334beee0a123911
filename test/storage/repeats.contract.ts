import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Full, Invalid } from '../../src/resources/errors.ts'
import type { Size } from '../../src/resources/store.ts'
import { idsOf } from '../../src/tasks/ids.ts'
import { following } from '../../src/tasks/repeat.ts'
import type { Change, TaskStore } from '../../src/tasks/store.ts'

/**
 * What every storage promises of tasks that repeat. `open` opens an empty one, also twice as two replicas do; `runs`: how many
 * sequences of writes are tried.
 */
export function repeatsContract(
  name: string,
  open: (quota?: Size) => Promise<readonly [TaskStore, ...TaskStore[]]>,
  runs: number,
): void {
  const weekly = { title: 'Bins', notes: 'Both', due: '2026-11-27', repeat: 'FREQ=WEEKLY;COUNT=3' }
  const today = '2026-11-28'

  suite(`Repeating tasks in ${name}`, () => {
    const on = (run: (store: TaskStore, other: TaskStore) => Promise<void>, quota?: Size) => async () => {
      const stores = await open(quota)
      try {
        await run(stores[0], stores.at(-1)!)
      } finally {
        for (const store of stores) await store.close()
      }
    }
    const shown = async (store: TaskStore) =>
      (await store.page({ limit: 1_000 })).tasks.map(({ title, due, done }) => `${title} ${due} ${done}`)

    test(
      'are followed by the next once they are done, with the same members and at the same place',
      on(async (store) => {
        await store.create({ title: 'Before' })
        const { id } = await store.create(weekly)
        await store.create({ title: 'After' })
        const told: Change[] = []
        store.onCommit(({ changes }) => told.push(...changes()))
        const done = await store.change(id, { done: true }, undefined, undefined, today)
        assert.deepEqual([done.id, done.done, done.due], [id, true, weekly.due])
        const { tasks } = await store.page({ limit: 10 })
        const next = tasks[1]!
        assert.deepEqual(
          { ...next, created: 0, updated: 0 },
          {
            ...weekly,
            id: id + 2,
            done: false,
            due: '2026-12-04',
            repeat: 'FREQ=WEEKLY;COUNT=2',
            list: null,
            created: 0,
            updated: 0,
            completed: null,
          },
        )
        assert.deepEqual(
          tasks.map((task) => task.id),
          [1, next.id, id, id + 1],
        )
        assert.deepEqual(told, [
          { kind: 'changed', task: done },
          { kind: 'created', task: next },
          { kind: 'moved', id: next.id, before: id, list: null },
        ])
      }),
    )

    test(
      'have one next, however often and by how many they are completed',
      on(async (store, other) => {
        const { id } = await store.create(weekly)
        await Promise.all(
          Array.from({ length: 40 }, (_, n) =>
            (n % 2 ? store : other).change(id, { done: true }, undefined, n % 3 ? `key ${n}` : undefined),
          ),
        )
        await store.changeSome([[id, id]], { done: true })
        await other.change(id, { done: true }, undefined, 'key 1')
        assert.equal((await store.page({ limit: 10 })).tasks.length, 2)
        await store.change(id, { title: 'Bins again' })
        assert.equal((await store.page({ limit: 10 })).tasks.length, 2)
      }),
    )

    test(
      'take the next away when they are opened again, unless it was changed',
      on(async (store) => {
        const { id } = await store.create(weekly)
        const told: Change[] = []
        store.onCommit(({ changes }) => told.push(...changes()))
        await store.change(id, { done: 'toggle' }, undefined, undefined, today)
        const opened = await store.change(id, { done: 'toggle' })
        assert.deepEqual(await shown(store), ['Bins 2026-11-27 false'])
        assert.deepEqual(told.slice(-2), [
          { kind: 'changed', task: opened },
          { kind: 'deleted', id: id + 1 },
        ])
        await store.change(id, { done: true }, undefined, undefined, today)
        await store.change(id + 2, { notes: 'Only one' })
        await store.change(id, { done: false })
        await store.change(id, { done: true }, undefined, undefined, today)
        assert.deepEqual(await shown(store), ['Bins 2026-12-04 false', 'Bins 2026-11-27 true'])
      }),
    )

    test(
      'come to their end',
      on(async (store) => {
        let { id } = await store.create(weekly)
        for (let n = 0; n < 3; n++, id++) await store.change(id, { done: true }, undefined, undefined, today)
        assert.deepEqual(await shown(store), [
          'Bins 2026-12-11 true',
          'Bins 2026-12-04 true',
          'Bins 2026-11-27 true',
        ])
      }),
    )

    test(
      'have a date, and end with it',
      on(async (store) => {
        const plain = await store.create({ title: 'Plain' })
        await assert.rejects(store.change(plain.id, { repeat: 'FREQ=DAILY' }), (error: Invalid) => {
          assert.ok(error instanceof Invalid)
          assert.equal(error.faults[0]!.pointer, '#/repeat')
          return true
        })
        const { id } = await store.create(weekly)
        assert.equal((await store.change(id, { due: null })).repeat, null)
        await store.change(id, { done: true })
        assert.equal((await store.page({ limit: 10 })).tasks.length, 2)
      }),
    )

    test(
      'are not completed where there is no room for the next',
      on(
        async (store) => {
          const { id } = await store.create(weekly)
          await store.create({ title: 'Full' })
          await assert.rejects(store.change(id, { done: true }), Full)
          await assert.rejects(store.changeAll({ done: true }), Full)
          await assert.rejects(store.changeSome([[1, 2]], { done: true }, 'key'), Full)
          assert.deepEqual(
            (await store.page({ limit: 10 })).tasks.map(({ done }) => done),
            [false, false],
          )
          await store.remove(2)
          await store.change(id, { done: true })
        },
        { count: 2, bytes: Number.POSITIVE_INFINITY },
      ),
    )

    test(
      'that an import brings as done have had their next',
      on(async (store) => {
        await store.addAll(
          (async function* () {
            yield [{ ...weekly, done: true }, weekly]
          })(),
        )
        await store.change(1, { done: false })
        await store.change(1, { done: true })
        assert.equal((await store.page({ limit: 10 })).tasks.length, 2)
        await store.change(2, { done: true })
        assert.equal((await store.page({ limit: 10 })).tasks.length, 3)
      }),
    )

    test('have exactly one next task after any sequence of writes', async () => {
      const which = fc.nat(1_000)
      const day = fc
        .integer({ min: 0, max: 60 })
        .map((n) => `2026-12-${String((n % 31) + 1).padStart(2, '0')}`)
      const step = fc.oneof(
        fc.record({ do: fc.constant('create' as const), which, day }),
        { weight: 4, arbitrary: fc.record({ do: fc.constant('complete' as const), which, day }) },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), which, day }) },
        fc.record({ do: fc.constant('rename' as const), which, day }),
        fc.record({ do: fc.constant('remove' as const), which, day }),
        fc.record({ do: fc.constant('restore' as const), which, day }),
        fc.record({ do: fc.constant('all' as const), which, day }),
        { weight: 2, arbitrary: fc.record({ do: fc.constant('some' as const), which, day }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('undo' as const), which, day }) },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) =>
          on(async (store, other) => {
            const model = openModel()
            let keys = 0
            const take = [store, other]
            for (const { do: kind, which, day } of steps) {
              const key = `key ${++keys}`
              const one = take[keys % 2]!
              const task = model.pick(which)
              // Whatever is retried is done once.
              const twice = async (write: () => Promise<unknown>) => {
                await write()
                if (which % 2) await write()
              }
              if (kind === 'create') {
                const { id } = await one.create(given(which, day))
                model.create(id, given(which, day))
              } else if (kind === 'all') {
                await twice(() => one.changeAll({ done: which % 3 > 0 }, key, day))
                model.mark(model.ids(), which % 3 > 0, day)
              } else if (task === undefined) continue
              else if (kind === 'complete' || kind === 'open') {
                await twice(() => one.change(task, { done: kind === 'complete' }, undefined, key, day))
                model.mark([task], kind === 'complete', day)
              } else if (kind === 'rename') {
                await one.change(task, { title: key })
                model.rename(task, key)
              } else if (kind === 'remove') {
                await one.remove(task)
                model.remove(task)
              } else if (kind === 'restore') {
                const gone = model.gone()
                if (gone === undefined) continue
                await one.restore(gone)
                model.restore(gone)
              } else {
                const ids = model.ids().filter((id) => (id + which) % 3)
                await twice(() => one.changeSome(idsOf(ids), { done: which % 5 > 1 }, key, day))
                const marked = model.mark(ids, which % 5 > 1, day)
                if (kind === 'undo') {
                  await twice(() => one.undo(key, `undo of ${key}`, day))
                  model.mark(marked, which % 5 <= 1, day)
                }
              }
              const { tasks } = await one.page({ limit: 1_000 })
              model.matches(tasks)
            }
          })(),
        ),
        { numRuns: runs },
      )
    })
  })
}

const rules = [
  'FREQ=DAILY',
  'FREQ=WEEKLY;INTERVAL=2',
  'FREQ=MONTHLY;COUNT=2',
  'FREQ=DAILY;FROM=COMPLETION',
  null,
]

function given(which: number, due: string) {
  return { title: `task ${which}`, due, repeat: rules[which % rules.length]! }
}

interface Shown {
  id: number
  title: string
  due: string | null
  repeat: string | null
  done: boolean
}

interface Kept extends Shown {
  due: string
  touched: boolean
  next: Kept | undefined
  deleted: boolean
}

/** What should be: in the user's order, with those that were deleted at their places. */
function openModel() {
  const tasks: Kept[] = []
  const here = () => tasks.filter(({ deleted }) => !deleted)
  const find = (id: number) => tasks.find((task) => task.id === id)!
  const blank = { done: false, touched: false, next: undefined, deleted: false }
  return {
    ids: () => here().map(({ id }) => id),
    pick: (which: number): number | undefined => here()[which % here().length]?.id,
    gone: (): number | undefined => tasks.find(({ id, deleted }) => deleted && id > 0)?.id,
    create(id: number, members: { title: string; due: string; repeat: string | null }) {
      tasks.push({ id, ...members, ...blank })
    },
    rename(id: number, title: string) {
      Object.assign(find(id), { title, touched: true })
    },
    remove: (id: number) => Object.assign(find(id), { deleted: true }),
    restore: (id: number) => Object.assign(find(id), { deleted: false }),
    /** Which were not so before. */
    mark(ids: readonly number[], done: boolean, today: string): number[] {
      const marked = ids.map(find).filter((task) => task.done !== done && !task.deleted)
      for (const task of marked) Object.assign(task, { done, touched: true })
      for (const task of marked) {
        if (task.repeat === null) continue
        if (done && task.next === undefined) {
          const next = following(task.due, task.repeat, today)
          if (next === undefined) continue
          const made = { ...blank, id: 0, title: task.title, ...next }
          tasks.splice(tasks.indexOf(task), 0, made)
          task.next = made
        } else if (!done && task.next && !task.next.touched && !task.next.deleted) {
          task.next.deleted = true
          task.next = undefined
        }
      }
      return marked.map(({ id }) => id)
    },
    /** Compares, and takes the ids of those that were made. */
    matches(found: readonly Shown[]) {
      const told = ({ title, due, repeat, done }: Shown) => ({
        title,
        due,
        repeat,
        done,
      })
      assert.deepEqual(found.map(told), here().map(told))
      for (const [index, task] of here().entries()) {
        if (task.id === 0) task.id = found[index]!.id
        assert.equal(task.id, found[index]!.id)
      }
    },
  }
}
