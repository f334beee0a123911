import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { databaseOf } from './postgres.ts'
import { patience } from './until.ts'

export const root = join(import.meta.dirname, '../..')

export type LogLine = Record<string, unknown> & { msg: string; level: string }

export interface RunningApp extends AsyncDisposable {
  /** Its URL. */
  readonly url: string
  readonly process: ChildProcess
  /** The folder of its database, removed at the end unless it was given. */
  readonly folder: string
  readonly databaseUrl: string
  /** All lines it has logged so far. */
  readonly log: readonly LogLine[]
  /** What it wrote to standard error so far. */
  readonly errors: () => string
  /** Resolves with the first line, past or future, that the test accepts. */
  logged(test: (line: LogLine) => boolean): Promise<LogLine>
  /** Sends a signal and resolves with the exit code when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export interface AppOptions {
  readonly env?: Readonly<Record<string, string>>
  /** The folder of its database; a temporary one by default. */
  readonly folder?: string
  /** The entry to run instead of the sources, such as ['dist/main.js']. */
  readonly entry?: readonly string[]
  /** A command that wraps the program, such as ['strace', '-f']. */
  readonly under?: readonly string[]
}

/** Starts the real program on a free port with a database of its own. `await using` ends it. */
export async function startApp({
  env = {},
  folder,
  entry = ['src/main.ts'],
  under = [],
}: AppOptions = {}): Promise<RunningApp> {
  const home = folder ?? mkdtempSync(join(tmpdir(), 'taskapp-'))
  const databaseUrl = env['DATABASE_URL'] ?? ownDatabase(home)
  const [command, ...args] = [...under, process.execPath, ...entry, 'serve']
  const child = spawn(command!, args, {
    cwd: root,
    env: { ...bareEnvironment(), PORT: '0', DATABASE_URL: databaseUrl, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log: LogLine[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  /** The last line of a program that is killed may be torn; no other may. */
  let torn: string | undefined
  createInterface(child.stdout).on('line', (line) => {
    assert.equal(torn, undefined)
    try {
      log.push(JSON.parse(line))
    } catch {
      torn = line
    }
    for (const look of waiting) look()
  })
  const exited = once(child, 'exit')
  void exited.then(([code]) => assert.ok(code === null || torn === undefined, String(torn)))

  const app: Omit<RunningApp, 'url'> = {
    process: child,
    folder: home,
    databaseUrl,
    log,
    errors: () => errors,
    logged(test) {
      return new Promise((resolve, reject) => {
        const hangs = setTimeout(
          () => reject(new Error(`no line of the log is so: ${test}`)),
          patience.waitMs,
        )
        const look = () => {
          const line = log.find(test)
          if (!line) return
          waiting.delete(look)
          clearTimeout(hangs)
          resolve(line)
        }
        waiting.add(look)
        look()
        void exited.then(([code, signal]) => {
          clearTimeout(hangs)
          reject(new Error(`the program ended (${code ?? signal}): ${errors}`))
        })
      })
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code] = await exited
      // Windows has no signals that a program can handle: each ends it at once.
      return process.platform === 'win32' && signal !== 'SIGKILL' ? 0 : code
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await app.stop('SIGTERM')
      // Windows releases a process's files a moment after it exits.
      if (!folder) rmSync(home, { recursive: true, force: true, maxRetries: 10 })
    },
  }
  const { url } = await app.logged((line) => line.msg === 'listening')
  return { ...app, url: String(url) }
}

/** In the folder, or in the PostgreSQL at TEST_POSTGRES_PORT, for tests of the API that are run on that as well. */
function ownDatabase(folder: string): string {
  const port = process.env['TEST_POSTGRES_PORT']
  return port === undefined ? `sqlite:///${folder}/tasks.db` : databaseOf(Number(port), folder)
}

/** Runs a command of the program to its end. */
export async function runCommand(
  args: readonly string[],
  { env = {}, under = [] }: Pick<AppOptions, 'env' | 'under'> = {},
) {
  const [command, ...rest] = [...under, process.execPath, 'src/main.ts', ...args]
  const child = spawn(command!, rest, {
    cwd: root,
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [code] = await once(child, 'close')
  return { code: code as number | null, out, err }
}

/** The environment without settings of ours that the developer may have, but with what the runner of the tests has set. */
function bareEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', NODE_V8_COVERAGE, NODE_COMPILE_CACHE } = process.env
  return {
    PATH,
    HOME,
    ...(NODE_V8_COVERAGE && { NODE_V8_COVERAGE }),
    ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
  }
}
