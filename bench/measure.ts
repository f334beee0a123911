/** Starts servers on core 0 and measures them from core 1. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../src/storage/sqlite/schema/open.ts'

const here = import.meta.dirname
const running = new Set<ChildProcess>()

// However the benchmark ends, its child processes end with it.
process.once('exit', () => {
  for (const child of running) process.kill(-child.pid!, 'SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

export interface Server {
  readonly name: string
  readonly pid: number
  readonly url: string
  stop(): Promise<void>
}

export interface Load {
  readonly path: string
  /** A file of load/, without its extension. */
  readonly script?: string | undefined
  readonly seconds?: number
  /** A number of sequential requests per connection, instead of a duration. */
  readonly requests?: number
  readonly connections?: number
  /** The number of connections that create tasks at the same time. */
  readonly writers?: number
  readonly env?: Readonly<Record<string, string>>
}

export interface Start {
  readonly tasks: number
  /** The delay added to each sync. */
  readonly syncMs?: number
  /** The folder of a journal. */
  readonly share?: string | undefined
  /** Used instead of a separate file. */
  readonly databaseUrl?: string
}

/** Starts one of the contenders. */
export async function startServer(name: string, start: Start): Promise<Server> {
  const { pid, url, end } = await launch(name, start)
  await answered(name, pid, url)
  return { name, pid: start.syncMs ? childOf(pid) : pid, url, stop: end }
}

/** Milliseconds from spawn to the first response of GET /tasks. */
export async function startupMs(name: string, start: Start): Promise<number> {
  const { pid, url, started, end } = await launch(name, start)
  await answered(name, pid, url)
  const time = performance.now() - started
  await end()
  return time
}

/** Delays PostgreSQL's responses by this many milliseconds. Returns the URL of the delayed database. */
export async function fartherAway(databaseUrl: string, roundTripMs: number): Promise<string> {
  const url = new URL(databaseUrl)
  const args = [
    '-c',
    '1',
    process.execPath,
    join(here, 'servers/distance.js'),
    url.port,
    `${roundTripMs / 2}`,
  ]
  const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  running.add(child)
  const [port] = await once(child.stdout, 'data')
  url.port = String(port).trim()
  return url.href
}

async function launch(name: string, { tasks, syncMs = 0, share, databaseUrl }: Start) {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-bench-'))
  const file = `${folder}/tasks.db`
  if (name === 'taskapp' && tasks > 0 && databaseUrl === undefined) seed(file, tasks)
  const port = await freePort()
  const log = openSync(`${folder}/log`, 'w')
  const slow = [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=fdatasync,fsync',
    '-e',
    `inject=fdatasync,fsync:delay_exit=${syncMs * 1_000}`,
  ]
  const args = ['-c', '0', ...(syncMs > 0 ? slow : []), process.execPath, ...entry(name)]
  const env = {
    PATH: process.env['PATH'],
    PORT: String(port),
    TASKS: String(tasks),
    DATABASE_URL: databaseUrl ?? `sqlite:///${file}`,
    ...(share && { DURABLE_DIR: share }),
  }
  const started = performance.now()
  const child = spawn('taskset', args, { env, stdio: ['ignore', log, 'inherit'], detached: true })
  running.add(child)
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const end = async () => {
    process.kill(syncMs > 0 ? childOf(child.pid!) : child.pid!, 'SIGTERM')
    await exited
    running.delete(child)
    rmSync(folder, { recursive: true })
  }
  return { pid: child.pid!, url, started, end }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Ours as the image runs it (Dockerfile.backend). */
function entry(name: string): string[] {
  if (name === 'taskapp') return ['--max-semi-space-size=8', join(here, '../dist/main.js'), 'serve']
  if (name === 'bare' || name === 'limit') return [join(here, `servers/${name}.cjs`)]
  if (name === 'bare-esm') return [join(here, 'servers/bare.mjs')]
  return [join(here, `servers/${name}.js`)]
}

function seed(file: string, tasks: number) {
  const db = openDatabase(file)
  db.exec('begin')
  const insert = db.prepare('insert into tasks (title, created, updated) values (?, 1, 1)')
  for (let id = 1; id <= tasks; id++) insert.run(`Task number ${id} of many`)
  db.exec('commit; pragma wal_checkpoint(truncate)')
  db.close()
}

/** Resolves with the first complete response; retries without delay, since it measures a cold start. */
function answered(name: string, pid: number, url: string): Promise<void> {
  const port = Number(new URL(url).port)
  return new Promise((resolve, reject) => {
    const attempt = () => {
      if (!existsSync(`/proc/${pid}`)) return reject(new Error(`${name} ended before it answered`))
      const socket = connect(port, '127.0.0.1', () =>
        socket.write('GET /tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      )
      socket.on('error', () => setImmediate(attempt))
      socket.once('data', () => {
        resolve()
        socket.destroy()
      })
    }
    attempt()
  })
}

/** The server itself, where strace runs it. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

export function throughput(server: Server, load: Load): { perSecond: number; requests: number } {
  const wanted = load.requests ?? 0
  let requests = 0
  let perSecond = 0
  do {
    const out = wrk(server, load)
    requests += Number(/(\d+) requests in/.exec(out)![1])
    perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(out)![1])
  } while (requests < wanted)
  return { perSecond, requests }
}

/** The 99th percentile in milliseconds. */
export function p99(server: Server, load: Load): number {
  const writers = load.writers
    ? spawn(
        'taskset',
        [
          '-c',
          '1',
          'wrk',
          '-t1',
          `-c${load.writers}`,
          `-d${load.seconds! + 1}s`,
          '-s',
          join(here, 'load/create.lua'),
          `${server.url}/tasks`,
        ],
        { stdio: 'ignore' },
      )
    : undefined
  const [, value, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(wrk(server, load))!
  writers?.kill()
  return Number(value) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's']
}

function wrk(server: Server, { path, script, seconds = 1, connections = 64, env }: Load): string {
  const args = ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency']
  if (script) args.push('-s', join(here, `load/${script}.lua`))
  const { stdout } = spawnSync('taskset', [...args, server.url + path], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${server.name} failed under load:\n${stdout}`)
  return stdout
}

export function residentKb({ pid }: Server): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}
