/**
 * docs/deploy.md, followed from its first command to its last in a real shell and with real git, in a new folder, against
 * stand-ins for Azure and GitHub. Each output has to be as the document shows it.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { pattern, stepsOf } from '../helpers/documents.ts'
import { needs } from '../helpers/needs.ts'
import { openShell } from '../helpers/shell.ts'
import { serveStandIns } from './stand-ins/serve.ts'
import { newWorld } from './stand-ins/world.ts'

const skip = needs('jq')
const home = mkdtempSync(join(tmpdir(), 'taskapp-guide-'))
after(() => rmSync(home, { recursive: true, force: true }))
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const guide = read('docs/deploy.md')
const digest = 'b'.repeat(64)

test('Somebody who follows docs/deploy.md sees what it shows', { skip }, async () => {
  const world = newWorld()
  world.azure.signedIn = false
  world.github = { signedIn: false, repositories: {}, folder: home }
  const answers: Record<string, [number, string, string]> = {
    '/': [200, 'text/html', '<script type="module" src="/main.js"></script>'],
    '/main.js': [200, 'text/javascript', ''],
    '/api/readyz': [200, 'application/json', '{"status":"ok"}\n'],
    '/api/tasks': [401, 'application/problem+json', '{}'],
    'with a token /api/tasks': [200, 'application/json', '[]\n'],
  }
  const standIns = await serveStandIns(
    home,
    () => world,
    () => (req, res) => {
      const token = req.headers.authorization?.startsWith('Bearer ') ? 'with a token ' : ''
      const path = req.url!.split('?')[0]!
      const [status, type, body] = answers[token + path] ?? [404, 'text/html', '']
      res.writeHead(status, { 'Content-Type': type }).end(body)
    },
  )

  // Where the guide's reader has found the repository.
  const source = join(home, 'source')
  for (const file of ['azure', '.github', 'scripts', 'README.md', 'package.json'])
    cpSync(join(root, file), join(source, file), { recursive: true })
  const gitIn = (cwd: string, ...args: readonly string[]) =>
    execFileSync('git', args, { cwd, env: { ...process.env, HOME: home }, stdio: 'pipe' })
  const git = (...args: readonly string[]) => gitIn(source, ...args)
  writeFileSync(
    join(home, '.gitconfig'),
    `[user]\nname = Owner\nemail = owner@example.org\n[url "${home}/"]\ninsteadOf = https://github.com/\n`,
  )
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'All of it')
  mkdirSync(join(home, 'SOURCE'))
  git('clone', '--quiet', '--bare', source, join(home, 'SOURCE/taskapp.git'))

  const steps = stepsOf(guide)
  assert.ok(steps.length > 40)
  const commands = steps.map(({ command }) =>
    command
      .replace('OWNER=…', 'OWNER=Owner')
      .replaceAll(/ghcr\.io\/…\/(taskapp-\w+)@sha256:…/g, `ghcr.io/owner/$1@sha256:${digest}`),
  )
  {
    const env = { HOME: home, PATH: `${home}:/usr/bin:/bin`, TMPDIR: home, PAUSE: '0', LC_ALL: 'C.UTF-8' }
    await using shell = openShell({ cwd: home, env })
    for (const [at, { command, output }] of steps.entries()) {
      // What is typed at a prompt comes from the document.
      const typed = command.startsWith('azure/remove.sh') ? 'taskapp' : ''
      const { output: shown, status } = await shell.run(commands[at]!, typed)
      assert.equal(status, 0, `${command}\n${shown}`)
      assert.match(shown.replace(/^This deletes .*: /m, `$&${typed}\n`), pattern(output), command)
    }
  }
  standIns.close()

  // The rules were in force: what is not a pull request does not reach main.
  const clone = join(home, 'taskapp')
  gitIn(clone, 'commit', '--quiet', '--allow-empty', '--message', 'By hand')
  assert.throws(() => gitIn(clone, 'push', 'origin', 'HEAD:main'), /GH013: Repository rule violations/)
  // And nothing is left.
  assert.deepEqual(world.azure.groups, {})
  assert.deepEqual(world.github.repositories, {})
})
