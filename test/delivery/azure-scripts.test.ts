/** The scripts of azure/ in a real shell, against stand-ins for Azure and GitHub. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, suite, test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import { root } from '../helpers/app.ts'
import type { Value } from '../helpers/arm.ts'
import { needs } from '../helpers/needs.ts'
import { parseCommand } from './stand-ins/commands.ts'
import { serveStandIns } from './stand-ins/serve.ts'
import { newWorld, type World } from './stand-ins/world.ts'

const skip = needs('jq')
const home = mkdtempSync(join(tmpdir(), 'taskapp-azure-'))
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const image = (part: string, letter: string) => `ghcr.io/owner/taskapp-${part}@${digest(letter)}`
const hash = `me:${'0f'.repeat(32)}`

let world: World
beforeEach(() => {
  world = newWorld()
})

/** The responses at the public address. */
let page: RequestListener
let standIns: { close(): void }
before(async () => {
  standIns = await serveStandIns(
    home,
    () => world,
    () => page,
  )
})
after(() => {
  standIns.close()
  rmSync(home, { recursive: true, force: true })
})

/** The frontend's page, and a backend that is open or closed. */
function taskapp({ open = false } = {}): RequestListener {
  const answers: Record<string, [number, string, string]> = {
    '/': [200, 'text/html', '<!doctype html>\n<script type="module" src="main.js"></script>'],
    '/main.js': [200, 'text/javascript', 'start()'],
    '/api/readyz': [200, 'application/json', '{"status":"ok"}'],
    '/api/tasks?limit=1': open
      ? [200, 'application/json', '[]']
      : [401, 'application/problem+json', '{"title":"Unauthorized"}'],
  }
  return (req, res) => {
    const [status, type, body] = answers[req.url!] ?? [404, 'text/html', 'not here']
    res.writeHead(status, { 'Content-Type': type }).end(body)
  }
}
beforeEach(() => {
  page = taskapp()
})

