import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  argument,
  buildImage,
  docker,
  healthy,
  inspect,
  remove,
  root,
  skip,
  tryDocker,
  uniqueName,
} from './engine.ts'

const name = uniqueName()
const backend = `${name}-backend`
const frontend = `${name}-frontend`
const postgres = `${name}-postgres`

/** The members of a filesystem, walked from inside without a shell: path, owner and mode. */
const walk = `
  const { lstatSync, readdirSync } = require('node:fs')
  const files = readdirSync('/app', { recursive: true }).map((file) => '/app/' + file)
  console.log(JSON.stringify(['/app', '/data', ...files].map((path) => {
    const { uid, gid, mode } = lstatSync(path)
    return { path, uid, gid, mode: mode & 0o777 }
  })))`

interface Entry {
  readonly path: string
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

async function filesOf(image: string): Promise<Entry[]> {
  const node = ['--entrypoint', '/nodejs/bin/node', image, '-e', walk]
  return JSON.parse(await docker(['run', '--rm', '--network', 'none', ...node]))
}

describe('the images', { skip }, () => {
  before(async () => {
    await buildImage('backend', backend)
    await buildImage('backend', postgres, 'postgres')
    await buildImage('frontend', frontend)
  })
  after(() => remove({ containers: [name], images: [backend, postgres, frontend] }))

  for (const [image, dockerfile, base] of [
    [backend, 'Dockerfile.backend', 'RUNTIME_IMAGE'],
    [frontend, 'Dockerfile.frontend', 'NGINX_IMAGE'],
  ] as const) {
    test(`${dockerfile} adds less than 300 kB to its base`, async () => {
      const size = (await inspect(image)).Size - (await inspect(argument(dockerfile, base))).Size
      assert.ok(size < 300_000, `${size} bytes`)
    })

    test(`${dockerfile} makes an image with a numeric user, a health check and labels`, async () => {
      const { Config } = await inspect(image)
      assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/)
      assert.equal(Config.Healthcheck.Test[0], 'CMD')
      assert.ok(Config.Healthcheck.StartInterval > 0)
      assert.equal(Config.Volumes ?? null, null)
      for (const label of ['title', 'description', 'licenses', 'version', 'revision', 'source'])
        assert.ok(Config.Labels[`org.opencontainers.image.${label}`], label)
    })
  }

  test('the backend holds its program, owned by root and unwritable, and a data folder of its own', async () => {
    const entries = await filesOf(backend)
    const data = entries.find(({ path }) => path === '/data')
    assert.deepEqual([data?.uid, data?.gid], [65532, 65532])
    const app = entries.filter(({ path }) => path !== '/data')
    assert.deepEqual(app.map(({ path }) => path).sort(), [
      '/app',
      '/app/backup-writer.js',
      '/app/journal-writer.js',
      '/app/main.js',
      '/app/package.json',
      '/app/writer.js',
    ])
    for (const { path, uid, gid, mode } of app)
      assert.ok(uid === 0 && gid === 0 && (mode & 0o022) === 0, `${path} ${uid}:${gid} ${mode.toString(8)}`)
  })

  test('the target postgres is the same image with the driver and what that needs, owned and unwritable alike', async () => {
    const before = new Set((await filesOf(backend)).map(({ path }) => path))
    const added = (await filesOf(postgres)).filter(({ path }) => !before.delete(path))
    assert.equal(before.size, 0)
    assert.ok(added.some(({ path }) => path === '/app/node_modules/pg/package.json'))
    for (const { path, uid, gid, mode } of added) {
      assert.match(
        path,
        /^\/app\/node_modules(\/(pg|pg-\w+|pg-connection-string|pgpass|postgres-\w+|split2|xtend)(\/.*)?)?$/,
      )
      assert.ok(uid === 0 && gid === 0 && (mode & 0o022) === 0, `${path} ${uid}:${gid} ${mode.toString(8)}`)
    }
    const [one, other] = [(await inspect(backend)).Config, (await inspect(postgres)).Config]
    assert.deepEqual(other, one)
  })

  test('the backend without the driver says which image PostgreSQL needs', async () => {
    const url = 'DATABASE_URL=postgres://user@nowhere/tasks'
    const { failed, out } = await tryDocker(['run', '--rm', '--network', 'none', '--env', url, backend])
    assert.ok(failed)
    assert.match(out, /run the image with PostgreSQL/)
  })

  test('the backend has the Node.js of package.json', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
    const version = await docker(['run', '--rm', '--network', 'none', backend, '--version'])
    assert.equal(version.slice(1).split('.')[0], manifest.optionalDependencies.node.split('.')[0])
  })

