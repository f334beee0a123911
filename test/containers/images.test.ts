import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  baseImage,
  basesOf,
  buildImages,
  docker,
  healthy,
  inspect,
  remove,
  skip,
  standIns,
  tryDocker,
  uniqueName,
} from './engine.ts'

const name = uniqueName()
const [app, backend, postgres, frontend] = ['app', 'backend', 'postgres', 'frontend'].map(
  (image) => `${name}-${image}`,
) as [string, string, string, string]

/** The files of an image, listed from inside without a shell: path, owner and mode. */
const walk = `
  const { lstatSync, readdirSync } = require('node:fs')
  const files = readdirSync('/app', { recursive: true }).map((file) => '/app/' + file)
  const folders = ['/', '/app', '/data', '/backups', '/storage'].filter((path) => lstatSync(path, { throwIfNoEntry: false }))
  console.log(JSON.stringify([...folders, ...files].map((path) => {
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

function isUnwritable({ uid, gid, mode }: Entry): boolean {
  return uid === 0 && gid === 0 && (mode & 0o022) === 0
}

describe('the images', { skip }, () => {
  before(() => buildImages({ app, backend, postgres, frontend }))
  after(() => remove({ containers: [name], images: [app, backend, postgres, frontend] }))

  const ours = async (image: string, base: string) =>
    (await inspect(image)).Size - (await inspect(await baseImage(base))).Size

  for (const [image, base] of [
    [app, 'gcr.io/distroless'],
    [backend, 'gcr.io/distroless'],
    [frontend, 'nginxinc/'],
  ] as const) {
    const what = image.slice(name.length + 1)
    test(`${what} has a numeric user, a health check and labels`, async () => {
      const { Config } = await inspect(image)
      assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/)
      assert.equal(Config.Healthcheck.Test[0], 'CMD')
      assert.ok(Config.Healthcheck.StartInterval > 0)
      assert.equal(Config.Volumes ?? null, null)
      for (const label of ['title', 'description', 'licenses', 'version', 'revision', 'source'])
        assert.ok(Config.Labels[`org.opencontainers.image.${label}`], label)
    })

    if (image !== app)
      test(`${what} adds less than 600 kB to its base`, async () => {
        const size = await ours(image, base)
        assert.ok(size < 600_000, `${size} bytes`)
      })
  }

  test('app adds less than 350 kB to the backend', async () => {
    const size = (await inspect(app)).Size - (await inspect(backend)).Size
    assert.ok(size < 350_000, `${size} bytes`)
  })

  test('the backend has its program, owned by root and read-only, and folders for data', async () => {
    const entries = await filesOf(backend)
    const folders = entries.filter(({ uid }) => uid === 65532)
    assert.deepEqual(
      folders.map(({ path, gid }) => [path, gid]),
      [
        ['/data', 65532],
        ['/backups', 65532],
      ],
    )
    const rest = entries.filter((entry) => !folders.includes(entry))
    assert.deepEqual(rest.map(({ path }) => path).sort(), [
      '/',
      '/app',
      '/app/job.js',
      '/app/journal-writer.js',
      '/app/main.js',
      '/app/package.json',
      '/app/writer.js',
    ])
    assert.deepEqual(
      rest.filter((entry) => !isUnwritable(entry)),
      [],
    )
  })

  for (const [image, what, added] of [
    [app, 'app is the backend with the page', /^\/(storage|app\/web(\/.*)?)$/],
    [
      postgres,
      'postgres is the backend with the driver and its dependencies',
      /^\/app\/node_modules(\/(pg|pg-\w+|pg-connection-string|pgpass|postgres-\w+|split2|xtend)(\/.*)?)?$/,
    ],
  ] as const)
    test(`${what}, with the same owner and modes`, async () => {
      const before = new Set((await filesOf(backend)).map(({ path }) => path))
      const more = (await filesOf(image)).filter(({ path }) => !before.delete(path))
      assert.deepEqual([...before], [])
      assert.ok(more.length > 10)
      for (const entry of more) {
        assert.match(entry.path, added)
        assert.ok(isUnwritable(entry) || entry.path === '/storage', JSON.stringify(entry))
      }
    })

  test('app and postgres are configured like the backend', async () => {
    const { Labels, ...config } = (await inspect(backend)).Config
    assert.deepEqual((await inspect(postgres)).Config, { Labels, ...config })
    const one = (await inspect(app)).Config
    assert.deepEqual({ ...one, Labels: 0, Env: 0 }, { ...config, Labels: 0, Env: 0 })
    assert.deepEqual(one.Env, [...config.Env, 'WEB_ROOT=/app/web'])
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

  test('the backend alone, on a read-only root, becomes healthy, logs JSON and exits with 0 after SIGTERM', async () => {
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
    await docker(['stop', '--time', '30', name])
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

  test('the backend warns at startup and in /readyz when /data is not a mount', async () => {
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

  test('the frontend refuses an invalid BACKEND_URL, and a read-only /tmp', async () => {
    const wrong = await tryDocker(['run', '--rm', '--env', 'BACKEND_URL=backend:8000', frontend])
    assert.ok(wrong.failed)
    assert.match(wrong.out, /Cannot use BACKEND_URL "backend:8000": expected http:\/\/HOST/)
    const unwritable = await tryDocker(['run', '--rm', '--read-only', frontend])
    assert.ok(unwritable.failed)
    assert.match(unwritable.out, /\/tmp\/default\.conf/)
  })

  for (const dockerfile of ['Dockerfile.backend', 'Dockerfile.frontend'])
    test(`${dockerfile} is built for the other platform without emulation`, async () => {
      const platform = (await inspect(backend)).Architecture === 'arm64' ? 'amd64' : 'arm64'
      const image = `${name}-${platform}`
      // From scratch instead of the last base, which this engine may have only for its own platform.
      const nothing = mkdtempSync(join(tmpdir(), 'taskapp-nothing-'))
      const last = basesOf(dockerfile).at(-1)!
      const contexts = [...standIns].map(([base, tag]) => [base, `docker-image://${tag}`])
      const options = Object.entries({ ...Object.fromEntries(contexts), [last]: nothing })
      try {
        await docker([
          ...['build', '--progress', 'plain', '--platform', `linux/${platform}`, '--file', dockerfile],
          ...options.flatMap(([base, from]) => ['--build-context', `${base}=${from}`]),
          ...['--tag', image, '.'],
        ])
        assert.equal((await inspect(image)).Architecture, platform)
        await docker(['image', 'rm', image])
      } finally {
        rmSync(nothing, { recursive: true })
      }
    })

  test('docker buildx bake defines every image for both platforms', async () => {
    const { target } = JSON.parse(await docker(['buildx', 'bake', '--file', 'docker-bake.hcl', '--print']))
    assert.deepEqual(Object.keys(target).sort(), ['app', 'backend', 'frontend', 'postgres'])
    for (const part of Object.values<{ platforms: string[] }>(target))
      assert.deepEqual(part.platforms, ['linux/amd64', 'linux/arm64'])
  })
})