async function run(script: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(script.startsWith('/') ? script : join(root, script), args, {
    env: { PATH: `${home}:/usr/bin:/bin`, TMPDIR: home, ATTEMPTS: '2', PAUSE: '0', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(env['INPUT'])
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, out, errors, all: out + errors }
}

const repository = { REPOSITORY: 'Owner/Repo' }
const provision = (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) =>
  run('azure/provision.sh', args, { ...repository, LOCATION: 'westeurope', ...env })
const known = new Map<string, World>()
/** A world in which it has run once. */
async function provisioned(env: Readonly<Record<string, string>> = {}) {
  const { windows } = world
  const key = JSON.stringify({ windows, ...env })
  if (!known.has(key)) {
    const result = await provision({ AUTH_TOKEN_SHA256: hash, ...env })
    assert.equal(result.code, 0, result.all)
    known.set(key, world)
  }
  world = { ...structuredClone(known.get(key)!), calls: [] }
}

const resources = () => Object.values(world.azure.groups['taskapp']?.resources ?? {})
const app = (part: string): Value => resources().find(({ name }) => name === `taskapp-${part}`)
const imageOf = (part: string): string => app(part).properties.template.containers[0].image
/** The environment of the backend, with its secrets. */
function environment(): Record<string, string> {
  const { configuration, template } = app('backend').properties
  return Object.fromEntries(
    template.containers[0].env.map(({ name, value, secretRef }: Value) => [
      name,
      value ?? configuration.secrets.find((one: Value) => one.name === secretRef).value,
    ]),
  )
}
/** The commands that change something, in Azure or on GitHub. */
const changes = () =>
  world.calls
    .map((words) => words.join(' '))
    .filter((call) => /create|update|delete|register |variable set|--method (PUT|POST)/.test(call))

suite('Provisioning', { skip }, () => {
  test('changes nothing and contacts nobody in a dry run, and prints every command', async () => {
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash }, '--dry-run')
    assert.equal(code, 0, all)
    assert.deepEqual(world.calls, [])
    assert.match(all, /\+ az group create --name taskapp --location westeurope/)
    assert.match(all, /\+ az deployment group create .*main\.json /)
    assert.match(all, /"backendImage": \{"value": "ghcr\.io\/owner\/taskapp-backend:main"\}/)
    assert.match(all, /\+ gh variable set AZURE_DEPLOY --repo Owner\/Repo --body true/)
    // az and gh accept each of them.
    for (const [, program, words] of all.matchAll(/^\+ (az|gh) (.*)$/gm))
      parseCommand(program!, words!.split(' '))
  })

  test('creates everything needed, and lets main and tags deploy', async () => {
    const { code, all, out } = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(code, 0, all)
    const { environments, variables } = world.github.repositories['Owner/Repo']!
    assert.deepEqual(environments['production'], {
      limited: true,
      rules: [],
      policies: [
        { name: 'main', type: 'branch' },
        { name: 'v*', type: 'tag' },
      ],
    })
    assert.deepEqual(variables, {
      AZURE_CLIENT_ID: 'client-id',
      AZURE_TENANT_ID: world.azure.subscription.tenantId,
      AZURE_SUBSCRIPTION_ID: world.azure.subscription.id,
      AZURE_RESOURCE_GROUP: 'taskapp',
      AZURE_DATABASE: 'sqlite',
      AZURE_DEPLOY: 'true',
    })
    const credential = resources().find(({ name }) => name === 'taskapp-deploy/github')
    assert.equal(credential.properties.subject, 'repo:Owner@1/Repo@2:environment:production')
    assert.equal(imageOf('backend'), image('backend', '1'))
    assert.equal(imageOf('frontend'), image('frontend', '3'))
    assert.deepEqual(world.azure.groups['taskapp']!.tags, {
      application: 'taskapp',
      repository: 'Owner/Repo',
    })
    assert.match(out, /The page: +https:\/\/taskapp-frontend\.example\nAccess: +with a token\n/)
    assert.match(all, /^Subscription: Pay as you go \(11111111-/m)
  })

  test('starts only with images that Azure can pull', async () => {
    world.packages.public = false
    const secret = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(secret.code, 1)
    assert.match(
      secret.errors,
      /Cannot read ghcr\.io\/owner\/taskapp-backend:main: see that ci has published it/,
    )
    world.packages = { public: true, tags: {} }
    assert.equal((await provision({ AUTH_TOKEN_SHA256: hash })).code, 1)
    assert.deepEqual(changes(), [])

    world = newWorld()
    world.packages.public = false
    const known = await provision({
      AUTH_TOKEN_SHA256: hash,
      REGISTRY_USERNAME: 'me',
      REGISTRY_PASSWORD: 'a"b\\c',
    })
    assert.equal(known.code, 0, known.all)
  })

  test('creates no open list without --open', async () => {
    const { code, all } = await provision()
    assert.equal(code, 2)
    assert.match(all, /everybody who finds the address may read and change the list: set AUTH_TOKEN_SHA256/)
    assert.deepEqual(changes(), [])

    page = taskapp({ open: true })
    const open = await provision({}, '--open')
    assert.equal(open.code, 0, open.all)
    assert.match(open.out, /Access: +everybody may read and change the list/)
    assert.deepEqual(app('backend').properties.configuration.secrets, [])
  })

  test('notices when the list is open though there are tokens', async () => {
    page = taskapp({ open: true })
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(code, 1)
    assert.match(all, /\/api\/tasks\?limit=1 answers .*: expected 401, since there are tokens/)
  })

  test('applies the given settings, and generates a session key', async () => {
    await provisioned({
      RATE_LIMIT: '600',
      LOG_LEVEL: 'warn',
      CORS_ORIGINS: 'https://a.example, https://b.example',
    })
    const env = environment()
    assert.equal(env['RATE_LIMIT'], '600')
    assert.equal(env['LOG_LEVEL'], 'warn')
    assert.equal(env['AUTH_TOKEN_SHA256'], hash)
    assert.equal(Buffer.from(env['SESSION_KEY']!, 'base64').length, 32)
    assert.deepEqual(readConfig({ ...env, DURABLE_DIR: root }).corsOrigins, [
      'https://a.example',
      'https://b.example',
    ])
  })

  test('run again, keeps earlier settings, and changes nothing', async () => {
    await provisioned({
      RATE_LIMIT: '600',
      LOG_DAYS: '90',
      REGISTRY_USERNAME: 'me',
      REGISTRY_PASSWORD: 'a"b\\c=d',
    })
    app('backend').properties.template.containers[0].image = image('backend', 'b')
    const earlier = structuredClone(resources())
    const { code, all, out } = await run('azure/provision.sh', [], repository)
    assert.equal(code, 0, all)
    assert.deepEqual(resources(), earlier)
    assert.deepEqual(
      changes().filter((call) => !call.includes('variable set')),
      [
        'az deployment group create --name taskapp --resource-group taskapp --template-file main.json --parameters @- --output none',
      ],
    )
    assert.match(out, /Logs: +kept for 90 days\nSettings: +"RATE_LIMIT": "600"/)
  })

  test('run again, changes the given settings, and removes those set to nothing', async () => {
    await provisioned({ RATE_LIMIT: '600', LOG_LEVEL: 'warn' })
    const { code, all } = await provision({ RATE_LIMIT: '', LOG_LEVEL: 'error', LOG_DAYS: '0' })
    assert.equal(code, 0, all)
    const env = environment()
    assert.equal(env['RATE_LIMIT'], undefined)
    assert.equal(env['LOG_LEVEL'], 'error')
    assert.equal(env['AUTH_TOKEN_SHA256'], hash)
    const { appLogsConfiguration } = resources().find(
      ({ type }) => type === 'Microsoft.App/managedEnvironments',
    ).properties
    assert.equal(appLogsConfiguration, null)
  })

  test('run again, does not open a list by accident', async () => {
    await provisioned()
    assert.equal((await provision({ AUTH_TOKEN_SHA256: '' })).code, 2)
    assert.equal(environment()['AUTH_TOKEN_SHA256'], hash)
  })

  test('resumes after an interruption at any point', async () => {
    for (const command of ['gh api', 'az group create', 'az deployment group create', 'gh variable set']) {
      world = newWorld()
      world.faults.push({ command, error: 'interrupted' })
      assert.notEqual((await provision({ AUTH_TOKEN_SHA256: hash })).code, 0, command)
      const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash })
      assert.equal(code, 0, `${command}: ${all}`)
      assert.equal(world.github.repositories['Owner/Repo']!.environments['production']!.policies.length, 2)
    }
  })

  test('with DATABASE_URL requires the image with the driver, and allows several replicas', async () => {
    const DATABASE_URL = 'postgres://me:top"secret@server:5432/tasks?sslmode=verify-full&sslrootcert=x'
    await provisioned({ DATABASE_URL, MAX_REPLICAS: '3' })
    assert.equal(imageOf('backend'), image('backend', '2'))
    assert.equal(app('backend').properties.template.scale.maxReplicas, 3)
    assert.equal(environment()['DATABASE_URL'], DATABASE_URL)
    assert.equal(world.github.repositories['Owner/Repo']!.variables['AZURE_DATABASE'], 'postgres')

    const { code, out } = await provision()
    assert.equal(code, 0)
    assert.match(out, /Tasks: +in PostgreSQL, up to 3 replicas/)
  })

  test('refuses PostgreSQL for a backend without the driver', async () => {
    await provisioned()
    const DATABASE_URL = 'postgres://me@server:5432/tasks'
    const { code, all } = await provision({ DATABASE_URL })
    assert.equal(code, 2)
    assert.match(all, /has no driver for PostgreSQL: set BACKEND_IMAGE/)
    assert.deepEqual(changes(), [])
    const named = await provision({ DATABASE_URL, BACKEND_IMAGE: image('backend', 'c') })
    assert.equal(named.code, 0, named.all)
    assert.equal(imageOf('backend'), image('backend', 'c'))
    assert.equal(app('backend').properties.template.scale.maxReplicas, 4)
  })

  test('shows no secret, on the screen or in the process list', async () => {
    const secrets = {
      REGISTRY_USERNAME: 'me',
      REGISTRY_PASSWORD: 'secret-of-the-registry',
      SESSION_KEY: 'secret-of-sessions-32-characters-long',
      DATABASE_URL: 'postgres://me:secret-of-the-database@server/tasks',
    }
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash, ...secrets })
    assert.equal(code, 0, all)
    for (const secret of ['secret-of', '0f0f0f']) {
      assert.ok(!all.includes(secret))
      assert.ok(!JSON.stringify(world.calls).includes(secret))
    }
    assert.equal(environment()['DATABASE_URL'], secrets.DATABASE_URL)
    const { configuration } = app('frontend').properties
    assert.deepEqual(configuration.secrets, [{ name: 'registry-password', value: secrets.REGISTRY_PASSWORD }])
  })

  test('reads what az prints on Windows', async () => {
    world.windows = true
    await provisioned({ RATE_LIMIT: '600' })
    const earlier = structuredClone(resources())
    assert.equal((await provision()).code, 0)
    assert.deepEqual(resources(), earlier)
  })

  test("trusts the repository in GitHub's spelling, with ids where it has them", async () => {
    world.github.repositories['Owner/Repo']!.prefix = ''
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash, REPOSITORY: 'owner/repo' })
    assert.equal(code, 0, all)
    const credential = resources().find(({ name }) => name === 'taskapp-deploy/github')
    assert.equal(credential.properties.subject, 'repo:Owner/Repo:environment:production')
  })

  test("keeps the environment's reviewers, and adds what is missing", async () => {
    const { environments } = world.github.repositories['Owner/Repo']!
    environments['production'] = {
      limited: true,
      rules: [{ type: 'required_reviewers' }],
      policies: [{ name: 'main', type: 'branch' }],
    }
    assert.equal((await provision({ AUTH_TOKEN_SHA256: hash })).code, 0)
    assert.equal(environments['production'].rules.length, 1)
    assert.deepEqual(environments['production'].policies.at(-1), { name: 'v*', type: 'tag' })
  })

  test('refuses an environment that every branch may use', async () => {
    const { environments } = world.github.repositories['Owner/Repo']!
    environments['production'] = { limited: false, rules: [{ type: 'required_reviewers' }], policies: [] }
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(code, 1)
    assert.match(all, /is open to every branch: limit it to main and tags v\*/)
    assert.deepEqual(changes(), [])
  })

  test('says that a private repository cannot restrict its environment, and continues', async () => {
    world.github.repositories['Owner/Repo']!.private = true
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(code, 0, all)
    assert.match(all, /on paid plans alone: here every branch may deploy/)
  })

  for (const [name, env, message] of [
    ['REPOSITORY', { REPOSITORY: 'repo' }, /Cannot use REPOSITORY "repo": expected OWNER\/REPO/],
    [
      'AUTH_TOKEN_SHA256',
      { AUTH_TOKEN_SHA256: 'a-token' },
      /Cannot use AUTH_TOKEN_SHA256: expected SHA-256 hashes/,
    ],
    ['SESSION_KEY', { SESSION_KEY: 'short' }, /Cannot use SESSION_KEY: expected at least 32/],
    ['LOG_DAYS', { LOG_DAYS: '7' }, /Cannot use LOG_DAYS "7": expected 0, or an integer from 30 to 730/],
    ['MAX_REPLICAS', { MAX_REPLICAS: 'many' }, /Cannot use MAX_REPLICAS "many"/],
    ['RATE_LIMIT', { RATE_LIMIT: '600\n' }, /Cannot use RATE_LIMIT: there is a line break/],
    ['LOCATION', { LOCATION: '' }, /Say where: LOCATION=westeurope/],
    [
      'LOCATION',
      { LOCATION: 'moon' },
      /Container Apps is not offered in LOCATION "moon": expected one of eastus westeurope/,
    ],
    [
      'a missing password',
      { REGISTRY_USERNAME: 'me' },
      /REGISTRY_USERNAME is set: set REGISTRY_PASSWORD too/,
    ],
  ] as const)
    test(`refuses a wrong ${name} before it changes anything: ${JSON.stringify(env)}`, async () => {
      const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash, ...env })
      assert.notEqual(code, 0)
      assert.match(all, message)
      assert.deepEqual(changes(), [])
    })

  test('refuses an unknown option, and tokens with --open', async () => {
    assert.match((await provision({}, '--opne')).all, /Cannot use --opne: the options are/)
    assert.match((await provision({ AUTH_TOKEN_SHA256: hash }, '--open')).all, /leave out one of the two/)
  })

  for (const [name, change, message] of [
    [
      'no sign-in to Azure',
      () => (world.azure.signedIn = false),
      /The Azure CLI is not signed in: run az login/,
    ],
    [
      'an old Azure CLI',
      () => (world.azure.version = '2.45.0'),
      /The Azure CLI is 2\.45\.0, and 2\.62 is needed: run az upgrade/,
    ],
    [
      'no sign-in to GitHub',
      () => (world.github.signedIn = false),
      /The GitHub CLI is not signed in: run gh auth login/,
    ],
    ['no such repository', () => (world.github.repositories = {}), /Cannot read the repository Owner\/Repo/],
  ] as const)
    test(`says in a sentence what to do about ${name}`, async () => {
      change()
      const { code, errors } = await provision({ AUTH_TOKEN_SHA256: hash })
      assert.notEqual(code, 0)
      assert.match(errors.trim().split('\n').at(-1)!, message)
      assert.deepEqual(changes(), [])
    })

  test('works only in the intended subscription', async () => {
    const { code, all } = await provision({ AUTH_TOKEN_SHA256: hash, AZURE_SUBSCRIPTION_ID: 'another' })
    assert.equal(code, 1)
    assert.match(
      all,
      /az uses the subscription 1111.* and AZURE_SUBSCRIPTION_ID says another: run az account set/,
    )
    assert.deepEqual(changes(), [])
  })

  test('creates no second deployment in another subscription or group by accident', async () => {
    await provisioned({ RESOURCE_GROUP: 'elsewhere' })
    const { code, all } = await run('azure/provision.sh', [], repository)
    assert.equal(code, 0, all)
    assert.deepEqual(Object.keys(world.azure.groups), ['elsewhere'])

    world.calls = []
    world.azure.subscription = { ...world.azure.subscription, id: '3333' }
    const other = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(other.code, 1)
    assert.match(other.errors, /is deployed to the subscription 1111.*, and az uses 3333: run az account set/)
    assert.deepEqual(changes(), [])
    world.azure.groups = {}
    const meant = await provision({ AUTH_TOKEN_SHA256: hash, AZURE_SUBSCRIPTION_ID: '3333' })
    assert.equal(meant.code, 0, meant.all)
  })

  test('moves nothing to another region', async () => {
    await provisioned()
    const { code, all } = await provision({ LOCATION: 'eastus' })
    assert.equal(code, 1)
    assert.match(all, /The resource group taskapp is in westeurope, not in eastus: leave out LOCATION/)
  })

  // Codes as Azure documents or answers them.
  for (const [error, message] of [
    ['(SubscriptionNotFound) The subscription was not found', /There is no such subscription/],
    ["The subscription of 'x' doesn't exist in cloud 'AzureCloud'.", /There is no such subscription/],
    ['(ReadOnlyDisabledSubscription) The subscription is disabled', /The subscription is disabled/],
    [
      "(MissingSubscriptionRegistration) not registered to use namespace 'Microsoft.App'",
      /provider is not registered/,
    ],
    ['(LocationNotAvailableForResourceType) The provided location is not available', /take another LOCATION/],
    [
      '(MaxNumberOfRegionalEnvironmentsInSubExceeded) cannot have more than 1',
      /A quota of the subscription is used up/,
    ],
    [
      '(MaxNumberOfGlobalEnvironmentsInSubExceeded) cannot have more than 1',
      /A quota of the subscription is used up/,
    ],
    ['(ManagedEnvironmentCapacityHeavyUsageError) heavy usage', /no capacity/],
    ['(DeploymentActive) Unable to edit or replace deployment', /An earlier run is still at work/],
    ['(ContainerAppOperationInProgress) in progress', /An earlier run is still at work/],
    ['(ResourceGroupBeingDeleted) cannot perform write', /An earlier run is still at work/],
    [
      "(RequestDisallowedByPolicy) Resource 'x' was disallowed by policy",
      /A policy of the subscription forbids this/,
    ],
    [
      "(AuthorizationFailed) perform action 'Microsoft.Authorization/roleAssignments/write'",
      /may not assign roles/,
    ],
    ["(AuthorizationFailed) perform action 'Microsoft.App/managedEnvironments/write'", /lacks a right/],
    ["Field 'template.containers.backend.image' is invalid with details: DENIED", /cannot pull that image/],
    [
      "'containerapp' is misspelled or not recognized by the system.",
      /no containerapp command: run az upgrade/,
    ],
    ['AADSTS700082: The refresh token has expired. Run az login', /not signed in: run az login/],
  ] as const)
    test(`says in a sentence what to do about ${error}`, async () => {
      world.faults.push({ command: 'az account show', error, always: true })
      const { code, errors } = await run(
        '/bin/bash',
        ['--norc', '-c', `set -euo pipefail; . ${root}/azure/az.sh; az account show`],
        {},
      )
      assert.equal(code, 1)
      const lines = errors.trim().split('\n')
      assert.equal(lines[0], `ERROR: ${error}`)
      assert.match(lines[1]!, message)
      assert.equal(lines.length, 2)
    })

  test('exits with such a sentence', async () => {
    const error = '(MaxNumberOfRegionalEnvironmentsInSubExceeded) cannot have more than 1'
    world.faults.push({ command: 'az deployment group create', error })
    const { code, errors } = await provision({ AUTH_TOKEN_SHA256: hash })
    assert.equal(code, 1)
    assert.match(errors.trim().split('\n').at(-1)!, /^A quota of the subscription is used up/)
  })

  test('accepts every setting of the backend, except those that Azure sets', () => {
    const taken = new Set<string>()
    // Variables that a platform sets are read, too.
    const platform = /^(CONTAINER_APP|KUBERNETES)_/
    readConfig(
      new Proxy({}, { get: (_, name) => void (platform.test(String(name)) || taken.add(String(name))) }),
    )
    const script = readFileSync(join(root, 'azure/provision.sh'), 'utf8')
    const [, secrets] = /^secrets='(.*)'$/m.exec(script)!
    const [, settings] = /^settings='(.*)'$/m.exec(script)!
    const given = [
      // Address, page, stop timeout and trusted proxies: the template sets them.
      ...['HOST', 'PORT', 'WEB_ROOT', 'SHUTDOWN_SECONDS', 'TRUSTED_PROXIES'],
      // The journal on the share has every older state; PostgreSQL has its own backups.
      ...['DURABLE_DIR', 'BACKUP_DIR', 'BACKUP_EVERY_HOURS', 'BACKUP_KEEP'],
      // The URL is a secret of the app.
      'DATABASE_URL_FILE',
    ]
    assert.deepEqual([...secrets!.split(' '), ...settings!.split(' '), ...given].sort(), [...taken].sort())
  })
})

