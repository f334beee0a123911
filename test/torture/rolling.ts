import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import {
  ask,
  buildImages,
  docker,
  errorsOf,
  freePort,
  healthy,
  remove,
  tryDocker,
  uniqueName,
  until,
} from '../containers/engine.ts'

export interface RollingFigures {
  readonly restarts: number
  readonly reads: number
  readonly writes: number
  readonly failed: number
}

const clients = 4

/**
 * Restarts the backend behind nginx under load, as docs/operations.md says: a second one starts on the same volume with
 * the same name, and the first stops once nginx uses the second. Every response other than 2xx is a failure.
 */
export async function roll(
  restarts: number,
  say: (text: string) => void = () => {},
): Promise<RollingFigures> {
  const name = uniqueName()
  const [backend, frontend] = [`${name}-backend`, `${name}-frontend`]
  const containers = [frontend]
  try {
    await docker(['network', 'create', name])
    await buildImages({ backend, frontend })
    let current = await startBackend(0)
    const port = await freePort()
    await docker([
      ...['run', '--detach', '--name', frontend, '--network', name, '--publish', `127.0.0.1:${port}:8080`],
      ...['--env', 'BACKEND_URL=http://backend:8000', '--read-only', '--tmpfs', '/tmp', frontend],
    ])
    const origin = `http://127.0.0.1:${port}`
    await until('nginx answers', async () => (await ask(origin, '/api/readyz')).status === 200)

    const load = startLoad(origin)
    for (let restart = 1; restart <= restarts; restart++) {
      const next = await startBackend(restart)
      await until('the new one is asked', async () =>
        (await docker(['logs', next])).split('\n').some((line) => line.includes('"/tasks')),
      )
      await load.more()
      await docker(['stop', '--timeout', '30', current])
      await docker(['rm', current])
      current = next
      await load.more()
      say(`${restart} restarts, ${load.failures.length} failed`)
    }
    const { created, reads, writes } = await load.stop()
    const found: string[] = []
    for (let after = 0, more = true; more; ) {
      const { text, headers } = await ask(origin, `/api/tasks?after=${after}`)
      for (const { id, title } of JSON.parse(text) as { id: number; title: string }[]) {
        found.push(title)
        after = id
      }
      more = headers['link'] !== undefined
    }
    assert.deepEqual(found.sort(), created.sort())
    for (const failure of load.failures) say(failure)
    if (load.failures.length > 0) say(await errorsOf(frontend))
    return { restarts, reads, writes, failed: load.failures.length }
  } finally {
    await remove({ containers, networks: [name], images: [backend, frontend] })
    await tryDocker(['volume', 'rm', '--force', name])
  }

  async function startBackend(number: number): Promise<string> {
    const id = `${backend}-${number}`
    containers.push(id)
    await docker([
      ...['run', '--detach', '--name', id, '--network', name, '--network-alias', 'backend'],
      ...['--volume', `${name}:/data`, '--read-only', '--tmpfs', '/tmp', backend],
    ])
    await healthy(id)
    return id
  }
}

function startLoad(origin: string) {
  const failures: string[] = []
  const created: string[] = []
  const counts = { reads: 0, writes: 0 }
  let running = true
  const all = Array.from({ length: clients }, async (_, client) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const headers = { 'Content-Type': 'application/json' }
    for (let turn = 0; running; turn++) {
      const title = `task ${client}.${turn}`
      const made = await request('POST', '/api/tasks', { headers, body: JSON.stringify({ title }) })
      if (made === undefined) continue
      created.push(title)
      await request('PATCH', `/api/tasks/${JSON.parse(made).id}`, {})
      await request('GET', '/api/tasks?limit=5', {})
    }
    agent.destroy()

    async function request(method: string, path: string, more: object): Promise<string | undefined> {
      counts[method === 'GET' ? 'reads' : 'writes']++
      try {
        const { status, text } = await ask(origin, path, { method, agent, ...more })
        if (status < 300) return text
        failures.push(`${method} ${path}: ${status} ${text}`)
      } catch (error) {
        failures.push(`${method} ${path}: ${error}`)
      }
      return undefined
    }
  })
  return {
    failures,
    async more() {
      const goal = counts.writes + 200
      await until('more is done', () => counts.writes >= goal)
    },
    async stop() {
      running = false
      await Promise.all(all)
      return { created, ...counts }
    },
  }
}
