/** What a text is found by, and that it is never much more than the text. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../src/limits.ts'
import { openStore } from '../../src/storage/open.ts'
import { queryOf, termsOf } from '../../src/tasks/storage/words.ts'

const notesOf = (text: string) =>
  Array.from(text.repeat(limits.notesLength)).slice(0, limits.notesLength).join('')

suite('The terms of a text', () => {
  test('are the same however often the text repeats itself', () => {
    for (const text of ['一', '一二三', 'a-', 'word ', 'ﷺ', '🐳 ', 'e-mail ', 'C# ', '한국어', 'ﬃ', '㌀']) {
      const few = termsOf(text, text.repeat(3)).size
      // The last repetition may be cut, within a word too.
      assert.ok(termsOf(text, notesOf(text)).size <= few + 3, text)
    }
  })

  test('take at most five times the characters of the longest notes, whatever these are', () => {
    const characters = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      fc.constantFrom(
        'ﷺ',
        'ﷺa',
        '㌀',
        'ﬃ',
        'ẞ',
        'ǆ',
        '...',
        'a-b',
        '一',
        'が',
        '\u0390',
        '\ufb2c',
        '한',
        '#c+',
        '½',
      ),
    )
    const texts = fc
      .array(characters, { minLength: 1, maxLength: 200 })
      .map((parts) => notesOf(parts.join('')))
    fc.assert(
      fc.property(texts, (text) => {
        const chars = Array.from(termsOf('', text)).join(' ').length
        assert.ok(chars <= 5 * text.length + 100, `${chars} of ${text.length}`)
      }),
      { numRuns: 50 },
    )
  })

  test('answer every question that the text itself is', () => {
    const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(texts, texts, (title, notes) => {
        const terms = termsOf(title, notes)
        const has = ({ text, begins }: { text: string; begins: boolean }) =>
          begins ? Array.from(terms).some((term) => term.startsWith(text)) : terms.has(text)
        for (const part of queryOf(`${title} ${notes}`) ?? [])
          assert.ok('any' in part ? part.any.some((all) => all.every(has)) : has(part), JSON.stringify(part))
      }),
    )
  })
})

suite('A query', () => {
  test('of 200 times one character, or one word, is one question', () => {
    for (const text of ['一'.repeat(200), '🐳'.repeat(200), 'a '.repeat(100).trim()])
      assert.ok(queryOf(text)!.length <= 2, text)
  })

  test('without words is none', () => {
    for (const text of ['', ' ', '\t\u3000', '\u00ad']) assert.equal(queryOf(text), undefined)
  })
})

suite('A search in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-words-'))
  after(() => rmSync(folder, { recursive: true }))
  let files = 0

  async function filled(titles: Iterable<string>, notes: string | null = null) {
    const file = join(folder, `${++files}.db`)
    const store = openStore({ file })
    const tasks = Array.from(titles, (title) => ({
      title,
      notes,
      due: null,
      done: false,
      created: null,
      updated: null,
      completed: null,
    }))
    async function* batches() {
      for (let at = 0; at < tasks.length; at += limits.stagedAtOnce)
        yield tasks.slice(at, at + limits.stagedAtOnce)
    }
    await store.addAll(batches())
    return { store, file }
  }

  test('finds all that the index lacks, and lets others write before it has all of that', async () => {
    const { store } = await filled(Array.from({ length: 4 * limits.indexedAtOnce }, (_, n) => `tea ${n}`))
    const order: string[] = []
    const searched = store.count({ text: 'tea' }).then((count) => order.push(`found ${count}`))
    const written = store.create({ title: 'milk' }).then(() => order.push('written'))
    await Promise.all([searched, written])
    assert.deepEqual(order, ['written', `found ${4 * limits.indexedAtOnce}`])
    await store.close()
  })

  test('lets others have the event loop every few thousand ids, whatever it finds', async () => {
    const count = 20_000
    const { store } = await filled(Array.from({ length: count }, (_, n) => `task number ${n}`))
    const turned: number[] = []
    await store.count({ text: 'first of all' })
    for (const text of ['task', 'nothing', 'number 1']) {
      let turns = 0
      let searching = true
      const turn = () => {
        turns++
        if (searching) setImmediate(turn)
      }
      setImmediate(turn)
      await store.count({ text })
      searching = false
      turned.push(turns)
    }
    await store.close()
    for (const turns of turned) assert.ok(turns >= count / limits.searchedAtOnce, `${turns} turns`)
  })

  test('reads as much of the index where texts are long as where they are short', async () => {
    const sizes: unknown[] = []
    for (const notes of ['一二', '一二'.repeat(5_000)]) {
      const { store, file } = await filled(
        Array.from({ length: 20 }, () => '一二'),
        notes,
      )
      const found = await Promise.all(['一'.repeat(200), '一二'].map((text) => store.count({ text })))
      await store.close()
      assert.deepEqual(found, [0, 20])
      const db = new DatabaseSync(file)
      // Otherwise in as many parts as writes brought it.
      db.exec("insert into search (search) values ('optimize')")
      sizes.push(db.prepare('select sum(length(block)) as bytes from search_data').get()!['bytes'])
      db.close()
    }
    assert.ok(Number(sizes[1]) < Number(sizes[0]) * 1.5, sizes.join(' and '))
  })
})
