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

/** Why the container tests cannot run here, if so; with CI set that is an error. */
export const skip = missing()

function missing(): string | false {
  const { status } = spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' })
  if (status === 0 && spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0) return false
  const reason = 'no Docker engine with Compose runs here'
  if (nothingLeftOut) throw new Error(`Cannot run the container tests: ${reason}`)
  return reason
}

/** A name that nothing else on this machine has. */
export function uniqueName(): string {
  return `taskapp-test-${randomBytes(4).toString('hex')}`
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs docker and resolves with its standard output; rejects with all its output. */
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

/** What a container has written to its standard error. */
export function errorsOf(container: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, timeout: patience.testMs }
    execFile('docker', ['logs', container], options, (error, _, stderr) =>
      error ? reject(error) : resolve(stderr.trim()),
    )
  })
}

/** The output of `docker inspect` for one container, image or volume. */
export async function inspect(name: string) {
  return JSON.parse(await docker(['inspect', name]))[0]
}

/** Removes containers with their anonymous volumes, networks and images by name, if they exist. */
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

/** The images of docker-bake.hcl. */
export type Image = 'app' | 'backend' | 'postgres' | 'frontend'

/** Images that exist already, so that CI tests what it has published: TEST_IMAGES, as JSON. */
const built: Readonly<Partial<Record<Image, string>>> = JSON.parse(process.env['TEST_IMAGES'] || '{}')

/** Images for this machine's platform, each under its tag: from TEST_IMAGES, or else built in parallel. */
export async function buildImages(tags: Readonly<Partial<Record<Image, string>>>, options: RunOptions = {}) {
  const wanted = new Map(Object.entries(tags) as [Image, string][])
  for (const [image, tag] of wanted) {
    const reference = built[image]
    if (reference === undefined) continue
    if ((await tryDocker(['image', 'inspect', reference])).failed)
      await docker(['pull', '--quiet', reference])
    await docker(['tag', reference, tag])
    wanted.delete(image)
  }
  if (wanted.size === 0) return
  const set = Array.from(wanted, ([image, tag]) => `${image}.tags=${tag}`)
  for (const [base, standIn] of standIns) set.push(`*.contexts.${base}=docker-image://${standIn}`)
  const args = ['buildx', 'bake', '--file', 'docker-bake.hcl', '--progress', 'plain', '--load']
  for (const value of ['*.platform=', ...set]) args.push('--set', value)
  await docker([...args, ...wanted.keys()], options)
}

/** The base images of these files, as they name them: NAME:TAG@sha256:DIGEST. */
export function basesOf(...files: readonly string[]): string[] {
  const text = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n')
  const found = text.matchAll(/^(?:FROM (?:--platform=\S+ )?|\s+image: )(\S+:\S+@sha256:[0-9a-f]{64})/gm)
  return [...new Set(Array.from(found, ([, base]) => base!))]
}

const bases = basesOf('Dockerfile.backend', 'Dockerfile.frontend', 'compose.postgres.yaml')

/**
 * Without a registry, a local image with only the tag replaces a base image. A pulled one has a digest, and
 * replaces nothing.
 */
export const standIns: ReadonlyMap<string, string> = new Map(
  skip ? [] : bases.filter((base) => madeHere(tagOf(base))).map((base) => [base, tagOf(base)]),
)

function tagOf(base: string): string {
  return base.replace(/@.*/, '')
}

function madeHere(tag: string): boolean {
  const format = ['--format', '{{len .RepoDigests}}']
  const { stdout } = spawnSync('docker', ['image', 'inspect', ...format, tag], { encoding: 'utf8' })
  return stdout.trim() === '0'
}

/** The base image whose name begins like this, present in this engine. */
export async function baseImage(name: string): Promise<string> {
  const base = bases.find((image) => image.startsWith(name))
  if (base === undefined) throw new Error(`No Dockerfile is based on ${name}`)
  const standIn = standIns.get(base)
  if (standIn === undefined) await docker(['pull', '--quiet', base])
  return standIn ?? base
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
  /** Without one each request has its own connection. */
  readonly agent?: Agent
}

/** A request whose path is sent verbatim. */
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
