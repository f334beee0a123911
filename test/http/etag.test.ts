import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { tagOfNumbers } from '../../src/http/etag.ts'

suite('An entity tag', () => {
  test('is the same for the same content and another for any other', () => {
    const contents: number[][] = [[], [0], [1], [0, 1], [1, 0], [2 ** 32], [2 ** 33], [2 ** 32, 2 ** 33]]
    for (let n = 2; n < 10_000; n++) contents.push([n, 1_790_000_000_000 + n], [n, 1_790_000_000_000 - n])
    assert.equal(new Set(contents.map(tagOfNumbers)).size, contents.length)
    for (const content of contents.slice(0, 20)) {
      assert.equal(tagOfNumbers(content), tagOfNumbers([...content]))
      assert.match(tagOfNumbers(content), /^"[!#-~]+"$/)
    }
  })
})
