import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** A folder that is there until this process ends. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-failure-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

export interface Service {
  readonly url: string
  /** Sends a signal, and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** Starts a program that prints where it listens, under `under`, and resolves when it does. */
export async function start(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  under: readonly string[] = [],
) {
  const [command, ...rest] = [...under, process.execPath, ...args]
  const child: ChildProcess = spawn(command!, rest, {
    cwd: root,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    said += chunk
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
    if (url === undefined) continue
    child.stdout!.resume()
    return {
      url,
      async end(signal: NodeJS.Signals) {
        child.kill(signal)
        await exited
      },
    } satisfies Service
  }
  throw new Error(`${args.join(' ')} ended: ${said}`)
}

/** The service of this repository. */
export const startTaskapp = (file: string, env: NodeJS.ProcessEnv = {}, under: readonly string[] = []) =>
  start(['src/main.ts', 'serve'], { DATABASE_URL: `sqlite:///${file}`, ...env }, under)

export async function post(url: string, title: string): Promise<number> {
  const { status } = await fetch(`${url}/tasks`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ title }),
  })
  return status
}
