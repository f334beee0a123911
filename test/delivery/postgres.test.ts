import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'
import { startPostgres } from '../helpers/postgres.ts'

/** What is about SQLite's own: its journal, its size, and one that looks into the file. */
const others = 'with a journal|tell the size of the database|is forgotten after a day'

test('The API does the same with PostgreSQL', { skip: needs('postgres') }, async (t) => {
  await using server = await startPostgres()
  const files = globSync('test/{api,access}/*.test.ts', { cwd: root })
  // Within a test the runner would not run another.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(
    process.execPath,
    ['--test', `--test-skip-pattern=${others}`, '--test-concurrency=2', ...files],
    {
      cwd: root,
      env: { ...env, TEST_POSTGRES_PORT: String(server.port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let out = ''
  for await (const chunk of child.stdout) out += chunk
  const count = (of: string) => Number(new RegExp(`^(?:ℹ|#) ${of} (\\d+)$`, 'm').exec(out)?.[1])
  t.diagnostic(`${count('pass')} tests passed`)
  assert.equal(count('fail'), 0, out)
  assert.ok(count('pass') > 400)
})
