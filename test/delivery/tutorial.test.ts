/**
 * docs/tutorial, followed from its first command to its last in a fresh clone and a real shell. Each output has to be as
 * the chapter shows it, and each quoted line as its file has it: `UPDATE_QUOTES=1 npm test -- delivery/tutorial` quotes anew.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { openStore, serve } from '../../docs/tutorial/smallest/server.ts'
import { root } from '../helpers/app.ts'
import { needsChromium } from '../helpers/browser.ts'
import { pattern, stepsOf } from '../helpers/documents.ts'
import { assertFirstVersion } from '../helpers/first-version.ts'
import { needs } from '../helpers/needs.ts'
import { freePort } from '../helpers/postgres.ts'
import { requote } from '../helpers/quotes.ts'
import { openShell, type Shell } from '../helpers/shell.ts'

const skip = needs('linux') || needs('strace') || needsChromium()
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const chapters = globSync('docs/tutorial/[0-9]*.md', { cwd: root }).sort(
  (a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)),
)

suite('The tutorial', () => {
  test('says in each chapter what it is for, what it needs and what goes wrong', () => {
    for (const chapter of chapters) {
      const text = read(chapter)
      for (const part of [
        '**Goal**',
        '**You need**',
        '**Tried**',
        '## Why so',
        '## Try next',
        '## What goes wrong',
      ])
        assert.ok(text.includes(part), `${chapter}: ${part}`)
    }
  })

  test('quotes lines as their files have them', () => {
    for (const document of globSync('docs/**/*.md', { cwd: root })) {
      const text = read(document)
      const anew = requote(text, read)
      if (process.env['UPDATE_QUOTES']) writeFileSync(join(root, document), anew)
      else assert.equal(text, anew, `${document}: UPDATE_QUOTES=1 npm test -- delivery/tutorial quotes anew`)
    }
  })
})

test('The smallest form keeps what clients of the first version rely on', async () => {
  const server = serve(openStore(new DatabaseSync(':memory:'))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await assertFirstVersion(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.close()
})

suite('Somebody who follows the tutorial sees what it shows', { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), 'taskapp-tutorial-'))
  let shell: Shell
  let port: string
  before(async () => {
    port = String(await freePort())
    publish(home)
    shell = openShell({ cwd: home, env: environment(home, port) })
  })
  after(async () => {
    await shell[Symbol.asyncDispose]()
    rmSync(home, { recursive: true, force: true })
  })
  for (const chapter of chapters)
    test(`in ${basename(chapter)}`, () => follow(shell, read(chapter).replaceAll('8000', port)))
})

async function follow(shell: Shell, chapter: string) {
  for (const { command, output, mark } of stepsOf(chapter)) {
    const shown = pattern(output)
    if (mark === 'stays') {
      await shell.keep(command, shown)
      continue
    }
    const { output: got, status } = await shell.run(command)
    assert.match(got, shown, command)
    assert.equal(status !== 0, mark === 'fails', `${command}: ${status}\n${got}`)
  }
  await shell.interrupt()
}

/** Makes the repository, as git would commit it now, one that git finds at github.com/SOURCE/taskapp. */
function publish(home: string) {
  const source = join(home, 'SOURCE/taskapp.git')
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: source, env: { ...process.env, HOME: home }, encoding: 'utf8' })
  mkdirSync(source, { recursive: true })
  writeFileSync(
    join(home, '.gitconfig'),
    `[user]\nname = Owner\nemail = owner@example.org\n[safe]\ndirectory = *\n[url "${home}/"]\ninsteadOf = https://github.com/\n`,
  )
  const list = ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
  for (const file of git(...list).split('\0'))
    if (file !== '' && existsSync(join(root, file)))
      cpSync(join(root, file), join(source, file), { verbatimSymlinks: true })
  git('init', '--quiet', '--initial-branch', 'main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'All of it')
}

/** As on a machine where nothing was set. Packages come from where npm keeps those that it has had. */
function environment(home: string, port: string): NodeJS.ProcessEnv {
  const npm = {
    npm_config_cache: process.env['npm_config_cache'] ?? join(homedir(), '.npm'),
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
  }
  const path = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`
  return { HOME: home, PATH: path, TMPDIR: home, LC_ALL: 'C.UTF-8', PORT: port, ...npm }
}
