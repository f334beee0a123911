/** A clone on other people's machines. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

suite('A clone by Git with the default of Windows, which turns line ends into CRLF', {
  skip: needs('git'),
}, () => {
  const home = mkdtempSync(join(tmpdir(), 'taskapp-clone-'))
  const clone = join(home, 'clone')
  // The checkout may belong to another user.
  writeFileSync(join(home, 'gitconfig'), '[safe]\n\tdirectory = *\n[core]\n\tautocrlf = true\n')
  const run = (command: string, ...args: string[]) => {
    const env = { ...process.env, GIT_CONFIG_GLOBAL: join(home, 'gitconfig') }
    const cwd = existsSync(clone) ? clone : root
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
    assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }
  const files = () => run('git', 'ls-files').trim().split('\n')

  before(() => {
    run('git', 'clone', '--quiet', root, clone)
  })
  after(() => rmSync(home, { recursive: true, force: true }))

  test('has only LF in every text file', () => {
    const ends = run('git', 'ls-files', '--eol').trim().split('\n')
    assert.deepEqual(
      ends.filter((line) => !/^i\/(lf|none|-text) +w\/(lf|none|-text) /.test(line)),
      [],
    )
  })

  test('has scripts that their shells can read', { skip: needs('sh') }, () => {
    const shells = files().flatMap((file) => {
      const first = readFileSync(join(clone, file), 'latin1').split('\n', 1)[0]!
      const shell = /^#!.*\b(bash|sh)$/.exec(first)?.[1] ?? { '.sh': 'bash', '.envsh': 'sh' }[extname(file)]
      return shell === undefined ? [] : [{ file, shell }]
    })
    assert.ok(shells.length > 5)
    for (const { file, shell } of shells) run(shell, '-n', file)
  })

  test("passes the formatter's check", () => {
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction')
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')
    run(process.execPath, biome, 'check', '--error-on-warnings')
  })
})
