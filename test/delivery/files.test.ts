/** Files for Docker, Dependabot and Codespaces, checked as strictly as possible without these. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Ajv, type AnySchema } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { skip as withoutEngine } from '../containers/engine.ts'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const yaml = (file: string) => parse(read(file))

function validate(schema: string, document: unknown) {
  const json = JSON.parse(read(`test/schemas/${schema}`))
  const ajv = json.$schema?.includes('2019-09') ? new Ajv2019({ strict: false }) : new Ajv({ strict: false })
  formats.default(ajv)
  const check = ajv.compile(json as AnySchema)
  assert.ok(check(document), `${schema}: ${JSON.stringify(check.errors, null, 2)}`)
}

suite('Dependabot', () => {
  interface Update {
    readonly 'package-ecosystem': string
    readonly directories?: readonly string[]
    readonly directory?: string
  }
  const updates: readonly Update[] = yaml('.github/dependabot.yml').updates
  const folders = (ecosystem: string) =>
    updates
      .filter((update) => update['package-ecosystem'] === ecosystem)
      .flatMap(({ directory, directories = [] }) => (directory ? [directory] : directories))

  test('follows the published schema', () => validate('dependabot-2.0.json', yaml('.github/dependabot.yml')))

  test('updates every ecosystem of the repository', () =>
    assert.deepEqual(
      updates.map((update) => update['package-ecosystem']),
      ['npm', 'github-actions', 'docker', 'docker-compose', 'devcontainers'],
    ))

  test('covers every folder with packages, workflows, Dockerfiles or Compose files', () => {
    const tracked = spawnSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).stdout.split('\n')
    const having = (name: RegExp) =>
      [
        ...new Set(
          tracked.filter((file) => name.test(file)).map((file) => `/${file.replace(/\/?[^/]*$/, '')}`),
        ),
      ].sort()
    assert.deepEqual([...folders('npm')].sort(), having(/(^|\/)package-lock\.json$/))
    assert.deepEqual(folders('docker'), having(/(^|\/)Dockerfile[^/]*(?<!ignore)$/))
    assert.deepEqual(folders('docker-compose'), having(/(^|\/)compose[^/]*\.yaml$/))
  })

  test('can update every base image: a tag with its digest, in FROM and not in ARG', () => {
    for (const file of readdirSync(root).filter((name) => /^Dockerfile\.\w+$/.test(name))) {
      const stages = new Set<string>()
      for (const [, image, stage] of read(file).matchAll(
        /^FROM (?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/gm,
      )) {
        if (!stages.has(image!)) assert.match(image!, /^[^$]+:[^$]+@sha256:[0-9a-f]{64}$/, file)
        if (stage) stages.add(stage)
      }
    }
    for (const file of readdirSync(root).filter((name) => /^compose.*\.yaml$/.test(name)))
      for (const [, image] of read(file).matchAll(/^ +image: ([^$\s]+)$/gm))
        assert.match(image!, /:.+@sha256:[0-9a-f]{64}$/, file)
  })
})

test('The dev container follows the published schema', () =>
  validate('devcontainer.json', JSON.parse(read('.devcontainer/devcontainer.json'))))

for (const files of [
  ['compose.yaml'],
  ['compose.yaml', 'compose.override.yaml'],
  ['compose.yaml', 'compose.prod.yaml'],
  ['compose.yaml', 'compose.postgres.yaml'],
  ['compose.yaml', 'compose.postgres.yaml', 'compose.prod.yaml'],
])
  test(`Compose accepts ${files.join(' with ')}`, { skip: withoutEngine }, () => {
    const image = `ghcr.io/owner/taskapp@sha256:${'0'.repeat(64)}`
    const named = files.flatMap((file) => ['--file', file])
    const { status, stderr } = spawnSync('docker', ['compose', ...named, 'config', '--quiet'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, BACKEND_IMAGE: image, FRONTEND_IMAGE: image, POSTGRES_PASSWORD: 'x' },
    })
    assert.equal(status, 0, stderr)
  })

test('shellcheck finds nothing in any script', { skip: needs('shellcheck') }, () => {
  const scripts = ['.ci/run', 'nginx/16-settings.envsh']
  for (const folder of ['azure', 'scripts'])
    scripts.push(
      ...readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.sh'))
        .map((name) => `${folder}/${name}`),
    )
  const { stdout, status } = spawnSync('shellcheck', scripts, { cwd: root, encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})
