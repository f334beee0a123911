/** The page and the API in one image. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { chromium, chromiumArgs, executablePath, needsChromium } from '../helpers/browser.ts'
import { assertFirstVersion } from '../helpers/first-version.ts'
import { assertExample } from '../helpers/readme.ts'
import { patience } from '../helpers/until.ts'
import { answers, openProject, type Project } from './compose.ts'
import {
  ask,
  buildImages,
  docker,
  freePort,
  healthy,
  inspect,
  postTask,
  remove,
  root,
  skip,
  tryDocker,
  uniqueName,
  until,
} from './engine.ts'

const name = uniqueName()
const volume = `${name}-tasks`

describe('the image of the whole application', { skip }, () => {
  let origin = ''
  before(() => buildImages({ app: name }))
  after(async () => {
    await remove({ containers: [name], images: [name] })
    await tryDocker(['volume', 'rm', '--force', volume, `${volume}-backups`])
  })

  /** Locked down: no capabilities, a read-only root. */
  const run = async (...options: string[]) => {
    await remove({ containers: [name] })
    const port = await freePort()
    origin = `http://127.0.0.1:${port}`
    const locked = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
    const publish = options.some((option) => option.startsWith('PORT=')) ? 80 : 8000
    await docker([
      ...['run', '--detach', '--name', name, ...locked, '--publish', `127.0.0.1:${port}:${publish}`],
      ...options,
      name,
    ])
    await healthy(name)
  }
  const titles = async (): Promise<string[]> =>
    JSON.parse((await ask(origin, '/api/tasks')).text).map(({ title }: { title: string }) => title)

  test('answers as README shows and as the first version did, under /api', async () => {
    await run('--tmpfs', '/storage:uid=65532,gid=65532')
    await assertExample(`${origin}/api`)
    await run('--volume', `${volume}:/data`)
    await assertFirstVersion(`${origin}/api`)
    assert.equal((await ask(origin, '/api/readyz')).text, '{"status":"ok"}')
  })

  test('serves the page, which saves a task', { skip: needsChromium() }, async () => {
    const browser = await chromium.launch({ executablePath: executablePath!, args: chromiumArgs })
    try {
      const page = await browser.newPage()
      page.setDefaultTimeout(patience.waitMs)
      const complaints: string[] = []
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(origin)
      await page.locator('#new-title').fill('From the browser')
      await page.locator('#new-title').press('Enter')
      await page.locator('.item', { hasText: 'From the browser' }).waitFor()
      await until('it is kept', async () => (await titles()).includes('From the browser'))
      await page.reload()
      await page.locator('.item', { hasText: 'From the browser' }).waitFor()
      assert.deepEqual(complaints, [])
    } finally {
      await browser.close()
    }
  })

  test('runs unprivileged as a numeric user, and keeps the tasks when it is restarted or replaced', async () => {
    const { Config, HostConfig } = await inspect(name)
    assert.equal(Config.User, '65532:65532')
    assert.equal(HostConfig.ReadonlyRootfs, true)
    await postTask(origin, 'Kept')
    await docker(['restart', name])
    await healthy(name)
    assert.ok((await titles()).includes('Kept'))
    await run('--volume', `${volume}:/data`)
    assert.ok((await titles()).includes('Kept'))
  })

  test('changes and deletes a long list on a read-only root', async () => {
    await run('--volume', `${volume}:/data`)
    const send = (method: string, path: string, body?: unknown) =>
      ask(origin, path, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      })
    const many = Array.from({ length: 20_000 }, (_, index) => ({ title: `${index} ${'x'.repeat(100)}` }))
    assert.equal((await send('POST', '/api/import', many)).status, 200)
    assert.equal((await send('PATCH', '/api/tasks', { done: true })).status, 200)
    assert.equal((await send('DELETE', '/api/tasks?done=true')).status, 200)
    assert.deepEqual(await titles(), [])
    await postTask(origin, 'Kept')
  })

  for (const document of ['README.md', 'docs/operations.md'])
    test(`starts with the command in ${document}`, async () => {
      await remove({ containers: [name] })
      const port = await freePort()
      const [shown] = /docker run [^`]*ghcr\.io\/OWNER\/taskapp$/m.exec(
        readFileSync(join(root, document), 'utf8'),
      )!
      const command = shown
        .replace(/--detach --name taskapp/, '')
        .replace('docker run', `docker run --detach --name ${name}`)
        .replace('127.0.0.1:8000:', `127.0.0.1:${port}:`)
        .replace(' tasks:', ` ${volume}:`)
        .replace(' backups:', ` ${volume}-backups:`)
        .replace('ghcr.io/OWNER/taskapp', name)
      await promisify(execFile)('sh', ['-c', command])
      await healthy(name)
      origin = `http://127.0.0.1:${port}`
      assert.equal((await ask(origin, '/')).status, 200)
      assert.ok((await titles()).includes('Kept'))
    })

  test('runs as another user, who owns the folder', async () => {
    await run('--user', '1234:1234', '--tmpfs', '/storage:uid=1234,gid=1234,mode=0700')
    await assertFirstVersion(`${origin}/api`)
  })

  test('keeps the contract of basecamp/once: port 80, /up, data in /storage', async () => {
    await run('--volume', `${volume}:/storage`, '--volume', `${volume}:/rails/storage`, '--env', 'PORT=80')
    assert.equal((await ask(origin, '/up')).status, 200)
    assert.ok((await titles()).includes('Kept'))
  })

  test('uses the volume of the two images, and they can use it again', async () => {
    await remove({ containers: [name] })
    let project: Project | undefined
    try {
      project = await openProject(['compose.yaml'])
      const data = `${project.name}_data`
      await project.compose('up', '--detach', '--wait', '--build')
      await postTask(project.origin, 'From two')
      await project.compose('stop')
      await run('--volume', `${data}:/data`)
      assert.deepEqual(await titles(), ['From two'])
      await postTask(origin, 'From one')
      await docker(['stop', name])
      await docker(['rm', name])
      await project.compose('up', '--detach', '--wait')
      await answers(project)
      const kept = JSON.parse((await ask(project.origin, '/api/tasks')).text)
      assert.deepEqual(
        kept.map(({ title }: { title: string }) => title),
        ['From two', 'From one'],
      )
    } finally {
      await remove({ containers: [name] })
      await project?.remove()
    }
  })
})