suite('A deployment', { skip }, () => {
  const deploy = (env: Readonly<Record<string, string>> = {}) =>
    run('azure/deploy.sh', [], {
      RESOURCE_GROUP: 'taskapp',
      BACKEND_IMAGE: image('backend', 'b'),
      FRONTEND_IMAGE: image('frontend', 'b'),
      ...env,
    })
  /** For each update, the app and the first letter of the digest. */
  const updates = () =>
    world.calls
      .map((words) => words.join(' '))
      .filter((call) => call.startsWith('az containerapp update'))
      .map((call) => /taskapp-(\w+) .*sha256:(\w)/.exec(call)!.slice(1).join(' '))
  const running = () => [imageOf('backend'), imageOf('frontend')]

  beforeEach(async () => {
    await provisioned()
    for (const part of ['backend', 'frontend'])
      app(part).properties.template.containers[0].image = image(part, 'a')
  })

  test('puts the backend into service, then the frontend, then looks at the page', async () => {
    const { code, all } = await deploy()
    assert.equal(code, 0, all)
    assert.deepEqual(updates(), ['backend b', 'frontend b'])
    assert.deepEqual(running(), [image('backend', 'b'), image('frontend', 'b')])
    assert.match(all, /The page answers: https:\/\/taskapp-frontend\.example/)
    assert.ok(
      all.includes(`Before: BACKEND_IMAGE=${image('backend', 'a')} FRONTEND_IMAGE=${image('frontend', 'a')}`),
    )
  })

  test('can be run again with the same images', async () => {
    await deploy()
    const { code, all } = await deploy()
    assert.equal(code, 0, all)
    assert.equal(app('backend').properties.revisions, 2)
  })

  test('keeps the settings', async () => {
    const earlier = environment()
    await deploy()
    assert.deepEqual(environment(), earlier)
  })

  test('puts the old backend back when the new one does not become healthy', async () => {
    world.azure.broken = [image('backend', 'b')]
    const { code, all } = await deploy()
    assert.equal(code, 1)
    assert.deepEqual(updates(), ['backend b', 'backend a', 'frontend a'])
    assert.deepEqual(running(), [image('backend', 'a'), image('frontend', 'a')])
    assert.match(
      all,
      /The revision taskapp-backend--0000002 of taskapp-backend is not healthy: Failed\/Failed\/None\. Its log: az containerapp logs show/,
    )
    assert.match(all, /What ran before runs again/)
    // It does not wait for a failed revision.
    const looks = world.calls.filter((words) => words.includes('taskapp-backend--0000002'))
    assert.equal(looks.length, 1)
  })

  test('fails when another image is running than the requested one', async () => {
    world.azure.other = image('backend', 'c')
    const { code, all } = await deploy()
    assert.equal(code, 1)
    assert.ok(all.includes(`taskapp-backend runs ${image('backend', 'c')}, not ${image('backend', 'b')}`))
    assert.match(all, /It could not be put back: look at it now/)
  })

  for (const [name, path, answer, message] of [
    [
      'the page answers and the API does not',
      '/api/readyz',
      [200, 'text/html', '<!doctype html>'],
      /expected \{"status":"ok"\}/,
    ],
    [
      'the API fails',
      '/api/readyz',
      [502, 'application/problem+json', '{"title":"Bad Gateway"}'],
      /answers "\{"title":"Bad Gateway"\} 502 application/,
    ],
    [
      'the list is open though there are tokens',
      '/api/tasks?limit=1',
      [200, 'application/json', '[]'],
      /expected 401, since there are tokens/,
    ],
    [
      'the page is another',
      '/',
      [200, 'text/html', '<h1>Welcome to nginx!</h1>'],
      /expected the page with its script/,
    ],
    [
      'the page has no script',
      '/main.js',
      [404, 'text/html', 'not here'],
      /main\.js answers .*: expected a script/,
    ],
  ] as const)
    test(`puts both back when ${name}`, async () => {
      page = (req, res) => {
        const old = imageOf('frontend') === image('frontend', 'a')
        if (req.url !== path || old) return taskapp()(req, res)
        res.writeHead(answer[0], { 'Content-Type': answer[1] }).end(answer[2])
      }
      const { code, all } = await deploy()
      assert.equal(code, 1)
      assert.match(all, message)
      assert.deepEqual(updates(), ['backend b', 'frontend b', 'backend a', 'frontend a'])
      assert.match(all, /What ran before runs again/)
    })

  test('expects an open list where there are no tokens', async () => {
    page = taskapp({ open: true })
    assert.equal((await provision({}, '--open')).code, 0)
    const { code, all } = await deploy()
    assert.equal(code, 0, all)
  })

  test('says so when the rollback fails, too', async () => {
    world.azure.broken = [image('backend', 'a'), image('backend', 'b')]
    const { code, all } = await deploy()
    assert.equal(code, 1)
    assert.match(all, /could not be put back/)
  })

  test('names the subscription that lacks taskapp', async () => {
    const { code, errors } = await deploy({ RESOURCE_GROUP: 'elsewhere' })
    assert.equal(code, 1)
    assert.match(errors, /It is not there in the subscription that az uses, Pay as you go: az account set/)
  })

  test('fails at once while another deployment is in progress', async () => {
    world.faults.push({
      command: 'az containerapp update',
      error: '(ContainerAppOperationInProgress)',
      always: true,
    })
    const { code, errors } = await deploy()
    assert.equal(code, 1)
    assert.match(errors, /An earlier run is still at work in Azure: wait/)
  })

  for (const [env, message] of [
    [{ BACKEND_IMAGE: 'ghcr.io/owner/taskapp-backend:latest' }, /BACKEND_IMAGE has to be NAME@sha256:DIGEST/],
    [{ FRONTEND_IMAGE: `GHCR.io/Owner/x@${digest('a')}` }, /FRONTEND_IMAGE has to be NAME@sha256:DIGEST/],
    [{ BACKEND_IMAGE: '--help' }, /has to be NAME@sha256:DIGEST/],
    [{ BACKEND_IMAGE: '' }, /Cannot deploy nothing/],
    [{ BACKEND_IMAGE: image('frontend', 'b') }, /as BACKEND_IMAGE: expected an image named taskapp-backend/],
    [{ RESOURCE_GROUP: '' }, /Say where taskapp is/],
  ] as const)
    test(`refuses ${JSON.stringify(env).slice(0, 60)}`, async () => {
      const { code, all } = await deploy(env)
      assert.notEqual(code, 0)
      assert.match(all, message)
      assert.deepEqual(updates(), [])
    })
})

