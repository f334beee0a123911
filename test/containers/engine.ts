import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { nothingLeftOut } from '../helpers/needs.ts'
import { patience, until } from '../helpers/until.ts'

export { until }

export const root = join(import.meta.dirname, '../..')

/** Why the container tests cannot run here, if they cannot; where CI is set that is an error. */
export const skip = missing()

function missing(): string | false {
  const { status } = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' })
  if (status === 0 && spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0) return false
  const reason = 'no Docker engine with Compose runs here'
  if (nothingLeftOut) throw new Error(`Cannot run the container tests: ${reason}`)
  return reason
}

/** A name that nothing else on this machine bears. */
export function uniqueName(): string {
  return `taskapp-test-${randomBytes(4).toString('hex')}`
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs docker and resolves with its standard output; rejects with all it wrote. */
export function docker(args: readonly string[], { cwd = root, env = {} }: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'docker',
      args,
      { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, timeout: patience.testMs },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`docker ${args.join(' ')}\n${stdout}${stderr}`))
        else resolve(stdout.trim())
      },
    )
  })
}

/** Like `docker`, for a command that may fail; both streams together. */
export async function tryDocker(
  args: readonly string[],
  options?: RunOptions,
): Promise<{ failed: boolean; out: string }> {
  try {
    return { failed: false, out: await docker(args, options) }
  } catch (error) {
    return { failed: true, out: (error as Error).message }
  }
}

/** What `docker inspect` tells of one container, image or volume. */
export async function inspect(name: string) {
  return JSON.parse(await docker(['inspect', name]))[0]
}

/** Removes containers with their anonymous volumes, networks and images by name, as far as they exist. */
export async function remove({
  containers = [],
  networks = [],
  images = [],
}: {
  readonly containers?: readonly string[]
  readonly networks?: readonly string[]
  readonly images?: readonly string[]
}) {
  for (const name of containers) await tryDocker(['rm', '--force', '--volumes', name])
  for (const name of networks) await tryDocker(['network', 'rm', name])
  for (const name of images) await tryDocker(['image', 'rm', '--force', name])
}

export async function buildImage(part: 'backend' | 'frontend', tag: string, target = '') {
  const args = ['--progress', 'plain', '--file', `Dockerfile.${part}`, '--target', target, '--tag', tag]
  await docker(['build', ...args, '.'])
}

/** The value of an ARG at the top of a Dockerfile. */
export function argument(dockerfile: string, name: string): string {
  const text = readFileSync(join(root, dockerfile), 'utf8')
  const value = new RegExp(`^ARG ${name}=(.+)$`, 'm').exec(text)?.[1]
  if (value === undefined) throw new Error(`${dockerfile} has no ARG ${name}`)
  return value
}

export function healthy(container: string) {
  return until(`${container} is healthy`, async () => {
    const { State } = await inspect(container)
    if (!State.Running) throw new Error(`${container} ended with ${State.ExitCode}`)
    return State.Health.Status === 'healthy'
  })
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  /** Without one each request has a connection of its own. */
  readonly agent?: Agent
}

/** A request whose path is sent exactly as written. */
export function ask(
  origin: string,
  path: string,
  { method = 'GET', headers = {}, body, agent }: AskOptions = {},
): Promise<Answer> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const req = request({ hostname, port, path, method, headers, agent: agent ?? false }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk) => {
        text += chunk
      })
      res.on('end', () => resolve({ status: res.statusCode!, headers: res.headers, text }))
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end(body)
  })
}

export function postTask(origin: string, title: string): Promise<Answer> {
  return ask(origin, '/api/tasks', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title }),
  })
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
