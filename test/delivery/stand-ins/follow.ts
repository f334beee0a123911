import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '../../helpers/app.ts'
import { pattern, type Step } from '../../helpers/documents.ts'
import type { Shell } from '../../helpers/shell.ts'
import { asTyped, prompt } from './reader.ts'

/** The chapters of the tutorial in their order, and whether their commands need an engine. */
export const chapters = globSync('docs/tutorial/[0-9]*.md', { cwd: root })
  .map((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return { name: basename(file), text, withDocker: text.includes('**Tried**: in a shell with Docker') }
  })
  .sort((a, b) => Number.parseInt(a.name, 10) - Number.parseInt(b.name, 10))

/** Runs each command of a document and compares its output with the document's. */
export async function follow(shell: Shell, steps: readonly Step[]) {
  for (const { command, output, mark } of steps) {
    if (mark === 'stays') {
      await shell.keep(command, pattern(output))
      continue
    }
    const typed = command.startsWith(prompt.command) ? prompt.typed : ''
    const { output: got, status } = await shell.run(asTyped(command), typed)
    assert.equal(status !== 0, mark === 'fails', `${command}: ${status}\n${got}`)
    assert.match(got.replace(prompt.asks, `$&${typed}\n`), pattern(output), command)
  }
  await shell.interrupt()
}
