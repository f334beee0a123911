/**
 * `npm test`: checks, builds, runs every test that this machine can run, and lists the skipped ones with reasons.
 * With CI=true a skipped test is a failure.
 *
 * Arguments choose: groups by name (unit, postgres, delivery, containers, page) and files by a part of their path;
 * `--without=GROUP` leaves one out. `npm run test:unit` is `npm test -- unit`. A selection skips the check
 * and the coverage.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { inspect, parseArgs } from 'node:util'
import { needs, nothingLeftOut } from '../test/helpers/needs.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import { patience } from '../test/helpers/until.ts'
import { installPackages } from './packages.ts'

interface Group {
  readonly files: readonly string[]
  /** Tests that do not apply to this group, by name. */
  readonly without?: RegExp
  /** Why it cannot run here. */
  readonly skip?: false | string
  /** Starts the services it needs. */
  start?(): Promise<AsyncDisposable>
  /** Whether a failed file is retried once, by itself, and reported: browsers and containers are flaky. */
  secondTry?: boolean
}

const root = join(import.meta.dirname, '..')
/** The slowest files run first, so that none runs alone at the end. */
const longest =
  /\/(player|azure-scripts|rename|fuzz|postgres|lists|compose|development|quality|matrix|engines|kept)\.test/
const files = globSync('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] })
  .map((file) => file.replaceAll('\\', '/'))
  .sort((a, b) => Number(longest.test(b)) - Number(longest.test(a)) || (a < b ? -1 : 1))
const inside = (...folders: string[]) =>
  files.filter((file) => folders.some((folder) => file.startsWith(`test/${folder}/`)))

const groups: Record<string, Group> = {
  unit: { files: files.filter((file) => !/^test\/(page|containers|delivery)\//.test(file)) },
  postgres: {
    files: inside('api', 'access'),
    // Specific to SQLite: its journal, its size, and one test that reads the file.
    without: /with a journal|tell the size of the database|is forgotten after a day/,
    skip: needs('postgres'),
    start: startDatabase,
  },
  delivery: { files: inside('delivery') },
  containers: { files: inside('containers'), secondTry: true },
  page: { files: inside('page'), secondTry: true },
}

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { without: { type: 'string', multiple: true, default: [] } },
})
const whole = words.length === 0
const chosen = Object.entries(groups)
  .filter(([name]) => !values.without.includes(name))
  .map(([name, group]) => ({ name, ...group, files: group.files.filter((file) => isChosen(name, file)) }))
  .filter(({ files }) => files.length > 0)

interface Failure {
  /** The file, the tests around it, and its own name. */
  readonly name: string
  readonly error: string
}

interface Result {
  passed: number
  readonly failed: Failure[]
}

/** The last duration of each file of each group. */
const results = new Map<string, Result>()
const failedOnce: Failure[] = []
const failed: Failure[] = []
/** The skipped tests, by reason. */
const leftOut = new Map<string, string[]>()
const figures: string[] = []

if (chosen.length === 0) {
  console.error(
    `No test is named ${words.join(' or ')}: name a group (${Object.keys(groups).join(', ')}) or a part of a path.`,
  )
  process.exit(2)
}
const coverage = join(root, 'coverage')
rmSync(coverage, { recursive: true, force: true })
installPackages('test')
if (whole) step('check')
step('build')
if (whole) process.env['NODE_V8_COVERAGE'] = join(coverage, 'tmp')
// The program is started hundreds of times: with its types stripped and compiled once, it takes a third of the time.
const compiled = mkdtempSync(join(tmpdir(), 'taskapp-compiled-'))
process.env['NODE_COMPILE_CACHE'] = compiled
for (const group of chosen) await runGroup(group)
if (whole) measureCoverage()
for (const folder of [coverage, compiled]) rmSync(folder, { recursive: true, force: true })
report()

function isChosen(group: string, file: string): boolean {
  return whole || words.some((word) => (word in groups ? word === group : file.includes(word)))
}

function step(name: string) {
  heading(name)
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
}

async function startDatabase(): Promise<AsyncDisposable> {
  const server = await startPostgres()
  process.env['TEST_POSTGRES_PORT'] = String(server.port)
  return {
    async [Symbol.asyncDispose]() {
      delete process.env['TEST_POSTGRES_PORT']
      await server[Symbol.asyncDispose]()
    },
  }
}

async function runGroup({ name: group, files, skip, without, start, secondTry }: Group & { name: string }) {
  heading(`${group}: ${files.length} files`)
  if (skip) return leaveOut(group, skip)
  await using _started = await start?.()
  // One more than cores: some wait for a disk or a container.
  await runFiles(files, availableParallelism() + 1)
  const again = files.filter((file) => results.get(`${group} ${file}`)!.failed.length > 0)
  if (!secondTry || again.length === 0) return

  heading(`${group}: ${again.length} files again`)
  for (const file of again) failedOnce.push(...results.get(`${group} ${file}`)!.failed)
  await runFiles(again, 1)

  async function runFiles(files: readonly string[], concurrency: number) {
    for (const file of files) results.set(`${group} ${file}`, { passed: 0, failed: [] })
    const events = run({
      cwd: root,
      files: files.map((file) => join(root, file)),
      concurrency,
      timeout: patience.testMs,
      ...(without && { testSkipPatterns: without }),
    })
    await follow(events, (file) => results.get(`${group} ${file}`)!)
  }
}

/** Prints each failure at once, and a line for each finished file. */
async function follow(events: ReturnType<typeof run>, resultOf: (file: string) => Result) {
  const told = new Set<string>()
  const names = new Map<string, string>()
  for await (const { type, data } of events) {
    if (type === 'test:stderr') process.stderr.write(data.message)
    if (type === 'test:diagnostic' && data.file) figures.push(`${nameOf(data.file)}: ${data.message}`)
    if (type !== 'test:enqueue' && type !== 'test:complete') continue

    const file = data.entryFile ?? data.file!
    const isFile = data.name === file
    const id = `${file} ${data.testId}`
    if (type === 'test:enqueue') {
      const parent = names.get(`${file} ${data.parentId}`)
      if (!isFile) names.set(id, parent === undefined ? data.name : `${parent} > ${data.name}`)
      continue
    }
    const result = resultOf(nameOf(file))
    // Node.js reports a test again if its parent had to wait.
    if (!isFile && told.has(id)) continue
    told.add(id)
    const { passed: ok, error, duration_ms, type: kind } = data.details
    const name = isFile ? nameOf(file) : `${nameOf(file)}: ${names.get(id)}`
    // Failed tests have already been reported when their suite and file fail.
    const forOthers = error?.['failureType'] === 'subtestsFailed' && (!isFile || result.failed.length > 0)
    if (!ok && !forOthers) {
      const failure = { name, error: inspect(error?.cause ?? error) }
      result.failed.push(failure)
      console.log(`✖ ${name}\n${indent(failure.error)}`)
    } else if (data.skip !== undefined) leaveOut(name, String(data.skip))
    else if (ok && kind !== 'suite' && !isFile) result.passed++
    if (isFile)
      console.log(
        `${ok ? '✔' : '✖'} ${nameOf(file)}: ${result.passed} passed, ${(duration_ms / 1_000).toFixed(1)} s`,
      )
  }
}

function leaveOut(name: string, reason: string) {
  leftOut.set(reason, [...(leftOut.get(reason) ?? []), name])
}

/** The thresholds of .c8rc.json apply to a full run. */
function measureCoverage() {
  heading('coverage')
  const c8 = join(root, 'node_modules/c8/bin/c8.js')
  delete process.env['NODE_V8_COVERAGE']
  const isGreen = [...results.values()].every(({ failed }) => failed.length === 0)
  const complete = isGreen && leftOut.size === 0 && values.without.length === 0
  const args = ['report', `--check-coverage=${complete}`]
  const { status } = spawnSync(process.execPath, [c8, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) failed.push({ name: 'coverage', error: '' })
}

function report() {
  heading('result')
  for (const figure of figures) console.log(figure)
  for (const [reason, names] of leftOut) {
    console.log(`Left out: ${reason}`)
    for (const name of names) console.log(`  ${name}`)
  }
  for (const result of results.values()) failed.push(...result.failed)
  if (nothingLeftOut && leftOut.size > 0) failed.push({ name: 'CI=true, and tests were left out', error: '' })
  for (const failure of failedOnce) console.log(`Failed the first time: ${inShort(failure)}`)
  for (const failure of failed) console.log(`✖ ${inShort(failure)}`)
  const passed = [...results.values()].reduce((sum, result) => sum + result.passed, 0)
  const count = [...leftOut.values()].flat().length
  const seconds = Math.round(performance.now() / 1_000)
  console.log(`${passed} passed, ${failed.length} failed, ${count} left out in ${seconds} s`)
  if (failed.length > 0) process.exitCode = 1
}

/** Repeats the start of each error, as many tools keep only the end of a long log. */
function inShort({ name, error }: Failure): string {
  const lines = error.split('\n').slice(0, 6)
  return [name, ...lines.filter(Boolean).map((line) => indent(line.slice(0, 200)))].join('\n')
}

function heading(text: string) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}`)
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}

function nameOf(file: string): string {
  return relative(root, file).replaceAll('\\', '/')
}
