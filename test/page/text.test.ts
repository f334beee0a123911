import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTitle } from '../../src/tasks/rules.ts'
import { titleFault } from '../../web/src/shell/faults.ts'
import { titleOf } from '../../web/src/shell/text.ts'

test('the page accepts the same characters in a title as the server, and sends no others', () => {
  const wrong: string[] = []
  for (let code = 0; code <= 0x10ffff; code++) {
    const typed = String.fromCodePoint(code)
    const title = titleOf(typed)
    const sent = title !== '' && titleFault(title) === ''
    const taken = newTitle(title) === undefined
    const inText = newTitle(titleOf(`a${typed}b`)) === undefined
    if (sent !== taken || !inText) wrong.push(code.toString(16))
  }
  assert.deepEqual(wrong, [])
})
