/** A project made from this template has its own name. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

suite('npm run rename', { skip: needs('git') }, () => {
  const home = mkdtempSync(join(tmpdir(), 'renamed-'))
  const clone = join(home, 'clone')
  writeFileSync(
    join(home, 'gitconfig'),
    '[safe]\n\tdirectory = *\n[user]\n\tname = Tester\n\temail = tester@example.org\n',
  )
  const run = (command: string, ...args: string[]) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    return spawnSync(command, args, {
      cwd: clone,
      env: { ...env, GIT_CONFIG_GLOBAL: join(home, 'gitconfig') },
      encoding: 'utf8',
    })
  }
  /** Joined here, since a name that occurs in a file is refused. */
  const ours = ['new', 'name'].join('')
  const rename = (name: string) => run(process.execPath, 'scripts/run.cjs', 'rename', name)
  const succeed = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = run(command, ...args)
    assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }
  const commit = () => {
    succeed('git', 'add', '--all')
    succeed('git', 'commit', '--quiet', '--message', 'Change')
  }

  before(() => {
    const { status, stderr } = spawnSync('git', ['-c', 'safe.directory=*', 'clone', '--quiet', root, clone])
    assert.equal(status, 0, String(stderr))
    // .gitignore names a folder, which a link is not.
    appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n')
    // It installs those of test/ itself: their lock contains the name, and npm ci through a link would empty ours.
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction')
  })
  after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }))

  test('refuses a name that is invalid in metrics, SQL or Azure', () => {
    for (const name of ['', 'a', 'Zettel', 'my-tasks', '1st', 'twelveletter', '$(id)']) {
      const { status, stderr } = rename(name)
      assert.equal(status, 2, name)
      assert.match(stderr, /expected 2 to 11 of a-z and 0-9, a letter first/)
    }
  })

  test('refuses a name that already occurs in the project', () => {
    assert.match(rename('http').stderr, /^Cannot use the name "http": it stands in /)
  })

  test('refuses with uncommitted changes', () => {
    appendFileSync(join(clone, 'README.md'), '\n')
    assert.match(rename(ours).stderr, /^Commit what is changed first/)
    succeed('git', 'checkout', '--quiet', 'README.md')
  })

  test('leaves no trace of the old name, and a project that passes its check', () => {
    const { status, stdout, stderr } = rename(ours)
    assert.equal(status, 0, stdout + stderr)
    commit()
    assert.equal(run('git', 'grep', '--ignore-case', '--text', 'taskapp').stdout, '')
    assert.equal(succeed('git', 'ls-files').match(/.*taskapp.*/i), null)
    succeed(process.execPath, 'scripts/run.cjs', 'check')
  })

  test('leaves passing tests of metrics, alerts, both schemas and the API', () => {
    succeed(process.execPath, 'scripts/run.cjs', 'build')
    const files = ['ops', 'storage/migrations', 'contract']
    succeed(process.execPath, '--test', ...files.map((file) => `test/${file}.test.ts`))
  })
})
