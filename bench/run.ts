/**
 * `npm run bench [-- quick]`: measures the built program against bare node:http, a minimal durable server and frameworks, all in
 * one run, and writes RESULTS.md. Servers run on core 0, the load on core 1; every figure is the median of
 * interleaved rounds; only ratios within a round are meaningful, since machines differ and are noisy.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { executablePath } from '../test/helpers/browser.ts'
import { startPostgres } from '../test/helpers/postgres.ts'
import type { Cost, Spread } from './cost.ts'
import type { Compared } from './lists.ts'
import {
  fartherAway,
  type Load,
  p99,
  residentKb,
  type Server,
  startServer,
  startupMs,
  throughput,
} from './measure.ts'

const here = import.meta.dirname
const quick = process.argv.includes('quick')
const rounds = quick ? 1 : 9
const seconds = 1
const million = quick ? 100_000 : 1_000_000
const rows: { what: string; aim: string; got: string; others: string }[] = []

if (spawnSync('wrk', ['-v']).error) throw new Error('The benchmark needs wrk: install the package wrk')

const peers = ['fastify', 'express', 'hono']

for (const tasks of [1, 100]) {
  await compare(
    `GET /tasks, ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`,
    '≥ 0.90',
    { tasks, path: '/tasks' },
    peers,
  )
}
await compare('GET /tasks/{id}', '≥ 0.85', { tasks: 1, path: '/tasks/1' })
await compare(
  'POST /tasks, synced before the 201',
  '≥ 0.70',
  { tasks: 1, path: '/tasks', script: 'create' },
  peers,
)
await compare('PATCH toggle, synced', '≥ 0.65', { tasks: 100, path: '/', script: 'toggle' })
await compare('DELETE, synced', '≥ 0.65', { tasks: quick ? 100_000 : 1_000_000, path: '/', script: 'remove' })
await compare('90 reads of 100 tasks to 10 writes', '≥ 0.65', { tasks: 100, path: '/', script: 'mixed' })
cost()
await start()
await memory()
await depth()
await slowDisk()
await journal()
await journalStart()
await postgres()
holds()
lists()
page()
writeResults()

interface Case {
  readonly tasks: number
  readonly path: string
  readonly script?: string
}

/** Throughput of ours and of peers that have the route, as ratios to bare. */
async function compare(
  what: string,
  aim: string,
  { tasks, path, script }: Case,
  others: readonly string[] = [],
) {
  const names = ['bare', 'taskapp', ...others]
  const servers = await Promise.all(names.map((name) => startServer(name, { tasks })))
  let removed = 0
  const run = (server: Server, duration: number) => {
    const { perSecond, requests } = throughput(server, {
      path,
      script,
      seconds: duration,
      env: { FIRST: String(removed) },
    })
    // Bare deletes nothing; ours must not get the same DELETE twice.
    if (server.name === 'taskapp') removed += requests + 64
    return perSecond
  }
  if (!quick) for (const server of servers) run(server, 1)
  const ratios = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const [bare, ...rest] = servers
    const base = run(bare!, seconds)
    for (const server of rest) ratios.get(server.name)!.push(run(server, seconds) / base)
  }
  await Promise.all(servers.map((server) => server.stop()))
  const figures = others.map((name) => `${name} ${median(ratios.get(name)!).toFixed(2)}`)
  record(what, aim, spread(ratios.get('taskapp')!), figures.join(', '))
}

async function start() {
  const names = ['bare', 'taskapp', 'bare-esm'] as const
  const times: Record<string, number[]> = { bare: [], taskapp: [], 'bare-esm': [] }
  for (let round = 0; round < (quick ? 3 : 21); round++)
    for (const name of names) times[name]!.push(await startupMs(name, { tasks: 100 }))
  const base = median(times['bare']!)
  const ours = times['taskapp']!.map((time) => time / base)
  record(
    'first 200 of GET /tasks after spawn, 100 tasks, to bare CommonJS',
    '≤ 1.25',
    spread(ours),
    `bare ES modules ${(median(times['bare-esm']!) / base).toFixed(2)}; bare ${base.toFixed(0)} ms`,
  )
}

