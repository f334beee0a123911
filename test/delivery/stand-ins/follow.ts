import assert from 'node:assert/strict'
import { pattern, type Step } from '../../helpers/documents.ts'
import type { Shell } from '../../helpers/shell.ts'
import { asTyped, prompt } from './reader.ts'

/** Types each command of a document, and compares what comes with what the document shows. */
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
