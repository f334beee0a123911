import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { logLines, openProject } from './compose.ts'
import { ask, docker, freePort, inspect, postTask, root, skip, tryDocker, until } from './engine.ts'

/** What a checkout has and development in containers needs. */
const parts = [
  ...['compose.yaml', 'compose.override.yaml', 'Dockerfile.backend', 'Dockerfile.backend.dockerignore'],
  ...[
    'Dockerfile.frontend',
    'Dockerfile.frontend.dockerignore',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ],
  ...['src', 'scripts', 'web', 'nginx'],
]

describe('docker compose in development', { skip }, () => {
  const checkout = mkdtempSync(join(tmpdir(), 'taskapp-checkout-'))
  let api = ''
  let project: Awaited<ReturnType<typeof openProject>>

  before(async () => {
    for (const part of parts) cpSync(join(root, part), join(checkout, part), { recursive: true })
    const port = await freePort()
    api = `http://127.0.0.1:${port}`
    project = await openProject([], { cwd: checkout, env: { BACKEND_PORT: String(port) } })
    await project.compose('up', '--detach', '--wait', '--build')
  })
  after(async () => {
    await project?.remove()
    await tryDocker(['image', 'rm', `${project?.name}-backend:dev`])
    rmSync(checkout, { recursive: true })
  })

  test('the page, the API behind it and the API by itself answer', async () => {
    assert.equal((await ask(project.origin, '/')).status, 200)
    assert.equal((await postTask(project.origin, 'While developing')).status, 201)
    assert.match((await ask(api, '/tasks')).text, /While developing/)
  })

  test('the backend is restarted when its source changes', async () => {
    const starts = async () =>
      (await logLines(project.backend)).filter((line) => line.includes('"msg":"listening"')).length
    const before = await until('the first start is in the log', starts)
    appendFileSync(join(checkout, 'src/main.ts'), '// changed\n')
    await until('the backend listens again', async () => (await starts()) > before)
    await until('it answers', async () => (await ask(api, '/healthz')).status === 200)
  })

  test('the backend is as locked down as the shipped one', async () => {
    const { Config, HostConfig } = await inspect(project.backend)
    assert.equal(Config.User, '65532:65532')
    assert.equal(HostConfig.ReadonlyRootfs, true)
    assert.deepEqual(HostConfig.CapDrop, ['ALL'])
  })

  test('the shipped image works on the data of the development image', async () => {
    await docker(['compose', '--file', 'compose.yaml', 'build', 'backend'], {
      cwd: root,
      env: { COMPOSE_PROJECT_NAME: project.name },
    })
    await docker(['compose', '--file', 'compose.yaml', 'up', '--detach', '--wait'], {
      cwd: root,
      env: { COMPOSE_PROJECT_NAME: project.name, PORT: new URL(project.origin).port },
    })
    assert.match((await ask(project.origin, '/api/tasks')).text, /While developing/)
  })
})
