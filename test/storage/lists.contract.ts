import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { NotFound, VersionMismatch } from '../../src/resources/errors.ts'
import { lists } from '../../src/tasks/lists.ts'
import type { Change, Filter, TaskStore } from '../../src/tasks/store.ts'
import type { ImportedTask } from '../../src/tasks/task.ts'

/** What every storage promises of lists. `open` opens an empty one. */
export function listsContract(name: string, open: () => Promise<TaskStore>): void {
  suite(`Lists in ${name}`, () => {
    const on = (run: (store: TaskStore) => Promise<void>) => async () => {
      const store = await open()
      try {
        await run(store)
      } finally {
        await store.close()
      }
    }
    const add = async (store: TaskStore, title: string, list: number | null) =>
      (await store.create({ title, list })).id
    const titles = async (store: TaskStore, filter: Filter = {}) =>
      (await store.page({ ...filter, limit: 1_000 })).tasks.map(({ title }) => title)
    const names = async (store: TaskStore) => (await store.items(lists).all()).map((list) => list.name)

    test(
      'begin with one that is always there',
      on(async (store) => {
        assert.deepEqual(await store.items(lists).all(), [{ id: 1, name: 'Tasks', color: null, version: 0 }])
        await assert.rejects(store.items(lists).remove(1), NotFound)
        const renamed = await store.items(lists).change(1, { name: 'Home', color: 'red' })
        assert.partialDeepStrictEqual(renamed, { id: 1, name: 'Home', color: 'red' })
        assert.ok(renamed.version > 0)
        assert.deepEqual(await store.items(lists).all(), [renamed])
      }),
    )

    test(
      'are made, changed and ordered, each write once by its key',
      on(async (store) => {
        const work = await store.items(lists).create({ name: 'Work', color: 'blue' }, 'key')
        assert.deepEqual(await store.items(lists).create({ name: 'Work', color: 'blue' }, 'key'), work)
        const play = await store.items(lists).create({ name: 'Play' })
        assert.deepEqual([work.id, play.id, play.color], [2, 3, null])
        await store.items(lists).move(3, 1)
        assert.deepEqual(await names(store), ['Play', 'Tasks', 'Work'])
        await store.items(lists).move(3, null)
        assert.deepEqual(await names(store), ['Tasks', 'Work', 'Play'])
        await assert.rejects(store.items(lists).move(3, 9), { message: '#/before names no list' })
        await assert.rejects(store.items(lists).change(9, { name: 'Nine' }), NotFound)
        await assert.rejects(
          store.items(lists).change(2, { name: 'Late' }, { versions: [1] }),
          VersionMismatch,
        )
        const same = await store.items(lists).change(2, { name: 'Work' })
        assert.deepEqual(same, work)
        assert.ok((await store.items(lists).change(2, { color: null })).version > work.version)
      }),
    )

    test(
      'take in tasks that name them, and no task can name one that is not there',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const tea = await add(store, 'Tea', null)
        const mail = await add(store, 'Mail', 2)
        await add(store, 'Milk', null)
        await store.move(mail, tea)
        assert.deepEqual(await titles(store), ['Mail', 'Tea', 'Milk'])
        assert.deepEqual(await titles(store, { lists: [1] }), ['Tea', 'Milk'])
        assert.deepEqual(await titles(store, { lists: [2] }), ['Mail'])
        assert.deepEqual(await titles(store, { lists: [9] }), [])
        await store.change(tea, { list: 2 })
        assert.deepEqual(await titles(store, { lists: [2] }), ['Mail', 'Tea'])
        await store.change(mail, { list: null })
        assert.deepEqual(await titles(store, { lists: [2] }), ['Tea'])
        for (const list of [3, 9]) {
          await assert.rejects(add(store, 'Lost', list), { message: '#/list names no list' })
          await assert.rejects(store.change(tea, { list }), { message: '#/list names no list' })
        }
        assert.equal((await store.find(tea))!.list, 2)
      }),
    )

    test(
      'are entered by a task that is moved to a place at once, or not at all',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const [tea, mail] = [await add(store, 'Tea', null), await add(store, 'Mail', 2)]
        const told: Change[] = []
        store.onCommit(({ changes }) => told.push(...changes()))
        const before = (await store.find(tea))!
        await assert.rejects(store.move(mail, tea, undefined, undefined, 9), {
          message: '#/list names no list',
        })
        await assert.rejects(store.move(mail, 99, undefined, undefined, null), {
          message: '#/before names no task',
        })
        assert.deepEqual(await titles(store, { lists: [2] }), ['Mail'])
        assert.deepEqual(told, [])
        const moved = await store.move(tea, null, undefined, 'key', 2)
        assert.deepEqual(moved, { ...before, list: 2, updated: moved.updated })
        assert.ok(moved.updated > before.updated)
        assert.deepEqual(await store.move(tea, null, undefined, 'key', 2), moved)
        assert.deepEqual(await titles(store, { lists: [2] }), ['Mail', 'Tea'])
        assert.deepEqual(await store.find(tea), moved)
        assert.deepEqual(told, [
          { kind: 'changed', task: moved, newList: true },
          { kind: 'moved', id: tea, before: null, list: 2 },
        ])
        assert.equal((await store.move(tea, mail, undefined, undefined, 2)).updated, moved.updated)
        assert.deepEqual(await titles(store, { lists: [2] }), ['Tea', 'Mail'])
      }),
    )

    test(
      'go and come back with their tasks, and only with those that went with them',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const [kept, early, late] = [
          await add(store, 'Kept', null),
          await add(store, 'Early', 2),
          await add(store, 'Late', 2),
        ]
        await store.move(late, kept)
        await store.remove(early)
        const before = await store.find(late)
        const told: Change[] = []
        store.onCommit(({ changes }) => told.push(...changes()))
        await store.items(lists).remove(2, undefined, 'gone')
        await store.items(lists).remove(2, undefined, 'gone')
        assert.deepEqual(await titles(store), ['Kept'])
        assert.deepEqual(await names(store), ['Tasks'])
        await assert.rejects(store.items(lists).remove(2), NotFound)
        await assert.rejects(add(store, 'Lost', 2), { message: '#/list names no list' })
        assert.equal((await store.items(lists).create({ name: 'Next' })).id, 3)
        await store.items(lists).restore(2)
        assert.deepEqual(await names(store), ['Tasks', 'Work', 'Next'])
        assert.deepEqual(await titles(store), ['Late', 'Kept'])
        assert.deepEqual(await store.find(late), before)
        const ofLists = { kind: 'reset', of: 'lists' }
        assert.deepEqual(told, [ofLists, { kind: 'reset' }, ofLists, ofLists, { kind: 'reset' }])
        await store.restore(early)
        assert.deepEqual(await titles(store, { lists: [2] }), ['Late', 'Early'])
      }),
    )

    test(
      'leave what comes back to the first one when they are gone, one task or many',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const ids = [await add(store, 'One', 2), await add(store, 'Two', 2), await add(store, 'Three', 2)]
        await store.remove(ids[0]!)
        await store.removeSome([[ids[1]!, ids[1]!]], 'some')
        await store.items(lists).remove(2)
        await store.restore(ids[0]!)
        await store.restore(ids[2]!)
        await store.undo('some')
        assert.deepEqual(await titles(store, { lists: [1] }), ['One', 'Two', 'Three'])
        await store.items(lists).restore(2)
        assert.deepEqual(await titles(store, { lists: [2] }), [])
      }),
    )

    test(
      'give the next of a repeating task to the list of the one before',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const { id } = await store.create({ title: 'Bins', due: '2026-11-27', repeat: 'FREQ=DAILY', list: 2 })
        await store.change(id, { done: true }, undefined, undefined, '2026-11-27')
        assert.deepEqual(await titles(store, { lists: [2], done: false }), ['Bins'])
      }),
    )

    test(
      'are found or made by an import, which shows none if it fails',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const batch = (...tasks: ImportedTask[]) =>
          (async function* () {
            yield tasks
          })()
        const broken = (async function* () {
          yield [{ title: 'Lost', list: 'Nowhere' }]
          throw new Error('cut off')
        })()
        await assert.rejects(store.addAll(broken), { message: 'cut off' })
        assert.deepEqual(await names(store), ['Tasks', 'Work'])
        const add = () =>
          store.addAll(
            batch(
              { title: 'Mail', list: 'Work' },
              { title: 'Pots', list: 'Garden' },
              { title: 'Tea', list: 'Tasks' },
              { title: 'Seeds', list: 'Garden' },
              { title: 'Milk', list: null },
            ),
            'import',
          )
        assert.deepEqual([await add(), await add()], [5, 5])
        assert.deepEqual(await names(store), ['Tasks', 'Work', 'Garden'])
        const [, work, garden] = await store.items(lists).all()
        assert.deepEqual(await titles(store, { lists: [work!.id] }), ['Mail'])
        assert.deepEqual(await titles(store, { lists: [garden!.id] }), ['Pots', 'Seeds'])
        assert.deepEqual(await titles(store, { lists: [1] }), ['Tea', 'Milk'])
      }),
    )

    test(
      'that are deleted while an import is on its way are restored whole, and what it brings is in the first one',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        await add(store, 'Mail', 2)
        const slow = (async function* () {
          yield [{ title: 'Brought', list: 'Work' }]
          await store.items(lists).remove(2)
        })()
        assert.equal(await store.addAll(slow), 1)
        assert.deepEqual(await names(store), ['Tasks'])
        assert.deepEqual(await titles(store), ['Brought'])
        await store.items(lists).restore(2)
        assert.deepEqual(await titles(store, { lists: [2] }), ['Mail'])
        assert.deepEqual(await titles(store, { lists: [1] }), ['Brought'])
      }),
    )

    test(
      'of two imports at once with the same new name are one, which nobody sees or restores before',
      on(async (store) => {
        const first = (async function* () {
          yield [{ title: 'Pots', list: 'Garden' }]
          const second = (async function* () {
            yield [{ title: 'Seeds', list: 'Garden' }]
            await assert.rejects(store.items(lists).restore(2), NotFound)
            await assert.rejects(add(store, 'Lost', 2), { message: '#/list names no list' })
          })()
          assert.equal(await store.addAll(second), 1)
        })()
        assert.equal(await store.addAll(first), 1)
        assert.deepEqual(await names(store), ['Tasks', 'Garden'])
        assert.deepEqual(await titles(store, { lists: [2] }), ['Seeds', 'Pots'])
      }),
    )

    test(
      'bound what changes many tasks, one task, and what takes that back',
      on(async (store) => {
        await store.items(lists).create({ name: 'Work' })
        const tea = await add(store, 'Tea', null)
        const mail = await add(store, 'Mail', 2)
        const bins = await store.create({
          title: 'Bins',
          list: 2,
          due: '2026-11-27',
          repeat: 'FREQ=DAILY;COUNT=2',
        })
        const both = [[tea, bins.id]] as const
        const first = [1]
        assert.equal(await store.changeAll({ done: true }, undefined, '2026-11-27', first), 1)
        assert.deepEqual(await titles(store, { done: true }), ['Tea'])
        assert.equal(await store.changeSome(both, { done: false }, 'open', undefined, first), 1)
        assert.equal(await store.changeSome(both, { done: true }, 'done', '2026-11-27'), 3)
        assert.deepEqual(await titles(store, { done: false }), ['Bins'])
        assert.equal(await store.undo('done', undefined, undefined, first), 1)
        assert.deepEqual(await titles(store, { done: true }), ['Mail', 'Bins'])
        assert.equal(await store.removeCompleted(undefined, first), 0)
        assert.equal(await store.removeSome(both, 'all', first), 1)
        assert.equal(await store.undo('all', undefined, undefined, [2]), 0)
        assert.equal(await store.undo('all', undefined, undefined, first), 1)
        const others = { lists: [1] }
        const unknown = { message: 'Task not found' }
        await assert.rejects(store.change(mail, { done: false }, others), unknown)
        await assert.rejects(store.remove(mail, others), unknown)
        await assert.rejects(store.move(mail, null, others), unknown)
        await assert.rejects(store.move(tea, mail, others), { message: '#/before names no task' })
        await store.remove(mail)
        await assert.rejects(store.restore(mail, others), unknown)
        await store.restore(mail, { lists: [2] })
      }),
    )

    test('match a model after any sequence of writes, for every query', async () => {
      const list = fc.integer({ min: 1, max: 4 })
      const task = fc.integer({ min: 1, max: 8 })
      const step = fc.oneof(
        fc.record({ kind: fc.constant('add' as const), list, due: fc.boolean() }),
        fc.record({ kind: fc.constant('put' as const), task, list }),
        fc.record({ kind: fc.constant('tick' as const), task }),
        fc.record({ kind: fc.constant('remove' as const), task }),
        fc.record({ kind: fc.constant('restore' as const), task }),
        fc.record({ kind: fc.constant('first' as const), task }),
        fc.record({ kind: fc.constant('make' as const) }),
        fc.record({ kind: fc.constant('drop' as const), list }),
        fc.record({ kind: fc.constant('back' as const), list }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
          const store = await open()
          try {
            interface Known {
              id: number
              list: number
              due: boolean
              done: boolean
              /** How it went: alone, or with its list. */
              gone?: 'alone' | 'with'
            }
            let order: Known[] = []
            const shown = new Map([[1, true]])
            const settled = (promise: Promise<unknown>) =>
              promise.then(
                () => true,
                () => false,
              )
            for (const step of steps) {
              const known = 'task' in step ? order.find(({ id }) => id === step.task) : undefined
              switch (step.kind) {
                case 'add': {
                  const is = shown.get(step.list) === true
                  const given = { title: 'Task', list: step.list === 1 ? null : step.list }
                  const made = store.create(step.due ? { ...given, due: '2026-12-24' } : given)
                  assert.equal(await settled(made), is)
                  if (is) order.push({ id: (await made).id, list: step.list, due: step.due, done: false })
                  break
                }
                case 'put': {
                  const is = known !== undefined && !known.gone && shown.get(step.list) === true
                  const list = step.list === 1 ? null : step.list
                  assert.equal(await settled(store.change(step.task, { list })), is)
                  if (is) known.list = step.list
                  break
                }
                case 'tick':
                  if (await settled(store.change(step.task, { done: 'toggle' }))) known!.done = !known!.done
                  break
                case 'remove':
                  if (await settled(store.remove(step.task))) known!.gone = 'alone'
                  break
                case 'restore':
                  if (!(await settled(store.restore(step.task))) || !known?.gone) break
                  delete known.gone
                  if (!shown.get(known.list)) known.list = 1
                  break
                case 'first': {
                  const first = order.find(({ gone }) => !gone)
                  if (!known || known.gone || !first || first === known) break
                  await store.move(known.id, first.id)
                  order = order.filter((each) => each !== known)
                  order.splice(order.indexOf(first), 0, known)
                  break
                }
                case 'make':
                  shown.set((await store.items(lists).create({ name: 'List' })).id, true)
                  break
                case 'drop':
                  if (!(await settled(store.items(lists).remove(step.list)))) break
                  shown.set(step.list, false)
                  for (const each of order) if (each.list === step.list) each.gone ??= 'with'
                  break
                case 'back':
                  if (!(await settled(store.items(lists).restore(step.list)))) break
                  if (shown.get(step.list) === false)
                    for (const each of order)
                      if (each.list === step.list && each.gone === 'with') delete each.gone
                  shown.set(step.list, true)
                  break
              }
            }
            const all = await store.items(lists).all()
            assert.deepEqual(
              new Set(all.map(({ id }) => id)),
              new Set([...shown.keys()].filter((id) => shown.get(id))),
            )
            for (const asked of [undefined, [1], [2], [3, 1], [2, 3, 4]])
              for (const done of [undefined, false])
                for (const due of [undefined, '2026-12-31']) {
                  const filter: Filter = {
                    ...(asked && { lists: asked }),
                    ...(done !== undefined && { done }),
                    ...(due !== undefined && { due }),
                  }
                  const wanted = order
                    .filter((each) => !each.gone && (asked?.includes(each.list) ?? true))
                    .filter((each) => (done === undefined || !each.done) && (due === undefined || each.due))
                    .map(({ id }) => id)
                  const found: number[] = []
                  for (let next: Parameters<TaskStore['page']>[0]['after'] = 0; next !== undefined; ) {
                    const page = await store.page({ ...filter, after: next, limit: 2 })
                    found.push(...page.tasks.map(({ id }) => id))
                    next = page.next
                  }
                  assert.deepEqual(found, wanted, JSON.stringify(filter))
                  assert.equal(await store.count(filter), wanted.length)
                  const view = await store.view(filter)
                  const versions: number[] = []
                  for await (const some of view.versions()) versions.push(...some.map(([id]) => id))
                  await view.close()
                  assert.deepEqual(versions, wanted)
                  if (due !== undefined) continue
                  const sorted = await store.page({ ...filter, sort: 'due', limit: 100 })
                  const byDay = [true, false].flatMap((dated) =>
                    wanted.filter((id) => order.find((each) => each.id === id)!.due === dated),
                  )
                  assert.deepEqual(
                    sorted.tasks.map(({ id }) => id),
                    byDay,
                  )
                }
          } finally {
            await store.close()
          }
        }),
        { numRuns: 10 },
      )
    })
  })
}
