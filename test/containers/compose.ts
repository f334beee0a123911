import {
  ask,
  docker,
  freePort,
  healthy,
  inspect,
  type RunOptions,
  skip,
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
  compose(...args: string[]): Promise<string>
  /** Takes everything away: containers, networks, volumes and the images that were built for it. */
  remove(): Promise<void>
}

export async function openProject(
  files: readonly string[],
  { cwd, env = {} }: RunOptions = {},
): Promise<Project> {
  const name = uniqueName()
  const port = skip ? 0 : await freePort()
  const options = { ...(cwd && { cwd }), env: { COMPOSE_PROJECT_NAME: name, PORT: String(port), ...env } }
  const named = files.flatMap((file) => ['--file', file])
  return {
    name,
    origin: `http://127.0.0.1:${port}`,
    backend: `${name}-backend-1`,
    frontend: `${name}-frontend-1`,
    compose: (...args) => docker(['compose', ...named, ...args], options),
    async remove() {
      await tryDocker(['compose', ...named, 'down', '--volumes', '--rmi', 'local', '--timeout', '5'], options)
    },
  }
}

/** Resolves when the API answers through the frontend. */
export function answers({ origin }: Pick<Project, 'origin'>) {
  return until(
    'the API answers through nginx',
    async () => (await ask(origin, '/api/healthz')).status === 200,
  )
}

/** What changes when a container was started anew. */
export async function startedAt(container: string): Promise<string> {
  const { Id, State } = await inspect(container)
  return `${Id} ${State.StartedAt}`
}

/** The lines a container has logged to standard output. */
export async function logLines(container: string): Promise<string[]> {
  return (await docker(['logs', container])).split('\n')
}

/**
 * The lines of a container that has logged the request with this id, and thus all before it: an answer is sent
 * before its line is written, and the engine takes lines up with a delay.
 */
export async function logLinesWith(container: string, id: string): Promise<string[]> {
  return await until(`${container} logs the request ${id}`, async () => {
    const lines = await logLines(container)
    return lines.some((line) => line.includes(`"id":"${id}"`)) && lines
  })
}

export { healthy }
