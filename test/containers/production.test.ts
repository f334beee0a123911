import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
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

/** The settings in docs/settings.md that compose.yaml does not set by itself. */
const settings = {
  BACKUP_DIR: '/backups',
  BACKUP_EVERY_HOURS: '1',
  CORS_ORIGINS: 'https://example.org',
  METRICS_PORT: '9100',
  SHUTDOWN_SECONDS: '30',
}

describe('docker compose in production', { skip }, () => {
  const name = uniqueName()
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-production-'))
  let registry: Registry
  let project: Awaited<ReturnType<typeof openProject>>

  /** Pushes an image and removes it locally, so that Compose must pull it by its digest. */
  const publish = async (part: 'backend' | 'frontend') => {
    const tag = `${registry.host}/${name}-${part}:1`
    await buildImages({ [part]: tag })
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker(['push', tag]))?.[1]
    await docker(['image', 'rm', tag])
    return `${tag.replace(/:1$/, '')}@${digest}`
  }

  /** Runs an operator's commands in the project's folder. */
  const shell = async (commands: string) => {
    const env = { ...process.env, COMPOSE_PROJECT_NAME: project.name, PORT: new URL(project.origin).port }
    await promisify(execFile)('sh', ['-ec', commands], { cwd: folder, env })
  }

  before(async () => {
    registry = await openRegistry()
    // Compose finds the files as on a server: through COMPOSE_FILE in .env.
    const images = { BACKEND_IMAGE: await publish('backend'), FRONTEND_IMAGE: await publish('frontend') }
    for (const file of ['compose.yaml', 'compose.prod.yaml'])
      copyFileSync(join(root, file), join(folder, file))
    const lines = Object.entries({ COMPOSE_FILE: 'compose.yaml:compose.prod.yaml', ...images, ...settings })
    writeFileSync(join(folder, '.env'), lines.map(([key, value]) => `${key}=${value}\n`).join(''))
    project = await openProject([], { cwd: folder })
    await project.compose('up', '--detach', '--wait')
  })
  after(async () => {
    const used = project ? (await project.compose('config', '--images')).split('\n') : []
    await project?.remove()
    await remove({ images: used })
    await registry?.close()
    rmSync(folder, { recursive: true })
  })

  test('the running images are those that .env names by digest', async () => {
    assert.equal((await ask(project.origin, '/')).status, 200)
    assert.equal((await postTask(project.origin, 'In production')).status, 201)
    for (const container of [project.backend, project.frontend])
      assert.match((await inspect(container)).Config.Image, /@sha256:[0-9a-f]{64}$/)
  })

  test('settings in .env reach the backend, with a longer grace period', async () => {
    const { Config } = await inspect(project.backend)
    for (const [name, value] of Object.entries(settings))
      assert.ok(Config.Env.includes(`${name}=${value}`), name)
    assert.equal(Config.StopTimeout, 35)
    assert.equal((await ask(project.origin, '/api/metrics')).status, 404)
  })

  test('backups are made, copied to ./backups and restored as docs/operations.md says', async () => {
    const files = ['exec', project.backend, '/nodejs/bin/node', '-p', 'fs.readdirSync("/backups").join()']
    await until('a backup was made', async () => /tasks-000001-/.test(await docker(files)))
    const guide = readFileSync(join(root, 'docs/operations.md'), 'utf8')
    const block = (after: string) => /```sh\n([\s\S]*?)```/.exec(guide.slice(guide.indexOf(after)))![1]!
    await shell(block('**Back up**'))
    const copied = readdirSync(join(folder, 'backups'))
    assert.ok(copied.includes('before.db') && copied.some((name) => name.startsWith('tasks-000001-')))
    await postTask(project.origin, 'After the backup')
    await shell(block('**Restore**'))
    await answers(project)
    const { text } = await ask(project.origin, '/api/tasks')
    assert.match(text, /In production/)
    assert.doesNotMatch(text, /After the backup/)
  })

  test('memory, CPUs, processes and logs are limited', async () => {
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

  test('a backend that crashes is restarted and finds its data, and nginx carries on', async () => {
    const nginx = await startedAt(project.frontend)
    const crashed = await startedAt(project.backend)
    // After `docker kill`, which counts as the operator's intent, nothing is restarted.
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
