import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { healthy, logLines } from './compose.ts'
import { ask, docker, inspect, postTask, skip, until } from './engine.ts'
import { files, openReplicas, password, type Replicas } from './replicas.ts'

describe('docker compose with PostgreSQL in production', { skip }, () => {
  let project: Replicas
  let origin: string
  let compose: Replicas['compose']
  let backends: readonly string[]
  before(async () => {
    project = await openReplicas(2)
    ;({ origin, compose, backends } = project)
    await compose('up', '--detach', '--wait')
  })
  after(() => project?.remove())

  const titles = async (): Promise<string[]> =>
    JSON.parse((await ask(origin, '/api/tasks')).text).map(({ title }: { title: string }) => title)
  const asked = async (backend: string) =>
    (await logLines(backend)).filter((line) => line.includes('"path":"/tasks"')).length
  /** Each of these backends gets requests, and every response is good. */
  const allAsked = async (some: readonly string[]) => {
    for (const backend of some) {
      const before = await asked(backend)
      await until(`${backend} is asked`, async () => {
        assert.equal((await ask(origin, '/api/tasks')).status, 200)
        return (await asked(backend)) > before
      })
    }
  }

  test('both backends serve the same tasks', async () => {
    assert.equal((await postTask(origin, 'Shared')).status, 201)
    await allAsked(backends)
    for (let count = 0; count < 10; count++) assert.deepEqual(await titles(), ['Shared'])
    assert.equal((await ask(origin, '/api/readyz')).text, '{"status":"ok"}')
  })

  test('a killed one causes a short outage at most, and gets requests again when it is back', async () => {
    const [first, second] = backends as [string, string]
    await docker(['kill', second])
    // Until nginx resolves the name again, it may try an address that does not respond.
    let good = 0
    await until('twenty answers in a row are good', async () => {
      const { status, headers } = await ask(origin, '/api/tasks')
      good = status === 200 ? good + 1 : 0
      assert.ok(status === 200 || headers['retry-after'])
      return good === 20
    })
    assert.equal((await postTask(origin, 'Alone')).status, 201)
    await docker(['start', second])
    await healthy(second)
    await allAsked([first, second])
    assert.deepEqual(await titles(), ['Shared', 'Alone'])
  })

  test('no backend has the password in its environment, nor a volume', async () => {
    for (const backend of backends) {
      const container = await inspect(backend)
      assert.doesNotMatch(JSON.stringify(container), new RegExp(password))
      assert.deepEqual(
        container.Mounts.map(({ Type }: { Type: string }) => Type),
        ['bind'],
      )
    }
  })

  test('the database runs unprivileged, and only the backends can reach it', async () => {
    const { Config, HostConfig, NetworkSettings } = await inspect(project.database)
    assert.equal(Config.User, 'postgres')
    assert.deepEqual(HostConfig.CapDrop, ['ALL'])
    const network = `${project.name}_database`
    assert.deepEqual(Object.keys(NetworkSettings.Networks), [network])
    const { Internal, Containers } = await inspect(network)
    assert.equal(Internal, true)
    assert.deepEqual(
      Object.values<{ Name: string }>(Containers)
        .map(({ Name }) => Name)
        .sort(),
      [...backends, project.database],
    )
  })

  test('docker compose down keeps the tasks', async () => {
    await compose('down')
    await compose('up', '--detach', '--wait')
    assert.deepEqual(await titles(), ['Shared', 'Alone'])
  })

  test('without image settings Compose builds the one with the driver, and mounts nothing over it', async () => {
    const two = files.slice(0, 2).flatMap((file) => ['--file', file])
    const { services } = JSON.parse(
      await docker(['compose', ...two, 'config', '--format', 'json'], {
        env: { POSTGRES_PASSWORD: password, LOG_LEVEL: 'warn' },
      }),
    )
    assert.equal(services.backend.build.target, 'postgres')
    assert.equal(services.backend.volumes, undefined)
    assert.equal(services.backend.environment.LOG_LEVEL, 'warn')
  })
})
