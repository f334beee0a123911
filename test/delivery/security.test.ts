import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { root } from '../helpers/app.ts'

const document = readFileSync(join(root, 'docs/security.md'), 'utf8')
const rows = chapter('Limits')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()))

function chapter(title: string): string {
  return document.split(/^## /m).find((text) => text.startsWith(`${title}\n`))!
}

suite('docs/security.md', () => {
  test('states the actual limits, each with a test', () => {
    const told = rows.filter(([, , limit]) => limit?.startsWith('`'))
    assert.ok(told.length > 10)
    for (const [, what, limit, value, , by] of told) {
      assert.equal(
        Number(value!.replaceAll(',', '')),
        limits[limit!.slice(1, -1) as keyof typeof limits],
        what!,
      )
      assert.match(by!, /`test\//, what!)
    }
  })

  test('names existing tests', () => {
    for (const [, file] of document.matchAll(/`(test\/[^`]+)`/g))
      assert.ok(existsSync(join(root, file!)), file!)
  })

  test('covers every chapter of the standard', () => {
    const chapters = [...document.matchAll(/\*\*V(\d+)\*\*/g)].map(([, number]) => Number(number))
    assert.deepEqual(
      chapters,
      Array.from({ length: 17 }, (_, index) => index + 1),
    )
  })
})
