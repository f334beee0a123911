/** What commands show while they work for long, and what a Ctrl+C leaves. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { openStore } from '../src/storage/open.ts'
import { root, startApp } from './helpers/app.ts'
import { client, create } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-progress-'))
after(() => rmSync(home, { recursive: true, force: true }))
const source = join(home, 'source.db')
let count = 0
const clearLine = '\r\u001b[K'

/** A disk that takes so many microseconds for each page. */
const slow = (microseconds: number) => [
  'strace',
  ...['-D', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null'],
  ...['-e', 'trace=pread64', '-e', `inject=pread64:delay_enter=${microseconds}`],
]

function start(args: readonly string[], under: readonly string[], env = {}) {
  const [command, ...rest] = [...under, process.execPath, 'src/main.ts', ...args]
  const child = spawn(command!, rest, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const told = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    told.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    told.err += chunk
  })
  return { child, told, exited: once(child, 'close') }
}

suite('A command that takes long', { skip: needs('strace'), concurrency: 2 }, () => {
  before(async () => {
    const store = openStore({ file: source })
    const notes = 'n'.repeat(10_000)
    await Promise.all(Array.from({ length: 300 }, (_, n) => store.create({ title: `task ${n}`, notes })))
    await store.close()
  })

  test('tells in lines how far it is where nobody looks at a terminal', async () => {
    const { told, exited } = start(['verify', source], slow(15_000))
    assert.deepEqual(await exited, [0, null], told.err)
    assert.match(told.err, /^checking .*source\.db, \d\.\d MB, \d+ s\n/)
    assert.ok(!told.err.includes(clearLine))
    assert.equal(told.out, `${source}: sound, 300 tasks\n`)
  })

  test('shows it in one line on a terminal, which is gone at the end', {
    skip: needs('script'),
  }, async () => {
    const words = [...slow(2_000), process.execPath, 'src/main.ts', 'verify', source]
    const child = spawn('script', ['-qec', words.map((word) => `'${word}'`).join(' '), '/dev/null'], {
      cwd: root,
    })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    assert.deepEqual(await once(child, 'close'), [0, null])
    assert.ok(text.includes(`${clearLine}checking ${source}`), text)
    assert.ok(text.endsWith(`${clearLine}${source}: sound, 300 tasks\r\n`), text)
  })

  for (const [what, makeArgs] of [
    ['backup', (_: string, to: string) => ['backup', to]],
    ['restore', (from: string, to: string) => ['restore', from, to]],
    ['restore --replace', (from: string, to: string) => ['restore', from, to, '--replace']],
    [
      'copy',
      (from: string, to: string) => ['copy', '--from', `sqlite:///${from}`, '--to', `sqlite:///${to}`],
    ],
  ] as const)
    test(`${what} leaves nothing half done on Ctrl+C`, async () => {
      const folder = join(home, String(++count))
      mkdirSync(folder)
      const to = join(folder, 'tasks.db')
      const replaces = what.endsWith('--replace')
      if (replaces) copyFileSync(source, to)
      const before = replaces ? readFileSync(to) : undefined
      const from = join(home, `source-${count}.db`)
      copyFileSync(source, from)
      const { child, told, exited } = start(makeArgs(from, to), slow(2_000), {
        DATABASE_URL: `sqlite:///${from}`,
      })
      while (readdirSync(folder).every((name) => name === 'tasks.db')) {
        assert.equal(child.exitCode, null, told.err)
        await new Promise(setImmediate)
      }
      child.kill('SIGINT')
      assert.deepEqual(await exited, [null, 'SIGINT'])
      assert.match(told.err, /^taskapp: interrupted$/m)
      assert.deepEqual(readdirSync(folder), replaces ? ['tasks.db'] : [])
      if (before) assert.ok(readFileSync(to).equals(before))
    })

  test('such as the restore of a journal leaves nothing half done on Ctrl+C, either', async () => {
    const share = join(home, 'share')
    const folder = join(home, 'restored')
    for (const made of [share, folder]) mkdirSync(made)
    {
      const env = { DURABLE_DIR: share, DATABASE_URL: `sqlite:///${source}` }
      await using app = await startApp({ env })
      await create(client(app.url), 'Tea')
    }
    const { child, told, exited } = start(['restore', share, join(folder, 'tasks.db')], slow(2_000))
    while (readdirSync(folder).length === 0) {
      assert.equal(child.exitCode, null, told.err)
      await new Promise(setImmediate)
    }
    child.kill('SIGINT')
    assert.deepEqual(await exited, [null, 'SIGINT'])
    assert.deepEqual(readdirSync(folder), [])
  })
})
