/** The scripts of package.json, on every machine that has npm. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { root } from './helpers/app.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-scripts-'))
after(() => rmSync(home, { recursive: true, force: true }))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** Runs one of them to its end. Within a test the runner would not run another. */
function run(file: string, args: readonly string[] = [], { options = [] as string[], ci = false } = {}) {
  const { NODE_TEST_CONTEXT: _, NODE_V8_COVERAGE: __, CI: ___, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [...options, file, ...args], {
    env: { ...env, ...(ci && { CI: 'true' }) },
    encoding: 'utf8',
  })
  return { status, out: stdout + stderr }
}

suite('The scripts of package.json', () => {
  for (const [name, script] of Object.entries<string>(scripts))
    test(`${name} needs no shell of its own: cmd.exe reads it as sh does`, () => {
      for (const command of script.split(' && ')) assert.match(command, /^(node|biome|tsc)( [\w./:-]+)+$/)
    })

  test('that run TypeScript begin with what an old Node.js can read', () => {
    for (const script of Object.values<string>(scripts))
      if (!script.startsWith('biome ')) assert.match(script, /^node scripts\/run\.cjs \w+/)
  })

  test('say in a sentence that Node.js is too old', () => {
    const pretend = join(home, 'old.cjs')
    writeFileSync(pretend, `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`)
    const { status, out } = run(join(root, 'scripts/run.cjs'), ['start'], { options: ['--require', pretend] })
    assert.equal(status, 1)
    assert.match(out, /^This needs Node\.js \d+\.\d+ or newer, and this is 20\.20\.2\. Run `npm ci.*\.\n$/)
  })

  test('say in a sentence that nothing is installed', () => {
    mkdirSync(join(home, 'fresh/scripts'), { recursive: true })
    for (const file of ['package.json', 'scripts/run.cjs'])
      cpSync(join(root, file), join(home, 'fresh', file))
    const { status, out } = run(join(home, 'fresh/scripts/run.cjs'), ['start'])
    assert.equal(status, 1)
    assert.equal(out, 'Nothing is installed yet. Run `npm ci` first.\n')
  })
})

suite('npm test', () => {
  const checkout = join(home, 'checkout')
  for (const file of ['scripts/test.ts', 'scripts/packages.ts', 'test/helpers', 'test/package-lock.json'])
    cpSync(join(root, file), join(checkout, file), { recursive: true })
  writeFileSync(join(checkout, 'package.json'), '{"type":"module"}')
  writeFileSync(join(checkout, 'scripts/build.ts'), '')
  mkdirSync(join(checkout, 'test/node_modules'))
  cpSync(join(root, 'test/package-lock.json'), join(checkout, 'test/node_modules/.installed-lock.json'))
  const file = (name: string, text: string) =>
    writeFileSync(join(checkout, `test/${name}.test.ts`), `import { suite, test } from 'node:test'\n${text}`)
  file('good', `test('one', () => {}); suite('more', () => { test('two', () => {}) })`)
  file('partial', `test('three', () => {}); test('four', { skip: 'no moon tonight' }, () => {})`)
  file('bad', `suite('some', () => { test('five', () => { throw new Error('as it must') }) })`)
  file('broken', `throw new Error('not even loaded')`)
  const runTests = (...args: Parameters<typeof run> extends [string, ...infer Rest] ? Rest : never) =>
    run(join(checkout, 'scripts/test.ts'), ...args)

  test('counts what passed, file by file', () => {
    const { status, out } = runTests(['good'])
    assert.match(out, /✔ test\/good\.test\.ts: 2 passed/)
    assert.match(out, /^2 passed, 0 failed, 0 left out in \d+ s$/m)
    assert.equal(status, 0)
  })

  test('says what was left out and why, and fails for it with CI=true', () => {
    const { status, out } = runTests(['partial'])
    assert.match(
      out,
      /Left out: no moon tonight\n {2}test\/partial\.test\.ts: four\n1 passed, 0 failed, 1 left out/,
    )
    assert.equal(status, 0)
    const ci = runTests(['partial'], { ci: true })
    if (process.platform === 'linux') assert.equal(ci.status, 1)
  })

  test('shows each failure, and again at the end', () => {
    const { status, out } = runTests(['bad', 'good'])
    const [first, atTheEnd] = out.split('── result')
    const failure = /^✖ test\/bad\.test\.ts: some > five\n {4}Error: as it must\n/m
    assert.match(first!, failure)
    assert.match(atTheEnd!, failure)
    assert.match(atTheEnd!, /\n2 passed, 1 failed/)
    assert.equal(status, 1)
  })

  test('takes a file that cannot be loaded for a failure', () => {
    const { status, out } = runTests(['broken'])
    assert.match(out, /not even loaded/)
    assert.match(out, /0 passed, 1 failed/)
    assert.equal(status, 1)
  })

  test('refuses words that name no test', () => {
    const { status, out } = runTests(['unheard-of'])
    assert.match(out, /^No test is named unheard-of: name a group \(unit, .*\) or a part of a path\.$/m)
    assert.equal(status, 2)
  })
})
