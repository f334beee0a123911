/**
 * docs/deploy.md, followed from its first command to its last in a real shell and with real git, in a new folder, against
 * stand-ins for Azure and GitHub. Each output has to be as the document shows it.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { stepsOf } from '../helpers/documents.ts'
import { needs } from '../helpers/needs.ts'
import { openShell } from '../helpers/shell.ts'
import { follow } from './stand-ins/follow.ts'
import { environmentOf, newReader } from './stand-ins/reader.ts'

const skip = needs('jq')
const home = mkdtempSync(join(tmpdir(), 'taskapp-guide-'))
after(() => rmSync(home, { recursive: true, force: true }))

test('Following docs/deploy.md gives the output it shows', { skip }, async () => {
  const { world, git, close } = await newReader(home)
  const steps = stepsOf(readFileSync(join(root, 'docs/deploy.md'), 'utf8'))
  assert.ok(steps.length > 40)
  {
    await using shell = openShell({ cwd: home, env: environmentOf(home) })
    await follow(shell, steps)
  }
  close()

  // The rules were in force: main takes pull requests only.
  const clone = join(home, 'taskapp')
  git(clone, 'commit', '--quiet', '--allow-empty', '--message', 'By hand')
  assert.throws(() => git(clone, 'push', 'origin', 'HEAD:main'), /GH013: Repository rule violations/)
  // Nothing is left over.
  assert.deepEqual(world.azure.groups, {})
  assert.deepEqual(world.github.repositories, {})
})
