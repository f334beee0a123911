/** The workflows, played as GitHub would run them (test/delivery/player), and the faults that the player must find. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { skip as withoutEngine } from '../containers/engine.ts'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'
import { type Event, type NotPlayed, type Outcome, play } from './player/player.ts'
import { openWorld, type World } from './player/world.ts'

const skip = needs('linux') || withoutEngine || needs('jq')

/**
 * Steps that run on GitHub only. A test finds unused lines. All other steps run, with one exception: docker/bake-action
 * builds for this machine's platform, without SBOM and provenance (player/actions.ts).
 */
const notPlayed: readonly NotPlayed[] = [
  { step: /\.ci\/run/, reason: 'the test suite, of which this is a part' },
  { step: /^runs-on: (windows|macos|.*-arm$)/, reason: 'no machine of that kind is here' },
  { step: /npm audit/, reason: 'asks the npm registry about vulnerabilities and signatures' },
  {
    step: /^hadolint\//,
    reason: 'hadolint is no package of npm or Debian; test/delivery/dockerfiles.test.ts has its rules',
  },
  { step: /^aquasecurity\/trivy-action/, reason: 'Trivy is no package of npm or Debian' },
  { step: /^github\/codeql-action/, reason: 'CodeQL runs at GitHub alone' },
  { step: /^actions\/dependency-review-action/, reason: "asks GitHub's API for the advisories" },
  {
    step: /^zizmorcore\//,
    reason: 'zizmor is no package of npm or Debian; test/delivery/workflows.test.ts has its rules',
  },
]

const results = join(root, 'test-results/player')
const left = new Map<string, number>()