  for (const shell of ['/bin/sh', '/bin/bash', '/busybox/sh', '/bin/busybox', '/usr/bin/env']) {
    test(`the backend has no ${shell}`, async () => {
      const { failed, out } = await tryDocker([
        'run',
        '--rm',
        '--network',
        'none',
        '--entrypoint',
        shell,
        backend,
      ])
      assert.ok(failed)
      assert.match(out, /no such file|not found/)
    })
  }

  test('the backend alone, on a read-only root, becomes healthy, logs JSON and ends a second after SIGTERM with 0', async () => {
    await docker([
      'run',
      '--detach',
      '--name',
      name,
      '--read-only',
      '--cap-drop',
      'ALL',
      '--volume',
      '/data',
      backend,
    ])
    await healthy(name)
    // `docker stop` would report a kill after its grace time as 137.
    await docker(['stop', '--time', '1', name])
    const { State } = await inspect(name)
    assert.equal(State.ExitCode, 0)
    const lines = (await docker(['logs', name])).split('\n').map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.filter(({ level, msg }) => level === 'info' && msg !== 'request').map(({ msg }) => msg),
      ['listening', 'stopping', 'stopped'],
    )
    assert.ok(lines.some(({ msg, path }) => msg === 'request' && path === '/healthz'))
    await docker(['rm', '--volumes', name])
  })

  test('the backend warns at its start and in /readyz when /data is no mount', async () => {
    await docker(['run', '--detach', '--name', name, backend])
    await healthy(name)
    const { readyz, warnings } = JSON.parse(
      await docker([
        'exec',
        name,
        '/nodejs/bin/node',
        '-e',
        `fetch('http://127.0.0.1:8000/readyz').then(async (answer) =>
          console.log(JSON.stringify({ readyz: answer.status, ...(await answer.json()) })))`,
      ]),
    )
    assert.equal(readyz, 200)
    assert.ok(warnings?.length > 0)
    const lines = (await docker(['logs', name])).split('\n').map((line) => JSON.parse(line))
    assert.ok(lines.some(({ level, msg }) => level === 'warn' && /mount/.test(msg)))
    await docker(['rm', '--force', '--volumes', name])
  })

  test('a backend whose tests fail cannot be built', async () => {
    const context = await mkdtemp(join(tmpdir(), 'taskapp-context-'))
    try {
      for (const part of [
        'package.json',
        'package-lock.json',
        'tsconfig.json',
        'src',
        'scripts',
        'test/package.json',
        'test/package-lock.json',
        'Dockerfile.backend',
      ])
        await cp(join(root, part), join(context, part), { recursive: true })
      await mkdir(join(context, 'test/http'), { recursive: true })
      await writeFile(join(context, 'test/http/failing.test.ts'), `throw new Error('this test fails')\n`)
      const { failed, out } = await tryDocker(
        ['build', '--progress', 'plain', '--file', 'Dockerfile.backend', '.'],
        { cwd: context },
      )
      assert.ok(failed)
      assert.match(out, /this test fails/)
    } finally {
      await rm(context, { recursive: true })
    }
  })

  test('the frontend refuses a BACKEND_URL it cannot use, and a /tmp it cannot write to', async () => {
    const wrong = await tryDocker(['run', '--rm', '--env', 'BACKEND_URL=backend:8000', frontend])
    assert.ok(wrong.failed)
    assert.match(wrong.out, /Cannot use BACKEND_URL "backend:8000": expected http:\/\/HOST/)
    const unwritable = await tryDocker(['run', '--rm', '--read-only', frontend])
    assert.ok(unwritable.failed)
    assert.match(unwritable.out, /\/tmp\/default\.conf/)
  })

  for (const [dockerfile, base] of [
    ['Dockerfile.backend', 'RUNTIME_IMAGE'],
    ['Dockerfile.frontend', 'NGINX_IMAGE'],
  ] as const) {
    test(`${dockerfile} is built for the other platform without emulation`, async () => {
      const platform =
        (await inspect(argument(dockerfile, base))).Architecture === 'arm64' ? 'amd64' : 'arm64'
      const image = `${name}-${platform}`
      // On nothing instead of the base, which this engine has for its own platform alone.
      const from = ['--platform', `linux/${platform}`, '--build-arg', `${base}=scratch`]
      await docker(['build', '--progress', 'plain', ...from, '--file', dockerfile, '--tag', image, '.'])
      assert.equal((await inspect(image)).Architecture, platform)
      await docker(['image', 'rm', image])
    })
  }

  test('docker buildx bake knows every image on both platforms', async () => {
    const { target } = JSON.parse(await docker(['buildx', 'bake', '--file', 'docker-bake.hcl', '--print']))
    assert.deepEqual(Object.keys(target).sort(), ['backend', 'frontend', 'postgres'])
    for (const part of Object.values<{ platforms: string[] }>(target))
      assert.deepEqual(part.platforms, ['linux/amd64', 'linux/arm64'])
  })
})
