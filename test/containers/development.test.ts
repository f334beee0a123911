import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { assertExample } from '../helpers/readme.ts'
import { logLines, openProject, type Project, startedAt } from './compose.ts'
import { ask, freePort, healthy, inspect, postTask, root, skip, tryDocker, until } from './engine.ts'

/** The files of a checkout that development in containers needs. */
const parts = [
  ...['compose.yaml', 'compose.override.yaml', 'Dockerfile.backend', 'Dockerfile.backend.dockerignore'],
  ...['Dockerfile.frontend', 'Dockerfile.frontend.dockerignore', 'package.json', 'package-lock.json'],
  ...['src', 'scripts/build.ts', 'web', 'nginx'],
]

describe('docker compose in development', { skip }, () => {
  const checkout = mkdtempSync(join(tmpdir(), 'taskapp-checkout-'))
  let api = ''
  let project: Project
  const file = (path: string) => join(checkout, path)
  /** A file of the page, under the hashed name that the document has for it, if any. */
  const served = async (name: string): Promise<string> => {
    const document = (await ask(project.origin, '/')).text
    const [file] = new RegExp(name.replace('.', '-\\w+\\.')).exec(document) ?? [name]
    return (await ask(project.origin, `/${file}`)).text
  }

  before(async () => {
    for (const part of parts) cpSync(join(root, part), file(part), { recursive: true })
    rmSync(file('web/dist'), { recursive: true, force: true })
    const port = await freePort()
    api = `http://127.0.0.1:${port}`
    project = await openProject([], { cwd: checkout, env: { BACKEND_PORT: String(port) } })
    await project.compose('up', '--detach', '--wait', '--build')
  })
  after(async () => {
    await project?.remove()
    for (const part of ['backend', 'page']) await tryDocker(['image', 'rm', `${project?.name}-${part}:dev`])
    rmSync(checkout, { recursive: true })
  })

  test('the page, the API behind it and the API alone respond, as README shows', async () => {
    await assertExample(api)
    assert.equal((await ask(project.origin, '/')).status, 200)
    assert.equal((await postTask(project.origin, 'While developing')).status, 201)
    assert.match((await ask(api, '/tasks')).text, /While developing/)
  })

  test('the backend is restarted when its source changes', async () => {
    const starts = async () =>
      (await logLines(project.backend)).filter((line) => line.includes('"msg":"listening"')).length
    const before = await until('the first start is in the log', starts)
    appendFileSync(file('src/main.ts'), '// changed\n')
    await until('the backend listens again', async () => (await starts()) > before)
    await until('it answers', async () => (await ask(api, '/healthz')).status === 200)
  })

  test('the page is rebuilt when any of its files changes, and no container is replaced', async () => {
    const before = await startedAt(project.frontend)
    for (const [changed, text, name] of [
      ['web/src/main.ts', 'console.log("changed script")\n', 'main.js'],
      ['web/styles/base.css', '.changed-style { color: red }\n', 'page.css'],
      ['web/service-worker/service-worker.ts', 'console.log("changed worker")\n', 'service-worker.js'],
      ['web/public/robots.txt', '# changed text\n', 'robots.txt'],
    ] as const) {
      appendFileSync(file(changed), text)
      const mark = /changed[ -]\w+/.exec(text)![0]
      await until(`${changed} is served`, async () => (await served(name)).includes(mark))
    }
    writeFileSync(file('web/public/new.txt'), 'new')
    await until('a new file is served', async () => (await ask(project.origin, '/new.txt')).text === 'new')
    rmSync(file('web/public/new.txt'))
    await until('and gone again', async () => (await ask(project.origin, '/new.txt')).status === 404)
    assert.equal(await startedAt(project.frontend), before)
  })

  test('compile errors of the page are logged, and the last good build stays', async () => {
    const page = `${project.name}-page-1`
    const script = await served('main.js')
    writeFileSync(file('web/src/wrong.ts'), 'export const wrong: number = "text"\n')
    await until('the log has the error', async () =>
      (await logLines(page)).some((line) => /wrong\.ts.*error TS/.test(line)),
    )
    assert.equal(await served('main.js'), script)
    rmSync(file('web/src/wrong.ts'))
    appendFileSync(file('web/src/main.ts'), 'console.log("good again")\n')
    await until('it is built again', async () => (await served('main.js')).includes('good again'))
  })

  test('backend and page are as locked down as in production', async () => {
    for (const container of [project.backend, `${project.name}-page-1`]) {
      const { Config, HostConfig } = await inspect(container)
      assert.equal(Config.User, '65532:65532')
      assert.equal(HostConfig.ReadonlyRootfs, true)
      assert.deepEqual(HostConfig.CapDrop, ['ALL'])
    }
  })

  test('the production images work on the data of the development images', async () => {
    const shipped = await openProject(['compose.yaml'], {
      cwd: root,
      name: project.name,
      env: { PORT: new URL(project.origin).port },
    })
    await shipped.compose('up', '--detach', '--wait', '--build', '--remove-orphans')
    await healthy(project.frontend)
    assert.match((await ask(project.origin, '/api/tasks')).text, /While developing/)
    assert.equal((await served('main.js')).includes('good again'), false)
  })
})
