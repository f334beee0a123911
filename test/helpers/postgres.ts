import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export interface Postgres extends AsyncDisposable {
  readonly port: number
  /** Where its socket is. */
  readonly folder: string
  /** Creates an empty database and returns its URL. */
  database(): string
  /** Runs SQL in the database with this URL, and returns what it prints. */
  run(url: string, sql: string): string
  stop(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
}

/** The URL of the database for a folder, created if necessary. */
export function databaseOf(port: number, folder: string): string {
  const name = basename(folder).toLowerCase()
  const known = psql(port, 'postgres', `select 1 from pg_database where datname = '${name}'`)
  if (known === '') psql(port, 'postgres', `create database "${name}"`)
  return `postgres://postgres@127.0.0.1:${port}/${name}`
}

function psql(port: number, database: string, sql: string): string {
  const args = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-d', database, '-Atqc', sql]
  return execFileSync('psql', args, { encoding: 'utf8' }).trim()
}

/** A server of its own in a temporary folder, as the user postgres where root runs this, which the server refuses. */
export async function startPostgres(): Promise<Postgres> {
  const programs = join(globSync('/usr/lib/postgresql/*/bin/initdb').at(-1)!, '..')
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const asRoot = process.getuid?.() === 0
  const [uid, gid] = ['-u', '-g'].map((of) =>
    Number(execFileSync('id', [of, 'postgres'], { encoding: 'utf8' })),
  )
  const options = { cwd: folder, ...(asRoot && { uid: uid!, gid: gid! }) }
  chmodSync(folder, 0o755)
  if (asRoot) execFileSync('chown', ['postgres:', folder])
  const data = join(folder, 'data')
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    {
      ...options,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  let server = await launch()
  let databases = 0

  const postgres: Postgres = {
    port,
    folder,
    database() {
      const name = `tasks${++databases}`
      psql(port, 'postgres', `create database ${name}`)
      return `postgres://postgres@127.0.0.1:${port}/${name}`
    },
    run: (url, sql) => psql(port, new URL(url).pathname.slice(1), sql),
    async stop(signal = 'SIGINT') {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill(signal)
      await once(server, 'exit')
    },
    async start() {
      server = await launch()
    },
    async [Symbol.asyncDispose]() {
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return postgres

  async function launch() {
    const child = spawn(
      join(programs, 'postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1'],
      {
        ...options,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    await new Promise<void>((resolve, reject) => {
      let text = ''
      child.stderr.on('data', (chunk) => {
        text += chunk
        if (text.includes('ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(`PostgreSQL did not start: ${text}`)))
    })
    return child
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
