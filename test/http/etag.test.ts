import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { contentTag, matchesAny } from '../../src/http/etag.ts'

suite('An entity tag', () => {
  test('is the same for the same content and another for any other', () => {
    const contents = [
      '',
      ' ',
      'a',
      'b',
      'ab',
      'ba',
      '[]',
      '[1]',
      'é',
      '漢',
      '🐳'.repeat(1_000),
      '🐳'.repeat(1_001),
    ]
    for (let n = 0; n < 10_000; n++) contents.push(`[{"id":${n},"title":"task","done":false}]`)
    assert.equal(new Set(contents.map(contentTag)).size, contents.length)
    for (const content of contents.slice(0, 20)) {
      assert.equal(contentTag(content), contentTag(content))
      assert.match(contentTag(content), /^"[!#-~]+"$/)
    }
  })

  test('is found in a list, weak or strong, and under *', () => {
    for (const header of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a" ,"c"', '*', ' * ', ',"a",'])
      assert.ok(matchesAny(header, '"a"'), header)
    for (const header of ['', 'a', '"A"', '"b"', '"a', '"b", "c"', 'w/"a"', '**'])
      assert.ok(!matchesAny(header, '"a"'), header)
  })
})