async function memory() {
  const [bare, ours] = [
    await startServer('bare', { tasks: 100 }),
    await startServer('taskapp', { tasks: 100 }),
  ]
  const [bareKb, oursKb] = [residentKb(bare), residentKb(ours)]
  record(
    'resident memory when idle, to bare',
    '≤ 1.20',
    (oursKb / bareKb).toFixed(2),
    `${mb(oursKb)} to ${mb(bareKb)} MB`,
  )
  const few = load(ours, 10_000)
  const many = load(ours, quick ? 100_000 : 1_000_000)
  record(
    'resident memory after 1,000,000 requests, to after 10,000',
    '≤ 1.15',
    (many / few).toFixed(2),
    `${mb(many)} to ${mb(few)} MB`,
  )
  await Promise.all([bare.stop(), ours.stop()])

  function load(server: Server, requests: number): number {
    throughput(server, { path: '/', script: 'mixed', requests })
    return residentKb(server)
  }
}

async function depth() {
  const [few, many] = [
    await startServer('taskapp', { tasks: 1_000 }),
    await startServer('taskapp', { tasks: million }),
  ]
  const ratio = async (figure: (server: Server, tasks: number) => number) => {
    const ratios: number[] = []
    for (let round = 0; round < rounds; round++) {
      const base = figure(few, 1_000)
      ratios.push(figure(many, million) / base)
    }
    return spread(ratios)
  }
  record(
    `GET /tasks?limit=100 anywhere in ${million.toLocaleString('en')} tasks, p99 to that with 1,000`,
    '≤ 1.50',
    await ratio((server, tasks) =>
      p99(server, { path: '/', script: 'pages', seconds, connections: 4, env: { TASKS: String(tasks) } }),
    ),
    '',
  )
  record(
    `POST with ${million.toLocaleString('en')} tasks, to that with 1,000`,
    '≥ 0.90',
    await ratio((server) => throughput(server, { path: '/tasks', script: 'create', seconds }).perSecond),
    '',
  )
  await Promise.all([few.stop(), many.stop()])
}

/** Writers run throughout; strace delays each sync by 200 ms (fault injection). */
async function slowDisk() {
  if (spawnSync('strace', ['-V']).error) return
  const servers = [
    await startServer('taskapp', { tasks: 100 }),
    await startServer('taskapp', { tasks: 100, syncMs: 200 }),
  ]
  const times = servers.map(() => [] as number[])
  for (let round = 0; round < rounds; round++)
    for (const [index, server] of servers.entries())
      times[index]!.push(p99(server, { path: '/tasks', seconds, connections: 4, writers: 4 }))
  await Promise.all(servers.map((server) => server.stop()))
  const ratios = times[1]!.map((time, index) => time / times[0]![index]!)
  record(
    'GET p99 while each sync takes 200 ms, to its usual',
    '≤ 1.50',
    spread(ratios),
    `${median(times[0]!).toFixed(2)} ms usual`,
  )
}

/**
 * Writes beside those of a server that runs a statement for each request, reads beside those from a file. PostgreSQL runs
 * on the same two cores; in the field it is as far away as a network and a replicated disk make it.
 */
