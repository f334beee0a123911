import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stepsOf } from './documents.ts'

const run = promisify(execFile)

/** The example commands of docs/api.md do what it shows, with this address in API. The list must be new. */
export async function assertExample(api: string) {
  const document = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8')
  const [where, ...steps] = stepsOf(document)
  assert.match(where!.command, /^API=/)
  assert.ok(steps.length > 5)
  for (const { command, output } of steps) {
    const { stdout } = await run('sh', ['-c', command], { env: { ...process.env, API: api } })
    assert.equal(stdout.trim(), output.trim(), command)
  }
}
