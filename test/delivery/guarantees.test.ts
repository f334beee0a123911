import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { guarantees, render } from '../../scripts/guarantees.ts'
import { root } from '../helpers/app.ts'

const read = (file: string) => readFileSync(join(root, 'docs', file), 'utf8')

suite('docs/guarantees.md', () => {
  test('has exactly the recorded figures', () => {
    const document = read('guarantees.md')
    assert.equal(document, render(document, read('guarantees.json')))
    for (const { promise } of guarantees) assert.ok(document.includes(promise))
  })

  test('names tests and commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    for (const { tests, command } of guarantees) {
      for (const file of tests) assert.ok(existsSync(join(root, file)), file)
      if (command?.startsWith('npm run ')) assert.ok(command.split(' ')[2]! in scripts, command)
    }
  })
})
