import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import type { TaskStore } from '../../src/tasks/store.ts'
import type { NewTask } from '../../src/tasks/task.ts'

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

    test('finds words of title and notes, all of them, the last one as a beginning', async () => {
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

    const languages: readonly (readonly [title: string, ...queries: string[]])[] = [
      ['Café crème', 'cafe', 'CAFÉ', 'cafe\u0301 creme', 'crè'],
      ['cafe\u0301', 'café'],
      ['Купить молоко', 'молоко', 'КУПИТЬ', 'мол'],
      ['Ελληνικά μαθήματα', 'ελλην'],
      ['学习漢字', '学习', '漢字', '习漢', '字', '学习漢字'],
      ['買い物リスト', '物', 'リスト', 'い物'],
      ['我的iPhone手机', 'iphone', '手机', '的iPhone'],
      ['ซื้อนมสด', 'นม', 'ซื้อ'],
      ['हिन्दी सीखना', 'हिन्दी', 'सीख'],
      ['할 일 목록', '목록', '할', '목'],
      ['شراء الحليب', 'الحليب', 'شرا'],
      ['לקנות חלב', 'חלב'],
      ['ＦＵＬＬ width', 'full'],
      ['ﬁnd me', 'find'],
      ['🐳 whale 👩‍👩‍👧', '🐳', 'whale', '👩‍👩‍👧', 'wha'],
      ['C++ and C#', 'c++', 'c'],
      ["don't stop", "don't", 'stop', 'don'],
      ['--', '--', '-'],
      ['…', '…'],
      ['"quoted" AND NOT (near*)', '"quoted"', 'and not', 'near*', '(near*)', 'NOT'],
    ]
    for (const [title, ...queries] of languages) {
      test(`finds “${title}” by ${queries.join(' and by ')}`, async () => {
        await createAll('something else', title, '别的')
        for (const query of queries) assert.deepEqual(await found(query), [title], query)
      })
    }

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

    test('goes together with the other filters and pages', async () => {
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

    test('takes any text for what it says, never for a query language', async () => {
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
  })
}
