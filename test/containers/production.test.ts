import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { answers, openProject, startedAt } from './compose.ts'
import {
  ask,
  baseImage,
  buildImages,
  docker,
  inspect,
  postTask,
  remove,
  root,
  skip,
  tryDocker,
  uniqueName,
  until,
} from './engine.ts'
import { openRegistry, type Registry } from './registry.ts'

describe('docker compose in production', { skip }, () => {
  const name = uniqueName()
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-production-'))
  const env = join(folder, '.env')
  let registry: Registry
  let project: Awaited<ReturnType<typeof openProject>>

  /** Pushes an image and forgets it here, so that Compose must pull it by its digest. */
  const publish = async (part: 'backend' | 'frontend') => {
    const tag = `${registry.host}/${name}-${part}:1`
    await buildImages({ [part]: tag })
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker(['push', tag]))?.[1]
    await docker(['image', 'rm', tag])
    return `${tag.replace(/:1$/, '')}@${digest}`
  }

  before(async () => {
    registry = await openRegistry()
    // Compose finds the files as on a server: through COMPOSE_FILE in .env.
    const images = { BACKEND_IMAGE: await publish('backend'), FRONTEND_IMAGE: await publish('frontend') }
    const lines = Object.entries({ COMPOSE_FILE: 'compose.yaml:compose.prod.yaml', ...images })
    writeFileSync(env, lines.map(([key, value]) => `${key}=${value}\n`).join(''))
    project = await openProject([], { env: { COMPOSE_ENV_FILES: env } })
    await project.compose('up', '--detach', '--wait')
  })
  after(async () => {
    const used = project ? (await project.compose('config', '--images')).split('\n') : []
    await project?.remove()
    await remove({ images: used })
    await registry?.close()
    rmSync(folder, { recursive: true })
  })

  test('what runs is what .env names by digest', async () => {
    assert.equal((await ask(project.origin, '/')).status, 200)
    assert.equal((await postTask(project.origin, 'In production')).status, 201)
    for (const container of [project.backend, project.frontend])
      assert.match((await inspect(container)).Config.Image, /@sha256:[0-9a-f]{64}$/)
  })

  test('memory, processors, processes and logs have limits', async () => {
    for (const container of [project.backend, project.frontend]) {
      const { HostConfig } = await inspect(container)
      assert.ok(HostConfig.Memory > 0)
      assert.ok(HostConfig.NanoCpus > 0)
      assert.equal(HostConfig.PidsLimit, 100)
      assert.equal(HostConfig.ReadonlyRootfs, true)
      assert.deepEqual(HostConfig.LogConfig, {
        Type: 'json-file',
        Config: { 'max-file': '5', 'max-size': '10m' },
      })
    }
  })

  test('a backend that crashes is started again and finds its data, and nginx goes on', async () => {
    const nginx = await startedAt(project.frontend)
    const crashed = await startedAt(project.backend)
    // `docker kill` would count as a wish of the operator: nothing is restarted after that.
    const { State } = await inspect(project.backend)
    await docker([
      ...['run', '--rm', '--pid', 'host', '--privileged', '--user', '0', await baseImage('node:')],
      ...['node', '--eval', `process.kill(${State.Pid}, 'SIGKILL')`],
    ])
    await until('the backend was started again', async () => (await startedAt(project.backend)) !== crashed)
    await answers(project)
    assert.match((await ask(project.origin, '/api/tasks')).text, /In production/)
    assert.equal(await startedAt(project.frontend), nginx)
  })

  test('without images in .env Compose says what is missing', async () => {
    const { failed, out } = await tryDocker(
      ['compose', '--file', 'compose.yaml', '--file', 'compose.prod.yaml', 'config', '--quiet'],
      { cwd: root, env: { BACKEND_IMAGE: '', FRONTEND_IMAGE: '' } },
    )
    assert.ok(failed)
    assert.match(out, /(BACK|FRONT)END_IMAGE.*set it in \.env/)
  })
})
