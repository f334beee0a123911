import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { termsOf } from '../../src/tasks/storage/words.ts'
import { matcher } from '../../web/src/list/search.ts'
import type { Task } from '../../web/src/tasks/task.ts'
import { searches } from '../helpers/searches.ts'

const taskOf = (title: string) => ({ title, notes: '' }) as Task

suite('The page, where it searches by itself,', () => {
  for (const [title, ...queries] of searches)
    test(`finds “${title}” by what the server finds it by, and nothing else`, () => {
      for (const query of queries) {
        assert.ok(matcher(query)(taskOf(title)), query)
        assert.ok(!matcher(query)(taskOf('something else')), query)
      }
    })

  test('finds every character by all that the server finds it by', () => {
    const missed: string[] = []
    for (let code = 0x20; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      const task = taskOf(character)
      const terms = [...termsOf(character, null)].filter((term) => !/^u[0-9a-f]{2,}$/.test(term))
      if (![character, ...terms].every((text) => matcher(text)(task))) missed.push(code.toString(16))
    }
    assert.deepEqual(missed, [])
  })

  test('finds parts of words, all words, and everything by none', () => {
    const task = taskOf('Steamed oat milk')
    for (const query of ['tea', 'milk oat', 'ILK', '', ' ', 'oat, steam!'])
      assert.ok(matcher(query)(task), query)
    for (const query of ['oat tee', 'milks', '-']) assert.ok(!matcher(query)(task), query)
  })
})
