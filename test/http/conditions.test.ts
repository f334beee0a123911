import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { evaluate, httpDate } from '../../src/http/conditions.ts'
import type { Call, Reply } from '../../src/http/message.ts'

const modified = Date.UTC(1994, 10, 6, 8, 49, 37)
const reply: Reply = { status: 200, headers: [], body: '', etag: '"a"', modified }
const get = (headers: Call['headers'], method = 'GET') => evaluate({ method, headers } as Call, reply)
const same = 'Sun, 06 Nov 1994 08:49:37 GMT'
const earlier = 'Sun, 06 Nov 1994 08:49:36 GMT'

suite('A condition of a read', () => {
  test('If-None-Match finds the tag in a list, weak or strong, and under *', () => {
    for (const field of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a" ,"c"', '*', ' * ', ',"a",'])
      assert.equal(get({ 'if-none-match': field }), 304, field)
    for (const field of ['', 'a', '"A"', '"b"', '"a', '"b", "c"', 'w/"a"', '**', '"*"'])
      assert.equal(get({ 'if-none-match': field }), 200, field)
  })

  test('If-Match finds the tag where it is strong', () => {
    for (const field of ['"a"', '"b", "a"', '*']) assert.equal(get({ 'if-match': field }), 200, field)
    for (const field of ['', 'a', 'W/"a"', '"b"', '"*"']) assert.equal(get({ 'if-match': field }), 412, field)
  })

  test('a date counts to the second, in each of its three forms, and only where it is one', () => {
    for (const date of [same, 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994']) {
      assert.equal(httpDate(date), modified, date)
      assert.equal(get({ 'if-unmodified-since': date }), 200)
      assert.equal(get({ 'if-modified-since': date }), 304)
    }
    assert.equal(get({ 'if-unmodified-since': earlier }), 412)
    assert.equal(get({ 'if-modified-since': earlier }), 200)
    for (const none of [
      '',
      '0',
      '1994-11-06',
      '1994-11-06T08:49:37Z',
      'Sun, 06 Nov 1994 08:49:37',
      'yesterday',
    ]) {
      assert.equal(httpDate(none), undefined, none)
      assert.equal(get({ 'if-unmodified-since': none }), 200, none)
      assert.equal(get({ 'if-modified-since': none }), 200, none)
    }
  })

  test('takes precedence over the date if there is a tag, and If-Match over If-None-Match', () => {
    assert.equal(get({ 'if-match': '"a"', 'if-unmodified-since': earlier }), 200)
    assert.equal(get({ 'if-none-match': '"b"', 'if-modified-since': same }), 200)
    assert.equal(get({ 'if-match': '"b"', 'if-none-match': '"a"' }), 412)
    assert.equal(get({ 'if-match': '"a"', 'if-none-match': '"a"' }), 304)
  })

  test('applies only to GET and HEAD, and only to a response with a tag', () => {
    assert.equal(get({ 'if-none-match': '*' }, 'HEAD'), 304)
    assert.equal(get({ 'if-none-match': '*', 'if-match': '"b"' }, 'PATCH'), 200)
    const { etag: _, ...untagged } = reply
    assert.equal(
      evaluate({ method: 'GET', headers: { 'if-none-match': '*' } } as unknown as Call, untagged),
      200,
    )
  })
})