async function postgres() {
  if (!existsSync('/usr/lib/postgresql')) return
  await using database = await startPostgres()
  const file = await startServer('taskapp', { tasks: 100 })
  const bare = await startServer('bare', { tasks: 1 })
  const create: Load = { path: '/tasks', script: 'create', seconds }
  const against = (base: Server, load: Load, servers: readonly Server[]) => {
    const ratios: number[][] = servers.map(() => [])
    for (let round = quick ? 0 : -1; round < rounds; round++) {
      const { perSecond } = throughput(base, load)
      for (const [index, server] of servers.entries()) {
        const ratio = throughput(server, load).perSecond / perSecond
        if (round >= 0) ratios[index]!.push(ratio)
      }
    }
    return ratios
  }
  for (const roundTripMs of [0, 2, 4]) {
    const near = () => database.database()
    const url = roundTripMs === 0 ? near : () => fartherAway(near(), roundTripMs)
    const plain = await startServer('plain-postgres', { tasks: 0, databaseUrl: await url() })
    const ours = await startServer('taskapp', { tasks: 0, databaseUrl: await url() })
    if (roundTripMs === 0) {
      for (let n = 0; n < 100; n++)
        await fetch(`${ours.url}/tasks`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{"title":"Task number 1 of many"}',
        })
      const [read] = against(file, { path: '/tasks', seconds }, [ours])
      record('GET /tasks, 100 tasks, PostgreSQL, to SQLite', '≥ 0.80', spread(read!), '')
    }
    const [written, ...others] = against(plain, create, roundTripMs === 0 ? [ours, file, bare] : [ours])
    const [withFile, withNothing] = others.map((ratios) => median(ratios).toFixed(2))
    record(
      `POST /tasks, PostgreSQL ${roundTripMs === 0 ? 'on the same cores' : `${roundTripMs} ms away`}, to one INSERT a request`,
      '≥ 3.00',
      spread(written!),
      withFile ? `SQLite ${withFile}, bare, which stores nothing, ${withNothing}` : '',
    )
    await Promise.all([plain.stop(), ours.stop()])
  }
  await Promise.all([file.stop(), bare.stop()])
}

