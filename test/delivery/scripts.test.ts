/** The scripts as a shell runs them. Azure and GitHub are stand-ins that answer as their documentation says. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-delivery-'))
after(() => rmSync(home, { recursive: true, force: true }))

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const image = (part: string, letter: string) => `ghcr.io/owner/taskapp-${part}@${digest(letter)}`

/** What the stand-in for Azure knows; it is a file, since each call of `az` is a process. */
interface Azure {
  /** The image of each app. */
  readonly images: Record<string, string>
  /** Images whose revision never gets healthy. */
  readonly broken: string[]
  /** Each call, as it was written. */
  readonly calls: string[]
}

const az = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
const azure = JSON.parse(readFileSync(process.env.AZURE, 'utf8'))
azure.calls.push(args.join(' '))
const option = (name) => args[args.indexOf(name) + 1]
const call = args.slice(0, args.findIndex((arg) => arg.startsWith('-'))).join(' ')
const query = option('--query')
const app = option('--name')
let answer = ''
if (call === 'containerapp update') azure.images[app] = option('--image')
else if (call === 'containerapp show' && query.includes('latestRevisionName')) answer = app + '--1'
else if (call === 'containerapp show' && query.includes('fqdn')) answer = 'taskapp.example'
else if (call === 'containerapp show') answer = azure.images[app] ?? ''
else if (call === 'containerapp revision show')
  answer = azure.broken.includes(azure.images[app]) ? 'Provisioned/Failed/Unhealthy' : 'Provisioned/Running/Healthy'
