import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import type { Cursor, Filter, TaskQuery, TaskStore, Version } from '../../src/tasks/store.ts'
import type { NewTask, Task } from '../../src/tasks/task.ts'
import { searches } from '../helpers/searches.ts'

/** What every storage promises of finding tasks. `open` opens an empty one. */
export function searchContract(name: string, open: () => Promise<TaskStore>): void {
  suite(`Searching a store in ${name}`, () => {
    let store: TaskStore
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const found = async (text: string) =>
      (await store.page({ text, limit: 1_000 })).tasks.map(({ title }) => title)
    const createAll = (...tasks: (string | NewTask)[]) =>
      Promise.all(tasks.map((task) => store.create(typeof task === 'string' ? { title: task } : task)))

    test('requires all words in title or notes, the last one as a prefix', async () => {
      await createAll(
        'Buy oat milk',
        { title: 'Shopping', notes: 'milk,\neggs & flour' },
        'Milky way',
        'Steam',
      )
      assert.deepEqual(await found('milk'), ['Buy oat milk', 'Shopping', 'Milky way'])
      assert.deepEqual(await found('milk way'), [])
      assert.deepEqual(await found('MILKY W'), ['Milky way'])
      assert.deepEqual(await found('way milk'), ['Milky way'])
      assert.deepEqual(await found('eggs, shop'), ['Shopping'])
      assert.deepEqual(await found('tea'), [])
    })

    test('finds all spellings of a word', async () => {
      for (const [title, ...queries] of searches) {
        await createAll('something else', title, '别的')
        for (const query of queries) assert.deepEqual(await found(query), [title], `“${title}” by “${query}”`)
        await store.changeAll({ done: true })
        await store.removeCompleted()
      }
    })

    test('distinguishes C from C# and C++, and finds all three by c', async () => {
      await createAll('C compiler', 'C# book', 'C++ book')
      assert.deepEqual(await found('c#'), ['C# book'])
      assert.deepEqual(await found('c++ book'), ['C++ book'])
      assert.deepEqual(await found('c'), ['C compiler', 'C# book', 'C++ book'])
      assert.deepEqual(await found('#'), [])
    })

    test('distinguishes adjacent characters from separate ones', async () => {
      await createAll('中国人', '人中国')
      assert.deepEqual(await found('国人'), ['中国人'])
      assert.deepEqual(await found('人中'), ['人中国'])
      assert.deepEqual(await found('中国'), ['中国人', '人中国'])
    })

    test('finds a text of 200 characters by the whole text', async () => {
      const titles = ['一'.repeat(200), 'a-'.repeat(100), 'word '.repeat(40).trim(), '🐳'.repeat(200)]
      await createAll('something else', ...titles)
      for (const title of titles) assert.deepEqual(await found(title), [title])
      const han = Array.from({ length: 200 }, (_, n) => String.fromCodePoint(0x4e00 + n * 7)).join('')
      await createAll(han)
      assert.deepEqual(await found(han), [han])
    })

    test('keeps the user’s order where tasks were moved, and pages along it', async () => {
      const tasks = await createAll(...Array.from({ length: 12 }, (_, n) => `tea ${n}`), 'milk')
      await store.move(tasks[11]!.id, tasks[1]!.id)
      await store.move(tasks[3]!.id, null)
      await store.move(tasks[0]!.id, tasks[7]!.id)
      const all = (await store.page({ limit: 100 })).tasks.map(({ title }) => title)
      const expected = all.filter((title) => title.startsWith('tea'))
      assert.deepEqual(await found('tea'), expected)
      const paged: string[] = []
      for (let after: Cursor | undefined; ; ) {
        const page = await store.page({ text: 'te', limit: 5, ...(after && { after }) })
        paged.push(...page.tasks.map(({ title }) => title))
        if (!page.next) break
        after = page.next
      }
      assert.deepEqual(paged, expected)
      const view = await store.view({ text: 'tea' })
      const viewed: string[] = []
      for await (const page of view.pages()) viewed.push(...page.map(({ title }) => title))
      let versions = 0
      for await (const some of view.versions()) versions += some.length
      await view.close()
      assert.deepEqual(viewed, expected)
      assert.equal(versions, 12)
      assert.equal(await store.count({ text: 'tea', done: false }), 12)
      assert.equal(await store.count({ text: 'tea', done: true }), 0)
      assert.equal(await store.count({ text: 'tea', most: 5 }), 5)
    })

    test('finds restored tasks by their restored words', async () => {
      const [tea, milk] = await createAll('Tea', 'Milk')
      await found('tea')
      await store.change(tea!.id, { title: 'Green tea' })
      await store.remove(tea!.id)
      assert.deepEqual(await found('green'), [])
      await store.restore(tea!.id)
      assert.deepEqual(await found('green'), ['Green tea'])
      await store.change(milk!.id, { title: 'Oat milk' })
      assert.deepEqual(await found('oat'), ['Oat milk'])
      assert.deepEqual(await found('milk'), ['Oat milk'])
    })

    test('follows every change of title and notes, and forgets what is deleted', async () => {
      const [tea, milk] = await createAll('Tea', 'Milk')
      assert.deepEqual(await found('tea'), ['Tea'])
      await store.change(tea!.id, { title: 'Coffee' })
      assert.deepEqual(await found('tea'), [])
      assert.deepEqual(await found('coffee'), ['Coffee'])
      await store.change(milk!.id, { notes: '牛奶' })
      assert.deepEqual(await found('牛'), ['Milk'])
      await store.change(milk!.id, { notes: null })
      assert.deepEqual(await found('牛'), [])
      await store.remove(tea!.id)
      assert.deepEqual(await found('coffee'), [])
      await createAll('Coffee again')
      assert.deepEqual(await found('coffee'), ['Coffee again'])
    })

    test('combines with the other filters and pages', async () => {
      const all = await Promise.all(
        Array.from({ length: 2_500 }, (_, n) =>
          store.create({ title: `${n % 2 ? 'odd' : 'even'} task ${n}`, due: n % 3 ? null : '2026-12-24' }),
        ),
      )
      const pages: number[] = []
      for (let after: number | undefined; ; after = pages.at(-1)) {
        const query = { text: 'odd', due: '2026-12-31', limit: 100, done: false }
        const page = (await store.page({ ...query, ...(after !== undefined && { after }) })).tasks
        if (page.length === 0) break
        pages.push(...page.map(({ id }) => id))
      }
      assert.deepEqual(
        pages,
        all.filter((_, n) => n % 2 && n % 3 === 0).map(({ id }) => id),
      )
      assert.deepEqual((await store.page({ text: 'odd', due: '2026-12-23', limit: 10 })).tasks, [])
    })

    test('finds everything by a text without any word', async () => {
      await createAll('Tea', 'Milk')
      for (const text of ['', ' ', '\t\u3000']) assert.deepEqual(await found(text), ['Tea', 'Milk'])
    })

    test('treats any text literally, never as a query language', async () => {
      await createAll('Tea')
      for (const text of [
        '"',
        '""',
        '*',
        'a* OR',
        'NEAR(',
        'words:tea',
        '^tea -',
        '{a} : b',
        '\0',
        'x'.repeat(200),
      ])
        await found(text)
      assert.deepEqual(await found('words:tea'), [])
      assert.deepEqual(await found('(tea)'), ['Tea'])
    })

    test('filters by due date: on that day or before', async () => {
      await createAll({ title: 'a', due: '2026-12-24' }, { title: 'b', due: '2026-12-25' }, 'c')
      const due = async (date: string) =>
        (await store.page({ due: date, limit: 9 })).tasks.map(({ title }) => title)
      assert.deepEqual(await due('2026-12-23'), [])
      assert.deepEqual(await due('2026-12-24'), ['a'])
      assert.deepEqual(await due('9999-12-31'), ['a', 'b'])
    })

    test('pages through due or undated tasks, in the user’s order or by date, whether few or most match', async () => {
      const count = 3_000
      const days = Array.from({ length: count }, (_, n) => (n % 4 === 0 ? undefined : (n * 7) % 28))
      const dateOf = (day: number) => `2026-02-${String(day + 1).padStart(2, '0')}`
      await createAll(
        ...days.map((day, n) => ({ title: `${n}`, ...(day !== undefined && { due: dateOf(day) }) })),
      )
      for (let n = 0; n < 20; n++) await store.move(1 + n * 149, n % 2 === 0 ? null : 1 + n * 31)
      const done = Array.from({ length: count / 3 }, (_, n) => store.change(3 * n + 1, { done: true }))
      await Promise.all(done)
      const all: Task[] = []
      const pagesOf = async (query: Omit<TaskQuery, 'limit'>, into: Task[], limit: number) => {
        let after: Cursor | undefined
        do {
          const page = await store.page({ ...query, limit, ...(after && { after }) })
          into.push(...page.tasks)
          after = page.next
        } while (after)
      }
      await pagesOf({}, all, 1_000)
      const lastDay = ({ due }: Task) => due ?? '~'
      const ranges: readonly Filter[] = [
        ...[0, 1, 27].map((day) => ({ due: dateOf(day) })),
        ...[3, 27].map((day) => ({ dueFrom: dateOf(3), due: dateOf(day) })),
        { undated: true },
        {},
      ]
      for (const range of ranges)
        for (const done of [undefined, true, false])
          for (const limit of [70, 1_000])
            for (const sort of [undefined, 'due'] as const) {
              const { due, dueFrom = '', undated }: Filter = range
              const query = { ...range, ...(done !== undefined && { done }) }
              const isWanted = (task: Task) =>
                (due === undefined || (task.due !== null && task.due <= due && task.due >= dueFrom)) &&
                (!undated || task.due === null) &&
                (done === undefined || task.done === done)
              const want = all.filter(isWanted)
              if (sort) want.sort((a, b) => Number(lastDay(a) > lastDay(b)) - Number(lastDay(a) < lastDay(b)))
              const ids = want.map(({ id }) => id)
              const told = JSON.stringify({ ...query, limit, sort })
              const got: Task[] = []
              await pagesOf({ ...query, ...(sort && { sort }) }, got, limit)
              assert.deepEqual(
                got.map(({ id }) => id),
                ids,
                told,
              )
              if (limit === 70) continue
              assert.equal(await store.count(query), ids.length, told)
              const view = await store.view({ ...query, ...(sort && { sort }) })
              const [versions, tasks]: [Version[], Task[]] = [[], []]
              for await (const some of view.versions()) versions.push(...some)
              for await (const page of view.pages()) tasks.push(...page)
              await view.close()
              assert.deepEqual(
                versions.map(([id]) => id),
                ids,
                told,
              )
              assert.deepEqual(
                tasks.map(({ id }) => id),
                ids,
                told,
              )
            }
    })
  })
}
