import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ask,
  docker,
  freePort,
  healthy,
  inspect,
  type RunOptions,
  root,
  skip,
  standIns,
  tryDocker,
  uniqueName,
  until,
} from './engine.ts'

/** A Compose project of its own, with its own names, network, volume and port. */
export interface Project {
  readonly name: string
  /** The page: http://127.0.0.1:PORT. */
  readonly origin: string
  readonly backend: string
  readonly frontend: string
  /** An override file with replacements for base images, if there are any. */
  readonly over: string | undefined
  compose(...args: string[]): Promise<string>
  /** Removes everything: containers, networks, volumes and the images that were built for it. */
  remove(): Promise<void>
}

export interface ProjectOptions extends RunOptions {
  /** Of an existing project. */
  readonly name?: string
}

/** Without `files`, those that Compose finds by itself. */
export async function openProject(
  files: readonly string[],
  { cwd, env = {}, name = uniqueName() }: ProjectOptions = {},
): Promise<Project> {
  const port = env['PORT'] ?? String(skip ? 0 : await freePort())
  const settings: Record<string, string> = { COMPOSE_PROJECT_NAME: name, PORT: port, ...env }
  const options = { ...(cwd && { cwd }), env: settings }
  const named = files.flatMap((file) => ['--file', file])
  const over = skip ? undefined : await standInsOver(named, options)
  if (over && files.length > 0) named.push('--file', over.file)
  else if (over) settings['COMPOSE_FILE'] = `compose.yaml:compose.override.yaml:${over.file}`
  return {
    name,
    origin: `http://127.0.0.1:${port}`,
    backend: `${name}-backend-1`,
    frontend: `${name}-frontend-1`,
    over: over?.file,
    compose: (...args) => docker(['compose', ...named, ...args], options),
    async remove() {
      await tryDocker(['compose', ...named, 'down', '--volumes', '--rmi', 'local', '--timeout', '5'], options)
      over?.remove()
    },
  }
}

/** An override file for Compose with replacements for base images (engine.ts), if there are any. */
async function standInsOver(named: readonly string[], options: RunOptions) {
  if (standIns.size === 0) return undefined
  const config = JSON.parse(await docker(['compose', ...named, 'config', '--format', 'json'], options))
  const contexts = Object.fromEntries(Array.from(standIns, ([base, tag]) => [base, `docker-image://${tag}`]))
  const services: Record<string, object> = {}
  for (const [service, { build, image }] of Object.entries<{ build?: object; image?: string }>(
    config.services,
  )) {
    if (build) services[service] = { build: { additional_contexts: contexts } }
    else if (standIns.has(image!)) services[service] = { image: standIns.get(image!) }
  }
  if (Object.keys(services).length === 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-compose-'))
  const file = join(folder, 'compose.json')
  writeFileSync(file, JSON.stringify({ services }))
  return { file, remove: () => rmSync(folder, { recursive: true }) }
}

/** Resolves when the API responds through the frontend. */
export function answers({ origin }: Pick<Project, 'origin'>) {
  return until(
    'the API answers through nginx',
    async () => (await ask(origin, '/api/healthz')).status === 200,
  )
}

/** Changes with each start of the container. */
export async function startedAt(container: string): Promise<string> {
  const { Id, State } = await inspect(container)
  return `${Id} ${State.StartedAt}`
}

/** The lines a container has logged to standard output. */
export async function logLines(container: string): Promise<string[]> {
  return (await docker(['logs', container])).split('\n')
}

/**
 * The lines of a container, once it has logged the request with this id, and thus all earlier ones: a response is sent
 * before its line is written, and the engine collects lines with a delay.
 */
export async function logLinesWith(container: string, id: string): Promise<string[]> {
  return await until(`${container} logs the request ${id}`, async () => {
    const lines = await logLines(container)
    return lines.some((line) => line.includes(`"id":"${id}"`)) && lines
  })
}

export { healthy }

// `node test/containers/compose.ts up --build` is `docker compose up --build` without a registry.
if (import.meta.main) {
  const over = await standInsOver([], {})
  const files = ['compose.yaml', 'compose.override.yaml', ...(over ? [over.file] : [])]
  const args = files.flatMap((file) => ['--file', file]).concat(process.argv.slice(2))
  const { status } = spawnSync('docker', ['compose', ...args], { cwd: root, stdio: 'inherit' })
  over?.remove()
  process.exitCode = status ?? 1
}
