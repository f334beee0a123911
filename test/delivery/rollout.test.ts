/** What Azure Container Apps does with the backend: two revisions side by side at a deployment, and none when idle. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  ask,
  buildImages,
  docker,
  healthy,
  inspect,
  remove,
  skip,
  uniqueName,
  until,
} from '../containers/engine.ts'

const name = uniqueName()
const containers: string[] = []

suite('The backend image with its journal on a volume', { skip }, () => {
  before(() => buildImages({ backend: name }))
  after(async () => {
    await remove({ containers, images: [name] })
    await docker(['volume', 'rm', '--force', name])
  })

  test('is rolled out under load, sleeps and wakes, with every acknowledged task', async () => {
    let current = await startReplica()
    const acknowledged: string[] = []
    let running = true
    let count = 0
    const clients = Array.from({ length: 4 }, async () => {
      while (running) {
        const title = `task ${++count}`
        const answer = await post(current.url, title)
        if (answer?.status === 201) acknowledged.push(title)
        else assert.ok(answer === undefined || answer.status === 503, `status ${answer?.status}`)
      }
    })
    const more = async () => {
      const target = acknowledged.length + 50
      await until('more is acknowledged', () => acknowledged.length >= target)
    }
    for (let revision = 0; revision < 3; revision++) {
      await more()
      const old = current
      const next = await startReplica()
      assert.equal((await ask(old.url, '/healthz')).status, 200)
      assert.equal((await ask(old.url, '/tasks?limit=1')).status, 200)
      current = next
      await more()
      await endReplica(old.id)
    }
    running = false
    await Promise.all(clients)

    // Without requests the last replica stops, too.
    await endReplica(current.id)
    const woken = await startReplica()
    const kept = new Set<string>()
    for (let after = 0; ; ) {
      const { text, headers } = await ask(woken.url, `/tasks?after=${after}`)
      const tasks: { id: number; title: string }[] = JSON.parse(text)
      for (const { id, title } of tasks) {
        kept.add(title)
        after = id
      }
      if (!headers['link']) break
    }
    assert.deepEqual(
      acknowledged.filter((title) => !kept.has(title)),
      [],
    )
    await endReplica(woken.id)
    const verified = await docker([
      'run',
      '--rm',
      '--volume',
      `${name}:/data`,
      name,
      '/app/main.js',
      'verify',
      '/data',
    ])
    assert.match(verified, /the history: whole/)
  })
})

/** Configured as in azure/main.json, and ready. */
async function startReplica(): Promise<{ id: string; url: string }> {
  const id = `${name}-${containers.length}`
  containers.push(id)
  const env = ['DATABASE_URL=sqlite:////tmp/tasks.db', 'DURABLE_DIR=/data', 'SHUTDOWN_SECONDS=25']
  await docker([
    ...['run', '--detach', '--name', id, '--volume', `${name}:/data`, '--publish', '127.0.0.1::8000'],
    ...['--read-only', '--tmpfs', '/tmp', ...env.flatMap((one) => ['--env', one]), name],
  ])
  await healthy(id)
  const url = `http://${await docker(['port', id, '8000/tcp'])}`
  await until('it is ready', async () => (await ask(url, '/readyz')).status === 200)
  return { id, url }
}

async function endReplica(id: string) {
  await docker(['stop', '--timeout', '30', id])
  assert.equal((await inspect(id)).State.ExitCode, 0)
  await docker(['rm', id])
}

/** Undefined without a response. */
async function post(url: string, title: string) {
  try {
    const headers = { 'Content-Type': 'application/json' }
    return await ask(url, '/tasks', { method: 'POST', headers, body: JSON.stringify({ title }) })
  } catch {
    return undefined
  }
}
