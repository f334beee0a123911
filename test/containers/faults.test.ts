/** Mistakes of operators with containers lead to one sentence that says what to do: the table of docs/operations.md. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import { openProject } from './compose.ts'
import {
  ask,
  baseImage,
  buildImages,
  docker,
  freePort,
  healthy,
  inspect,
  postTask,
  remove,
  skip,
  tryDocker,
  uniqueName,
  until,
} from './engine.ts'

const name = uniqueName()
const [app, frontend, other] = [`${name}-app`, `${name}-frontend`, `${name}-other`]
const locked = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']

describe('a mistake with containers', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-folder-'))
  const volumes: string[] = []
  const volume = async () => {
    volumes.push(uniqueName())
    return docker(['volume', 'create', volumes.at(-1)!])
  }
  /** As root, in a container that has tools. */
  const asRoot = async (mount: string, ...command: string[]) =>
    docker(['run', '--rm', '--volume', `${mount}:/data`, await baseImage('node:'), ...command])
  const publish = async (...options: string[]) => {
    const port = await freePort()
    await docker(['run', '--detach', '--publish', `127.0.0.1:${port}:8000`, ...locked, ...options])
    return `http://127.0.0.1:${port}`
  }

  before(() => buildImages({ app, frontend }))
  afterEach(() => remove({ containers: [name, other] }))
  after(async () => {
    await remove({ networks: [name], images: [app, frontend] })
    for (const each of volumes) await tryDocker(['volume', 'rm', '--force', each])
    // The container has changed its owner.
    await asRoot(folder, 'chown', '-R', `${process.getuid!()}`, '/data').catch(() => {})
    rmSync(folder, { recursive: true })
  })

  /** The one line of output of a container that exits at once. */
  const sentence = async (...options: string[]): Promise<string> => {
    await docker(['run', '--detach', '--name', name, ...locked, ...options, app])
    const state = await until('it ends, or serves', async () => {
      const { State } = await inspect(name)
      return (State.Status === 'exited' || State.Health.Status === 'healthy') && State
    })
    const lines = (await logOf(name)).trim().split('\n')
    await remove({ containers: [name] })
    assert.deepEqual([state.Status, state.ExitCode, lines.length], ['exited', 1, 1], lines.join('\n'))
    return lines[0]!
  }

  const notOurs = (place: string) =>
    new RegExp(
      `user 65532 may not write to ${place}, which belongs to user \\d+: run chown -R 65532:65532 on it`,
    )

  test('a folder of another user: its owner and the command to run, at every start; after the command it serves', async () => {
    chmodSync(folder, 0o755)
    const mount = ['--volume', `${folder}:/data`]
    assert.match(await sentence(...mount), notOurs('/data'))
    await docker(['run', '--detach', '--name', name, ...locked, '--restart', 'always', ...mount, app])
    await until('it was started again', async () => (await inspect(name)).RestartCount >= 2)
    const log = await logOf(name)
    await remove({ containers: [name] })
    for (const line of log.trim().split('\n')) assert.match(line, notOurs('/data'))
    await asRoot(folder, 'chown', '-R', '65532:65532', '/data')
    await docker(['run', '--detach', '--name', name, ...locked, ...mount, app])
    await healthy(name)
  })

  test('an old volume whose folder, or only whose file, belongs to root', async () => {
    const old = await volume()
    await asRoot(old, 'touch', '/data/tasks.db')
    assert.match(await sentence('--volume', `${old}:/data`), notOurs('/data'))
    await asRoot(old, 'chown', '65532:65532', '/data')
    assert.match(await sentence('--volume', `${old}:/data`), notOurs('/data/tasks.db'))
  })

  test('a read-only volume, and none on a read-only root', async () => {
    const readOnly = ['--volume', `${await volume()}:/data:ro`]
    for (const options of [readOnly, []])
      assert.match(await sentence(...options), /\/data may only be read; mount a volume or a folder there/)
  })

  test('a full volume', async () => {
    const full = ['--tmpfs', '/data:size=16k,uid=65532,gid=65532']
    assert.match(await sentence(...full), /the disk of \/data is full; make room/)
  })

  test('folders for backups and a journal that belong to another user', async () => {
    const [data, theirs] = [await volume(), await volume()]
    // An empty volume gets the owner that the image's folder has.
    await asRoot(theirs, 'touch', '/data/something')
    await publish(
      '--name',
      name,
      '--volume',
      `${data}:/data`,
      '--volume',
      `${theirs}:/backups`,
      '--env',
      'BACKUP_DIR=/backups',
      app,
    )
    await healthy(name)
    assert.match(await logOf(name), notOurs('/backups'))
    await remove({ containers: [name] })

    const journal = [
      '--env',
      'DURABLE_DIR=/share',
      '--env',
      'DATABASE_URL=sqlite:////tmp/tasks.db',
      '--tmpfs',
      '/tmp',
    ]
    const { failed, out } = await tryDocker([
      'run',
      '--rm',
      ...locked,
      '--volume',
      `${theirs}:/share`,
      ...journal,
      app,
    ])
    assert.ok(failed)
    assert.match(out.trim().split('\n').at(-1)!, notOurs('/share'))
  })

  test('two containers on one volume: both serve the same tasks', async () => {
    const mount = ['--volume', `${await volume()}:/data`]
    const origins = [
      await publish('--name', name, ...mount, app),
      await publish('--name', other, ...mount, app),
    ]
    await Promise.all([healthy(name), healthy(other)])
    for (const origin of origins) assert.equal((await postTask(origin, `By way of ${origin}`)).status, 201)
    for (const origin of origins)
      await until('both tasks are there', async () => {
        const { text } = await ask(origin, '/api/tasks')
        return origins.every((way) => text.includes(way))
      })
  })

  test('a port in use: Docker names it, and PORT sets another', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => holder.once('listening', resolve))
    const { port } = holder.address() as { port: number }
    const project = await openProject(['compose.yaml'], { env: { PORT: String(port) } })
    try {
      await assert.rejects(
        project.compose('up', '--detach', '--wait', '--build'),
        new RegExp(`127\\.0\\.0\\.1:${port}.*(address already in use|port is already allocated)`),
      )
      const moved = await openProject(['compose.yaml'], { name: project.name })
      await moved.compose('up', '--detach', '--wait')
      assert.equal((await ask(moved.origin, '/api/tasks')).status, 200)
    } finally {
      await project.remove()
      holder.close()
    }
  })

  test('an invalid BACKEND_URL, and an unreachable one: the page is served, and the log has the name', async () => {
    const wrong = await tryDocker(['run', '--rm', '--env', 'BACKEND_URL=backend:8000', frontend])
    assert.ok(wrong.failed)
    assert.match(
      wrong.out.trim().split('\n').at(-1)!,
      /^Cannot use BACKEND_URL "backend:8000": expected http:\/\/HOST/,
    )
    await docker(['network', 'create', name])
    const port = await freePort()
    const settings = [
      '--env',
      'BACKEND_URL=http://nowhere.example:8000',
      '--publish',
      `127.0.0.1:${port}:8080`,
    ]
    await docker([
      'run',
      '--detach',
      '--name',
      name,
      '--network',
      name,
      '--tmpfs',
      '/tmp',
      ...settings,
      frontend,
    ])
    await healthy(name)
    const origin = `http://127.0.0.1:${port}`
    assert.equal((await ask(origin, '/')).status, 200)
    assert.equal((await ask(origin, '/api/tasks')).status, 503)
    await until('the log has the name', async () =>
      /nowhere\.example could not be resolved/.test(await logOf(name)),
    )
  })
})

/** The output of both streams. */
function logOf(container: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('docker', ['logs', container], (error, stdout, stderr) =>
      error ? reject(error) : resolve(stdout + stderr),
    )
  })
}
