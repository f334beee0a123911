/** Cost budgets as counts, which do not depend on the machine. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { openStore } from '../src/storage/open.ts'
import { type RunningApp, root, startApp } from './helpers/app.ts'
import { client, create } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'taskapp-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('1,000 concurrent writes of a store take less than 100 commits', async () => {
  const store = openStore({ file: join(folder, 'tasks.db') })
  let commits = 0
  store.onCommit(() => {
    commits++
  })
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => store.create({ title: `task ${n}` })))
  await store.close()
  assert.ok(commits > 0 && commits < 100, `${commits} commits`)
})

suite('The built program', () => {
  buildIfStale()

  test('loads one file of its own and, until the first write, little more of Node.js than a bare server', {
    skip: needs('signals'),
  }, async () => {
    // Does not wait: reports on request the modules loaded so far.
    const preload = join(folder, 'report.cjs')
    const report = join(folder, 'report.json')
    writeFileSync(
      preload,
      `const { renameSync, writeFileSync } = require('node:fs')
      process.on('SIGUSR2', () => {
        const files = Object.keys(require.cache).filter((file) => file !== __filename)
        writeFileSync(${JSON.stringify(`${report}.part`)}, JSON.stringify({ files, modules: process.moduleLoadList }))
        renameSync(${JSON.stringify(`${report}.part`)}, ${JSON.stringify(report)})
      })`,
    )
    const bare = join(folder, 'bare.cjs')
    writeFileSync(
      bare,
      `require('node:http').createServer((req, res) => res.end('[]')).listen(0, '127.0.0.1', function () {
        process.stdout.write(JSON.stringify({ msg: 'listening', url: 'http://127.0.0.1:' + this.address().port }) + '\\n')
      })`,
    )
    async function loaded({ process }: RunningApp): Promise<{ files: string[]; modules: string[] }> {
      process.kill('SIGUSR2')
      while (!existsSync(report)) {
        assert.equal(process.exitCode, null)
        await new Promise(setImmediate)
      }
      const told = JSON.parse(readFileSync(report, 'utf8'))
      rmSync(report)
      return told
    }

    await using bareServer = await startApp({ entry: ['--require', preload, bare] })
    await using app = await startApp({ entry: ['--require', preload, 'dist/main.js'] })
    for (const { url } of [app, bareServer]) await client(url)('GET', '/tasks')
    const [base, before] = [await loaded(bareServer), await loaded(app)]
    assert.deepEqual(before.files, [join(root, 'dist/main.js')])
    const more = before.modules.filter((name) => !base.modules.includes(name))
    // The clock that times requests is part of perf_hooks.
    const accounted =
      /^(NativeModule |Internal Binding )(sqlite|perf_hooks|internal\/perf\/|internal\/histogram)/
    assert.deepEqual(
      more.filter((name) => !accounted.test(name)),
      [],
    )

    await create(client(app.url), 'Tea')
    const later = await loaded(app)
    assert.deepEqual(later.files, before.files)
    assert.ok(later.modules.includes('NativeModule worker_threads'))
  })

  test('reports its version, commit and build time', async () => {
    await using app = await startApp({ entry: ['dist/main.js'] })
    const { version, commit, built } = JSON.parse((await client(app.url)('GET', '/version')).text)
    assert.match(version, /^\d+\.\d+\.\d+/)
    assert.match(commit, /^[0-9a-f]{40}$|^unknown$/)
    assert.equal(new Date(built).toISOString(), built)
  })
})

/** Skipped unless `npm run build` has run, as in `npm test`. */
function buildIfStale() {
  const built = statSync(join(root, 'dist/main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const newest = Math.max(...sources.map((name) => statSync(join(root, 'src', name)).mtimeMs))
  if (built < newest) execFileSync(process.execPath, [join(root, 'scripts/build.ts'), 'server'])
}