/** Compared with the minimal server, in a separate process, which also draws the chart. */
function cost() {
  const args = [join(here, 'cost.ts'), String(rounds)]
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const costs: Cost[] = JSON.parse(readFileSync(join(here, 'cost.json'), 'utf8'))
  const told = ([least, middle, most]: Spread) =>
    `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
  for (const { what, goal, share, perSecond, us } of costs)
    record(
      `${what}: of the least server that does the same, to ours`,
      goal ? `≥ ${goal.toFixed(2)}` : '–',
      told(share),
      perSecond ? `throughput ${told(perSecond)}; ${told(us!)} µs an answer` : '',
    )
}

function holds() {
  const figures = printedBy('holds.ts') as Record<string, number[]>
  for (const [operation, ms] of Object.entries(figures))
    record(
      `100,000 tasks: milliseconds that ${operation} holds the event loop at most`,
      '≤ 20',
      spread(ms),
      '',
    )
}

function lists() {
  for (const { what, aim, ms, base } of printedBy('lists.ts') as Compared[])
    record(
      what,
      aim,
      spread(ms.map((time, round) => time / base[round]!)),
      `${median(ms).toFixed(2)} to ${median(base).toFixed(2)} ms`,
    )
}

/** The output of a part of the benchmark that runs in a separate process. */
function printedBy(file: string): unknown {
  const args = [join(here, file), String(rounds)]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

/** In a separate process, because it uses browser types. */
function page() {
  if (!executablePath) return
  const figures = printedBy('page.ts') as Record<string, number>[]
  for (const [name, what, aim] of [
    ['drawnMs', 'page with 10,000 tasks: milliseconds from the first answer to the painted list', '≤ 100'],
    ['scrolling', 'page with 10,000 tasks: of 100 frames those late, scrolling', '0'],
    ['typing', 'page with 10,000 tasks: of 100 frames those late, typing a title', '0'],
    ['searching', 'page with 10,000 tasks: of 100 frames those late, searching', '0'],
    ['typingKeyMs', 'page with 10,000 tasks: milliseconds of the slowest key, typing a title', '≤ 16'],
    ['viewMs', 'page with 10,000 tasks: milliseconds of the slowest change of view', '≤ 100'],
    ['searchingKeyMs', 'page with 10,000 tasks: milliseconds of the slowest key, searching', '≤ 16'],
  ] as const)
    record(what, aim, spread(figures.map((each) => each[name]!)), '')
}

/** With DURABLE_DIR on a folder with slow syncs, compared with the plain file. */
async function journal() {
  const folders: string[] = []
  const newShare = () => {
    folders.push(mkdtempSync(join(tmpdir(), 'taskapp-bench-share-')))
    return folders.at(-1)!
  }
  const syncs = spawnSync('strace', ['-V']).error ? [0] : [0, 5, 20]
  const plain = await startServer('taskapp', { tasks: 0 })
  const servers = []
  for (const syncMs of syncs)
    servers.push(await startServer('taskapp', { tasks: 0, syncMs, share: newShare() }))
  const load = { path: '/tasks', script: 'create', seconds }
  const ratios = servers.map(() => [] as number[])
  let requests = 0
  for (let round = 0; round < rounds; round++) {
    const base = throughput(plain, load).perSecond
    for (const [index, server] of servers.entries()) {
      const done = throughput(server, load)
      if (index === 0) requests += done.requests
      ratios[index]!.push(done.perSecond / base)
    }
  }
  const bytes = readdirSync(folders[0]!)
    .filter((name) => name.startsWith('journal'))
    .reduce((sum, name) => sum + statSync(join(folders[0]!, name)).size, 0)
  await Promise.all([plain, ...servers].map((server) => server.stop()))
  for (const folder of folders) rmSync(folder, { recursive: true })
  for (const [index, syncMs] of syncs.entries())
    record(
      `POST with a journal whose sync takes ${syncMs === 0 ? 'no longer than the disk' : `${syncMs} ms`}, to that without`,
      '–',
      spread(ratios[index]!),
      index === 0 ? `${(bytes / requests).toFixed(0)} bytes of journal a write` : '',
    )
}

async function journalStart() {
  for (const tasks of quick ? [1_000, million] : [1_000, 100_000, million]) {
    const share = mkdtempSync(join(tmpdir(), 'taskapp-bench-share-'))
    // The first start imports the tasks, and its shutdown writes the snapshot.
    await startupMs('taskapp', { tasks, share })
    const times: number[] = []
    for (let round = 0; round < (quick ? 1 : 5); round++)
      times.push(await startupMs('taskapp', { tasks: 0, share }))
    rmSync(share, { recursive: true })
    record(
      `first 200 after spawn with a journal of ${tasks.toLocaleString('en')} tasks`,
      '–',
      `${median(times).toFixed(0)} ms`,
      '',
    )
  }
}

function record(what: string, aim: string, got: string, others: string) {
  rows.push({ what, aim, got, others })
  console.log(`${what}: ${got} (aim ${aim}) ${others}`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)})`
}

function mb(kb: number): string {
  return (kb / 1_000).toFixed(0)
}

function writeResults() {
  if (quick) return
  const version = (name: string) =>
    JSON.parse(readFileSync(join(here, `node_modules/${name}/package.json`), 'utf8')).version
  const table = rows.map(({ what, aim, got, others }) => `| ${what} | ${aim} | ${got} | ${others} |`)
  const text = `# Results

Ratios within one run: median (least–most) of ${rounds} interleaved rounds of ${seconds} s, 64 connections unless a row says
otherwise, server on core 0, wrk on core 1, logs on and written to a file. "Bare" is \`servers/bare.cjs\`. \`npm run bench\`
makes this page.

${cpus().length} × ${cpus()[0]!.model.trim()}, Node.js ${process.version}, ${peers.map((name) => `${name} ${version(name)}`).join(', ')}, ${new Date().toISOString().slice(0, 10)}.

| what | aim | taskapp | others |
| --- | --- | --- | --- |
${table.join('\n')}
`
  writeFileSync(join(here, 'RESULTS.md'), text)
}
