/** The scripts in a real shell. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-delivery-'))
after(() => rmSync(home, { recursive: true, force: true }))

async function run(script: string, args: readonly string[]) {
  const child = spawn(join(root, script), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk
    })
  const [code] = await once(child, 'close')
  return { code, out }
}

suite('Release notes', { skip: needs('bash') }, () => {
  const changelog = '# Changelog\n\n## Unreleased\n\n- c\n\n## 1.2.3 (today)\n\n- b\n\n## 1.2.2\n\n- a\n'
  const notes = async (tag: string, version: string) => {
    writeFileSync(join(home, 'CHANGELOG.md'), changelog)
    const nested = { devEngines: { runtime: { version: '>=24' } } }
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ name: 'taskapp', version, ...nested }, null, 2),
    )
    return await run('scripts/release-notes.sh', [tag, home])
  }

  test("are the changelog's section for the version", async () => {
    const { code, out } = await notes('v1.2.3', '1.2.3')
    assert.equal(code, 0, out)
    assert.equal(out.trim(), '- b')
    assert.equal((await notes('v1.2.2', '1.2.2')).out.trim(), '- a')
  })

  test('stop the release if missing', async () => {
    for (const version of ['1.2', '99.0.0']) {
      const { code, out } = await notes(`v${version}`, version)
      assert.equal(code, 1)
      assert.match(out, /has no part "## /)
    }
  })

  test('stop the release if package.json has another version', async () => {
    const { code, out } = await notes('v1.2.3', '1.2.2')
    assert.equal(code, 1)
    assert.match(out, /package\.json has version 1\.2\.2, not 1\.2\.3: set it on main/)
  })
})