suite('Removing', { skip }, () => {
  const remove = (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) =>
    run('azure/remove.sh', ['taskapp', ...args], env)

  test('deletes the group with everything in it, and the logs permanently', async () => {
    await provisioned()
    const { code, all } = await remove({ INPUT: 'taskapp\n' })
    assert.equal(code, 0, all)
    assert.deepEqual(world.azure.groups, {})
    assert.deepEqual(changes(), [
      'az monitor log-analytics workspace delete --resource-group taskapp --workspace-name taskapp --force --yes',
      'az group delete --name taskapp --yes',
    ])
  })

  test('asks for the name once more', async () => {
    await provisioned()
    const { code, all } = await remove({ INPUT: 'yes\n' })
    assert.equal(code, 1)
    assert.match(all, /Not removed: that was not its name/)
    assert.deepEqual(changes(), [])
  })

  test('changes nothing in a dry run', async () => {
    await provisioned()
    const { code, all } = await remove({}, '--dry-run')
    assert.equal(code, 0, all)
    assert.match(all, /\+ az group delete --name taskapp --yes/)
    assert.deepEqual(changes(), [])
  })

  test('keeps what provision.sh did not create', async () => {
    await provisioned()
    world.azure.groups['taskapp']!.resources['/other'] = {
      id: '/other',
      type: 'x',
      location: 'x',
      tags: null,
    }
    const { code, all } = await remove({ YES: '1' })
    assert.equal(code, 1)
    assert.match(all, /Not removed: in taskapp there are things that provision\.sh did not make.*\n\/other/)
    assert.deepEqual(changes(), [])
  })

  test('can be run again, also after it was interrupted', async () => {
    await provisioned()
    world.faults.push({ command: 'az group delete', error: 'interrupted' })
    assert.equal((await remove({ YES: '1' })).code, 1)
    assert.equal((await remove({ YES: '1' })).code, 0)
    const { code, out } = await remove({ YES: '1' })
    assert.equal(code, 0)
    assert.match(
      out,
      /There is no resource group taskapp in the subscription Pay as you go: nothing to remove/,
    )
  })

  test('requires a name, and refuses an unknown option', async () => {
    assert.match((await run('azure/remove.sh', [], {})).all, /Say what to remove/)
    assert.match((await remove({}, '--yes')).all, /Cannot use --yes/)
  })
})

suite('The scripts of azure/', () => {
  test('are written for the bash 3.2 of macOS', () => {
    for (const script of ['az.sh', 'provision.sh', 'deploy.sh', 'remove.sh'])
      assert.doesNotMatch(
        readFileSync(join(root, 'azure', script), 'utf8'),
        /declare -[An]|local -[An]|mapfile|readarray|\$\{[^}]*(\^|,,|@[A-Z])[^}]*\}|\|&|&>>|\bcoproc\b|wait -n/,
        script,
      )
  })
})

suite('The stand-in for az refuses', () => {
  for (const [words, message] of [
    ['containerapp create --name x', /not recognized/],
    ['containerapp update --volume-name data', /unrecognized arguments: --volume-name/],
    ['group show taskapp', /unrecognized arguments: taskapp/],
    ['group show --name --output tsv', /argument --name: expected one argument/],
  ] as const)
    test(words, () => assert.throws(() => parseCommand('az', words.split(' ')), message))
})