else if (call === 'group show') answer = '/subscriptions/1/resourceGroups/taskapp'
else if (call.endsWith('show')) answer = 'some-' + (query ?? 'thing').split('.').at(-1)
writeFileSync(process.env.AZURE, JSON.stringify(azure))
if (answer) console.log(answer)
`
/** The real curl, led to the page of the test in place of taskapp.example. */
const curl = `#!/bin/bash
args=("\${@//https:\\/\\/taskapp.example/$PAGE}")
for index in "\${!args[@]}"; do [ "\${args[index]}" = --retry ] && args[index + 1]=1; done
exec /usr/bin/curl "\${args[@]}"
`
const gh = `#!/bin/bash
echo 'repo:Owner@1/Repo@2'
`
for (const [name, text] of Object.entries({ az, curl, gh })) {
  writeFileSync(join(home, name), text)
  chmodSync(join(home, name), 0o755)
}

async function run(script: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(join(root, script), args, {
    env: { PATH: `${home}:/usr/bin:/bin`, ATTEMPTS: '2', PAUSE: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk
    })
  const [code] = await once(child, 'close')
  return { code, out }
}

async function deploy(page: RequestListener, { broken = [] as string[], to = 'b' } = {}) {
  const server = createServer(page).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const file = join(home, 'azure.json')
  const images = { 'taskapp-backend': image('backend', 'a'), 'taskapp-frontend': image('frontend', 'a') }
  writeFileSync(file, JSON.stringify({ images, broken, calls: [] } satisfies Azure))
  const { code, out } = await run('azure/deploy.sh', [], {
    AZURE: file,
    PAGE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    RESOURCE_GROUP: 'taskapp',
    BACKEND_IMAGE: image('backend', to),
    FRONTEND_IMAGE: image('frontend', to),
  })
  server.close()
  const azure: Azure = JSON.parse(readFileSync(file, 'utf8'))
  const updates = azure.calls
    .filter((call) => call.startsWith('containerapp update'))
    .map((call) => /taskapp-(\w+) .*sha256:(\w)/.exec(call)!.slice(1).join(' '))
  return { code, out, images: azure.images, updates }
}

const good: RequestListener = (req, res) => {
  const api = req.url!.startsWith('/api/')
  res.writeHead(200, { 'Content-Type': api ? 'application/json' : 'text/html' })
  res.end(api ? '{"status":"ok"}' : '<!doctype html>')
}
const onlyPage: RequestListener = (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>')
}

suite('A deployment', () => {
  test('puts the backend into service, then the frontend, then looks at the page', async () => {
    const { code, out, images, updates } = await deploy(good)
    assert.equal(code, 0, out)
    assert.deepEqual(updates, ['backend b', 'frontend b'])
    assert.equal(images['taskapp-frontend'], image('frontend', 'b'))
    assert.match(out, /The page answers: https:\/\/taskapp\.example/)
  })

  test('can be run again with the same images', async () => {
    const { code, out, updates } = await deploy(good, { to: 'a' })
    assert.equal(code, 0, out)
    assert.deepEqual(updates, ['backend a', 'frontend a'])
  })

  test('puts the old backend back when the new one does not become healthy, and leaves the frontend alone', async () => {
    const { code, out, images, updates } = await deploy(good, { broken: [image('backend', 'b')] })
    assert.equal(code, 1)
    assert.deepEqual(updates, ['backend b', 'backend a', 'frontend a'])
    assert.equal(images['taskapp-backend'], image('backend', 'a'))
    assert.match(out, /is not healthy: Provisioned\/Failed/)
  })

  test('puts both back when the page answers but the API does not', async () => {
    const { code, out, updates } = await deploy(onlyPage)
    assert.equal(code, 1)
    assert.deepEqual(updates, ['backend b', 'frontend b', 'backend a', 'frontend a'])
    assert.match(out, /does not say that it is ready: <!doctype html>/)
  })

  test('puts both back when the API fails', async () => {
    const { code, updates } = await deploy((_req, res) => res.writeHead(502).end())
    assert.equal(code, 1)
    assert.deepEqual(updates.slice(2), ['backend a', 'frontend a'])
  })

  test('says so when what ran before does not come back either', async () => {
    const { code, out } = await deploy(good, { broken: [image('backend', 'a'), image('backend', 'b')] })
    assert.equal(code, 1)
    assert.match(out, /could not be put back/)
  })

  for (const wrong of ['ghcr.io/owner/taskapp-backend:latest', `GHCR.io/Owner/x@${digest('a')}`, '--help'])
    test(`takes no image named ${wrong.slice(0, 40)}`, async () => {
      const env = { RESOURCE_GROUP: 'x', BACKEND_IMAGE: wrong, FRONTEND_IMAGE: image('frontend', 'a') }
      const { code, out } = await run('azure/deploy.sh', [], env)
      assert.equal(code, 2)
      assert.match(out, /has to be named NAME@sha256:DIGEST/)
    })
})

suite('Provisioning', () => {
  const provision = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const file = join(home, 'azure.json')
    const images = { 'taskapp-backend': image('backend', 'a') }
    writeFileSync(file, JSON.stringify({ images, broken: [], calls: [] } satisfies Azure))
    const result = await run('azure/provision.sh', args, {
      AZURE: file,
      REPOSITORY: 'Owner/Repo',
      LOCATION: 'westeurope',
      ...env,
    })
    return { ...result, calls: (JSON.parse(readFileSync(file, 'utf8')) as Azure).calls }
  }

  test('does nothing in a dry run but tell every command', async () => {
    const { code, out, calls } = await provision(['--dry-run'])
    assert.equal(code, 0, out)
    assert.deepEqual(calls, [])
    assert.match(out, /\+ az group create --name taskapp --location westeurope/)
    assert.match(out, /\+ az deployment group create .*main\.json .*ghcr\.io\/owner\/taskapp-backend:main/)
    assert.match(out, /--role Container\\ Apps\\ Contributor/)
  })

  test('trusts this repository alone, by its ids, and keeps the images that run', async () => {
    const { code, out, calls } = await provision([])
    assert.equal(code, 0, out)
    const called = (start: string) => calls.find((call) => call.startsWith(start))!
    assert.match(
      called('identity federated-credential create'),
      /--subject repo:Owner@1\/Repo@2:environment:production/,
    )
    const deployment = called('deployment group create')
    assert.ok(deployment.includes(`backendImage=${image('backend', 'a')}`))
    assert.ok(deployment.includes('frontendImage=ghcr.io/owner/taskapp-frontend:main'))
    assert.match(called('role assignment create'), /--scope \/subscriptions\/1\/resourceGroups\/taskapp/)
    for (const name of ['AZURE_CLIENT_ID', 'AZURE_TENANT_ID', 'AZURE_SUBSCRIPTION_ID', 'AZURE_DEPLOY'])
      assert.match(out, new RegExp(`${name} +\\S`))
  })

  test('with DATABASE_URL wants the image with the driver, lets replicas be more, and shows no password', async () => {
    const DATABASE_URL = 'postgres://me:topsecret@server:5432/tasks?sslmode=verify-full&sslrootcert=x'
    const { out, calls } = await provision(['--dry-run'], { DATABASE_URL, MAX_REPLICAS: '3' })
    assert.deepEqual(calls, [])
    assert.match(
      out,
      /databaseUrl=… maxReplicas=3 backendImage=ghcr\.io\/owner\/taskapp-backend:main-postgres /,
    )
    assert.doesNotMatch(out, /topsecret|sslrootcert/)
    const named = await provision([], { DATABASE_URL, BACKEND_IMAGE: image('backend', 'b') })
    const deployment = named.calls.find((call) => call.startsWith('deployment group create'))!
    assert.ok(deployment.includes(`databaseUrl=${DATABASE_URL} `))
    assert.ok(deployment.includes(`backendImage=${image('backend', 'b')}`))
    assert.match(named.out, /AZURE_DATABASE +postgres/)
  })

  test('shows no password', async () => {
    const { out, calls } = await provision([], { REGISTRY_USERNAME: 'me', REGISTRY_PASSWORD: 'topsecret' })
    assert.doesNotMatch(out, /topsecret/)
    assert.ok(calls.some((call) => call.includes('registryPassword=topsecret')))
  })

  test('asks for what it must know', async () => {
    const { code, out } = await provision([], { LOCATION: '' })
    assert.notEqual(code, 0)
    assert.match(out, /Say where: LOCATION/)
  })

  test('is undone by one command', async () => {
    const { code, out } = await run('azure/remove.sh', ['taskapp', '--dry-run'], {})
    assert.equal(code, 0)
    assert.equal(out, '+ az group delete --name taskapp --yes\n')
    assert.notEqual((await run('azure/remove.sh', [], {})).code, 0)
  })
})

suite('Release notes', () => {
  const changelog = join(home, 'CHANGELOG.md')
  writeFileSync(
    changelog,
    '# Changelog\n\n## Unreleased\n\n- c\n\n## 1.2.3 (today)\n\n- b\n\n## 1.2.2\n\n- a\n',
  )

  test("are the changelog's part for the version", async () => {
    const { code, out } = await run('scripts/release-notes.sh', ['v1.2.3', changelog], {})
    assert.equal(code, 0)
    assert.equal(out.trim(), '- b')
    assert.equal((await run('scripts/release-notes.sh', ['v1.2.2', changelog], {})).out.trim(), '- a')
  })

  test('that nobody wrote stop the release', async () => {
    for (const args of [['v1.2', changelog], ['v99.0.0']]) {
      const { code, out } = await run('scripts/release-notes.sh', args, {})
      assert.equal(code, 1)
      assert.match(out, /has no part "## /)
    }
  })
})