/** Plays an event and keeps its log, which CI uploads. */
async function record(name: string, world: World, event: Event): Promise<Outcome> {
  const outcome = await play(world, event, notPlayed)
  for (const [reason, count] of Object.entries(outcome.notPlayed))
    left.set(reason, (left.get(reason) ?? 0) + count)
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${name}.log`), outcome.log)
  return outcome
}

const passed = (outcome: Outcome) => {
  assert.deepEqual(outcome.problems, [], outcome.log)
  return outcome.checks
}

/** The checks that the ruleset of main requires and this pull request lacks. */
function unmet(checks: Outcome['checks']): string[] {
  const { rules } = JSON.parse(read('.github/ruleset-main.json'))
  const rule = rules.find(({ type }: { type: string }) => type === 'required_status_checks')
  const required: string[] = rule.parameters.required_status_checks.map(
    ({ context }: { context: string }) => context,
  )
  assert.ok(required.length > 0)
  return required.filter((context) => checks[context] !== 'success')
}

/** The jobs of ci that every event runs. */
const always = {
  'test (Node.js 24.21.0)': 'success',
  'test (Node.js 26.10.0)': 'success',
  'windows-2025': 'success',
  'macos-15': 'success',
  'ubuntu-24.04-arm': 'success',
  images: 'success',
  packages: 'success',
  code: 'success',
  workflows: 'success',
  required: 'success',
}
const azure = {
  AZURE_DEPLOY: 'true',
  AZURE_CLIENT_ID: 'client',
  AZURE_TENANT_ID: 'tenant',
  AZURE_SUBSCRIPTION_ID: 'subscription',
  AZURE_RESOURCE_GROUP: 'taskapp',
}
const pullRequest = 'refs/pull/7/merge'
const read = (file: string) => readFileSync(join(root, file), 'utf8')

suite('The workflows, played from a pull request to a rollback,', { skip }, () => {
  let world: World
  let sha: string
  /** The images deployed first, which a rollback returns to. */
  let deployed: Record<string, string>

  before(async () => {
    world = await openWorld()
    // The changes of a release's pull request.
    sha = world.commit({
      'package.json': manifest('1.2.3'),
      'CHANGELOG.md': '# Changelog\n\n## Unreleased\n\n## 1.2.3\n\n- Something new.\n',
    })
  })
  after(() => world.close())

  const manifest = (version: string) =>
    JSON.stringify({ ...JSON.parse(read('package.json')), version }, null, 2)
  const skipped = { build: 'skipped', publish: 'skipped', deploy: 'skipped' }

  test('test a pull request, and publish nothing', async () => {
    const checks = passed(
      await record('pull-request', world, { name: 'pull_request', ref: pullRequest, sha }),
    )
    assert.deepEqual(checks, { ...always, ...skipped, dependencies: 'success' })
    assert.deepEqual(world.state().attestations, [])
    assert.deepEqual(unmet(checks), [])
  })

  test('test a pull request from a fork, whose token only reads', async () => {
    const event = { name: 'pull_request', ref: pullRequest, sha, fork: true } as const
    const checks = passed(await record('pull-request-from-a-fork', world, event))
    assert.deepEqual(checks, { ...always, ...skipped, dependencies: 'success' })
  })

  test('on main build, test, publish, attest and deploy the same digests', async () => {
    const event = { name: 'push', ref: 'refs/heads/main', sha, variables: azure } as const
    const outcome = await record('push-to-main', world, event)
    assert.deepEqual(passed(outcome), {
      ...always,
      build: 'success',
      dependencies: 'skipped',
      'publish (app)': 'success',
      'publish (backend)': 'success',
      'publish (postgres)': 'success',
      'publish (frontend)': 'success',
      'deploy / deploy': 'success',
    })
    assert.match(outcome.log, /group ci-refs\/heads\/main, cancel-in-progress false/)
    deployed = world.apps()
    const digests = world.state().attestations.map(({ digest }) => digest)
    assert.equal(digests.length, 4)
    for (const image of Object.values(deployed)) assert.ok(digests.includes(image.split('@')[1]!), image)
    for (const [name, suffix] of published) {
      const digest = await digestOf(world, name, `main${suffix}`)
      assert.equal(await digestOf(world, name, `sha-${sha}${suffix}`), digest)
      assert.ok(digests.includes(digest!))
      // The input of the job `images`.
      assert.match(outcome.log, new RegExp(`output images=.*${name}@${digest}`))
    }
  })

  test('give a tag the digests of main, and build nothing', async () => {
    world.git('tag', 'v1.2.3', sha)
    const event = { name: 'push', ref: 'refs/tags/v1.2.3', sha } as const
    const outcome = await record('tag', world, event)
    assert.deepEqual(passed(outcome), { release: 'success' })
    assert.ok(!outcome.log.includes('docker/bake-action'))
    for (const [name, suffix] of published)
      for (const tag of ['1.2.3', '1.2', '1', 'latest'])
        assert.equal(
          await digestOf(world, name, tag + suffix),
          await digestOf(world, name, `sha-${sha}${suffix}`),
        )
    assert.deepEqual(world.state().releases, { 'v1.2.3': '\n- Something new.\n' })
    // A second run, as after a failure at its end, changes nothing.
    assert.deepEqual(passed(await play(world, event, notPlayed)), { release: 'success' })
  })

  test('do not move the tags of a higher release', async () => {
    const older = world.commit({
      'package.json': manifest('1.1.9'),
      'CHANGELOG.md': '# Changelog\n\n## 1.1.9\n\n- A fix.\n',
    })
    // As if main had built, tested and attested this commit, too: other images, if only by a line break.
    for (const [name, suffix] of published) {
      const { text, type } = await manifestOf(world, name, `sha-${sha}${suffix}`)
      const digest = await putManifest(world, name, `sha-${older}${suffix}`, { text: `${text}\n`, type })
      world.change(({ attestations }) => {
        const [first] = attestations
        attestations.push({ ...first!, name, digest })
      })
    }
    world.git('tag', 'v1.1.9', older)
    passed(await play(world, { name: 'push', ref: 'refs/tags/v1.1.9', sha: older }, notPlayed))
    for (const [name, suffix] of published) {
      const is = async (tag: string) => await digestOf(world, name, tag + suffix)
      assert.equal(await is('1.1'), await is(`sha-${older}`))
      for (const tag of ['1', 'latest']) assert.equal(await is(tag), await is(`sha-${sha}`))
    }
  })

  test('roll back manually to images that main has published', async () => {
    const variables = azure
    const inputs = { backend: deployed['taskapp-backend']!, frontend: deployed['taskapp-frontend']! }
    const event = { name: 'workflow_dispatch', workflow: 'deploy.yml', ref: 'refs/heads/main' } as const
    const outcome = await record('rollback', world, { ...event, sha, variables, inputs })
    assert.deepEqual(passed(outcome), { deploy: 'success' })
    assert.deepEqual(world.apps(), deployed)
    // An image without attestation is refused.
    const backend = `${world.registry}/owner/taskapp-backend@sha256:${'1'.repeat(64)}`
    const refused = await play(world, { ...event, sha, variables, inputs: { ...inputs, backend } }, notPlayed)
    assert.equal(refused.checks['deploy'], 'failure')
    assert.match(refused.problems.join('\n'), /was not published by ci on main/)
    assert.deepEqual(world.apps(), deployed)
  })

  test('refuse a release without notes, with another version, off main, or without a passed ci', async () => {
    const release = async (name: string, at: string) => {
      world.git('tag', name, at)
      const { checks, problems } = await play(
        world,
        { name: 'push', ref: `refs/tags/${name}`, sha: at },
        notPlayed,
      )
      assert.equal(checks['release'], 'failure')
      assert.ok(!(name in world.state().releases))
      return problems.join('\n')
    }
    assert.match(await release('v1.2.4', sha), /package\.json has version 1\.2\.3, not 1\.2\.4/)
    const manifest = (version: string) =>
      JSON.stringify({ ...JSON.parse(read('package.json')), version }, null, 2)
    const unwritten = world.commit({ 'package.json': manifest('1.3.0') })
    assert.match(await release('v1.3.0', unwritten), /CHANGELOG\.md has no part "## 1\.3\.0"/)
    const notes = { 'CHANGELOG.md': '# Changelog\n\n## 1.3.1\n\n- New.\n' }
    const untested = world.commit({ 'package.json': manifest('1.3.1'), ...notes })
    assert.match(await release('v1.3.1', untested), /wait until ci has passed on main/)
    world.git('checkout', '--quiet', '-b', 'elsewhere')
    const elsewhere = world.commit({
      'package.json': manifest('1.3.2'),
      'CHANGELOG.md': '# Changelog\n\n## 1.3.2\n\n- New.\n',
    })
    world.git('checkout', '--quiet', 'main')
    assert.match(await release('v1.3.2', elsewhere), /not a commit of main/)
  })

  test('pass in a private repository without a licence, and say what they leave out', async () => {
    const event = { name: 'pull_request', ref: pullRequest, sha, private: true } as const
    const outcome = await record('private-repository', world, event)
    const { 'ubuntu-24.04-arm': _, ...jobs } = always
    assert.deepEqual(passed(outcome), { ...jobs, ...skipped, dependencies: 'success' })
    assert.match(outcome.log, /::notice::CodeQL is left out/)
    assert.match(outcome.log, /::notice::Dependency review is left out/)
    assert.doesNotMatch(outcome.log, /CodeQL runs at GitHub alone/)
  })

  test('scan for new vulnerabilities on schedule, and publish nothing', async () => {
    const outcome = await record('schedule', world, { name: 'schedule', ref: 'refs/heads/main', sha })
    const { 'ubuntu-24.04-arm': _, ...jobs } = always
    assert.deepEqual(passed(outcome), { ...jobs, ...skipped, dependencies: 'skipped' })
  })

  test('have no unused line in the table of steps that are not played', () => {
    assert.deepEqual(
      notPlayed.map(({ reason }) => reason).filter((reason) => !left.has(reason)),
      [],
    )
  })
})

suite('The player finds', { skip }, () => {
  let world: World
  before(async () => {
    world = await openWorld()
  })
  after(() => world.close())

  const broken = (change: (ci: string) => string) => {
    const file = '.github/workflows/ci.yml'
    const before = readFileSync(join(world.origin, file), 'utf8')
    const after = change(before)
    assert.notEqual(after, before)
    const sha = world.commit({ [file]: after })
    world.commit({ [file]: before })
    return sha
  }

  test('an output that is read under another name', async () => {
    const sha = broken((ci) => ci.replace('echo "version=', 'echo "versions='))
    const { checks, problems } = await play(world, { name: 'push', ref: 'refs/heads/main', sha }, notPlayed)
    assert.match(problems.join('\n'), /steps\.names\.outputs\.version does not exist/)
    assert.equal(checks['required'], 'failure')
    assert.equal(checks['publish'], 'skipped')
  })

  test('a required check that no job has', async () => {
    const sha = broken((ci) => ci.replace('    name: required\n', '    name: all checks\n'))
    const { checks } = await play(world, { name: 'pull_request', ref: pullRequest, sha }, notPlayed)
    assert.equal(checks['all checks'], 'success')
    assert.deepEqual(unmet(checks), ['required'])
  })

  test('a token that may not write packages, and says what to do', async () => {
    const sha = broken((ci) => ci.replace('packages: write # pushes', 'packages: read # pushes'))
    const { checks, log } = await play(world, { name: 'push', ref: 'refs/heads/main', sha }, notPlayed)
    assert.equal(checks['build'], 'failure')
    assert.match(log, /denied: permission_denied: write_package/)
    assert.match(log, /::error::.*Give this one the role Write/)
  })

  test('a registry that does not answer', async () => {
    await world.stopRegistry()
    const event = { name: 'push', ref: 'refs/heads/main', sha: world.git('rev-parse', 'main') } as const
    const { checks, problems } = await play(world, event, notPlayed)
    assert.equal(checks['build'], 'failure')
    assert.equal(checks['required'], 'failure')
    assert.equal(checks['publish'], 'skipped')
    assert.match(problems.join('\n'), /docker login .* failed/)
  })
})

/** Names and the ends of their tags. */
const published: readonly (readonly [name: string, suffix: string])[] = [
  ['taskapp', ''],
  ['taskapp-backend', ''],
  ['taskapp-backend', '-postgres'],
  ['taskapp-frontend', ''],
]

async function registry(world: World, name: string, tag: string, init: RequestInit = {}): Promise<Response> {
  const token = 'ghs_test'
  world.change(({ tokens }) => {
    tokens[token] = { packages: 'write' }
  })
  return await fetch(`http://${world.registry}/v2/owner/${name}/manifests/${tag}`, {
    ...init,
    headers: {
      ...init.headers,
      Authorization: `Basic ${Buffer.from(`test:${token}`).toString('base64')}`,
      Accept: ['oci.image.index.v1', 'oci.image.manifest.v1', 'docker.distribution.manifest.v2']
        .map((type) => `application/vnd.${type}+json`)
        .join(),
    },
  })
}

async function manifestOf(world: World, name: string, tag: string) {
  const answer = await registry(world, name, tag)
  return { text: await answer.text(), type: answer.headers.get('content-type')! }
}

async function putManifest(
  world: World,
  name: string,
  tag: string,
  { text, type }: { text: string; type: string },
) {
  const headers = { 'Content-Type': type }
  const answer = await registry(world, name, tag, { method: 'PUT', headers, body: text })
  assert.equal(answer.status, 201, await answer.text())
  return answer.headers.get('docker-content-digest')!
}

async function digestOf(world: World, name: string, tag: string): Promise<string | null> {
  return (await registry(world, name, tag, { method: 'HEAD' })).headers.get('docker-content-digest')
}
