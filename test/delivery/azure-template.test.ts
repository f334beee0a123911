/** azure/main.json, evaluated as Azure evaluates it, for every combination of its parameters. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { Ajv } from 'ajv'
import { readConfig } from '../../src/config.ts'
import { root } from '../helpers/app.ts'
import { evaluate, parseWithComments, type Resource, type Value } from '../helpers/arm.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const text = read('azure/main.json')
const template = parseWithComments(text)

const digest = `sha256:${'a'.repeat(64)}`
const images = {
  backendImage: `ghcr.io/owner/taskapp-backend@${digest}`,
  frontendImage: `ghcr.io/owner/taskapp-frontend@${digest}`,
}
const given = {
  repository: 'Owner/Repo',
  subject: 'repo:Owner@1/Repo@2:environment:production',
  ...images,
}
const DATABASE_URL = 'postgres://user@server.postgres.database.azure.com:5432/tasks'
const access = {
  AUTH_TOKEN_SHA256: `me:${'0'.repeat(64)}`,
  SESSION_KEY: 'thirty-two characters of chance, or more',
}

const combinations: { readonly name: string; readonly parameters: Value }[] = []
for (const settings of [{}, { RATE_LIMIT: '600', LOG_LEVEL: 'warn' }])
  for (const tokens of [{}, access])
    for (const database of [{}, { DATABASE_URL }])
      for (const logDays of [0, 30, 365])
        for (const registry of [{}, { registryUsername: 'me', registryPassword: 'pass-of-registry' }]) {
          const all = { settings, secrets: { ...tokens, ...database }, logDays, ...registry }
          const name = `${Object.keys({ ...settings, ...tokens, ...database, ...registry }).join(' ')} ${logDays}`
          combinations.push({ name, parameters: { ...given, ...all } })
        }

/** The resource of that type whose name is, or ends with, `name`. */
function find(resources: readonly Resource[], type: string, name = ''): Resource {
  const found = resources.filter((one) => one.type === type && one.name.endsWith(name))
  assert.equal(found.length, 1, `${type} ${name}`)
  return found[0]!
}
const app = (resources: readonly Resource[], part: string) =>
  find(resources, 'Microsoft.App/containerApps', `taskapp-${part}`)
const container = (resources: readonly Resource[], part: string) =>
  app(resources, part).properties.template.containers[0]
const account = (resources: readonly Resource[]) => find(resources, 'Microsoft.Storage/storageAccounts')

/** The environment that the backend gets, secrets included. */
function environment(resources: readonly Resource[]): Record<string, string> {
  const { secrets } = app(resources, 'backend').properties.configuration
  return Object.fromEntries(
    container(resources, 'backend').env.map(({ name, value, secretRef }: Value) => [
      name,
      value ?? secrets.find((one: Value) => one.name === secretRef).value,
    ]),
  )
}

const ajv = new Ajv({ strict: false })
const schemas = new Map<string, ReturnType<typeof ajv.compile>>()
function validate({ id: _, ...resource }: Resource) {
  let check = schemas.get(resource['type'])
  if (!check) {
    check = ajv.compile(JSON.parse(read(`test/schemas/azure/${resource['type'].replaceAll('/', '.')}.json`)))
    schemas.set(resource['type'], check)
  }
  // Resource Manager consumes these before the provider sees the resource; null counts as absent.
  const { dependsOn: __, ...own } = resource
  const sent = JSON.parse(JSON.stringify(own, (_, value) => value ?? undefined))
  assert.ok(check(sent), `${resource['type']}: ${JSON.stringify(check.errors, null, 2)}`)
}

suite('The Azure template', () => {
  for (const { name, parameters } of combinations)
    test(`follows the published schemas with ${name}`, () => {
      const { resources, outputs } = evaluate(template, parameters)
      for (const resource of resources) validate(resource)
      assert.deepEqual(outputs, {
        url: { type: 'string', value: 'https://taskapp-frontend.example' },
        clientId: { type: 'string', value: 'client-id' },
      })

      const ids = resources.map(({ id }) => id)
      assert.equal(new Set(ids).size, ids.length)
      for (const part of ['backend', 'frontend']) {
        const { configuration, template } = app(resources, part).properties
        const secrets = configuration.secrets.map((one: Value) => one.name)
        for (const secret of secrets) assert.match(secret, /^[a-z0-9][a-z0-9-]*[a-z0-9]$/)
        const { env, volumeMounts = [] } = container(resources, part)
        assert.equal(new Set(env.map((one: Value) => one.name)).size, env.length, 'a variable is set twice')
        const references = env.flatMap((one: Value) => one.secretRef ?? [])
        references.push(...configuration.registries.map((one: Value) => one.passwordSecretRef))
        assert.deepEqual(references.sort(), secrets.sort())
        const volumes = (template.volumes ?? []).map((one: Value) => one.name)
        assert.deepEqual(
          volumeMounts.map((one: Value) => one.volumeName),
          volumes,
        )
      }

      const own = { ...environment(resources) }
      if (own['DURABLE_DIR']) own['DURABLE_DIR'] = root
      readConfig(own)
    })

  test('uses every parameter and every variable', () => {
    for (const kind of ['parameters', 'variables']) {
      const used = new Set(
        Array.from(text.matchAll(new RegExp(`${kind}\\('(\\w+)'\\)`, 'g')), ([, name]) => name),
      )
      assert.deepEqual([...used].sort(), Object.keys(template[kind]).sort())
    }
  })

  test('puts no secret into an output, a tag or a plain variable', () => {
    const { parameters } = combinations.at(-1)!
    const { resources, outputs } = evaluate(template, parameters)
    const visible = JSON.stringify([
      outputs,
      resources.map(({ tags, name }) => [tags, name]),
      ['backend', 'frontend'].map((part) => container(resources, part)),
    ])
    for (const secret of [
      ...Object.values(access),
      DATABASE_URL,
      'pass-of-registry',
      'storage-key',
      'workspace-key',
    ])
      assert.ok(!visible.includes(secret), secret)
    for (const name of ['secrets', 'registryPassword'])
      assert.match(template.parameters[name].type, /^secure/)
  })

  test('listens where the images listen', () => {
    const { resources } = evaluate(template, given)
    for (const part of ['backend', 'frontend']) {
      const port = Number([...read(`Dockerfile.${part}`).matchAll(/^EXPOSE (\d+)/gm)].at(-1)![1])
      assert.equal(app(resources, part).properties.configuration.ingress.targetPort, port)
      const { probes } = container(resources, part)
      for (const probe of probes) assert.equal(probe.httpGet.port, port)
      assert.deepEqual(
        probes.map((one: Value) => one.type),
        ['Startup', 'Readiness', 'Liveness'],
      )
    }
  })

  test('is reachable through nginx only', () => {
    const { resources } = evaluate(template, given)
    assert.equal(app(resources, 'backend').properties.configuration.ingress.external, false)
    assert.equal(app(resources, 'frontend').properties.configuration.ingress.external, true)
    for (const part of ['backend', 'frontend'])
      assert.equal(app(resources, part).properties.configuration.ingress.allowInsecure, false)
    assert.deepEqual(container(resources, 'frontend').env, [
      { name: 'BACKEND_URL', value: 'https://taskapp-backend.example' },
    ])
  })

  test('sleeps when idle, and no probe wakes the backend', () => {
    const { resources } = evaluate(template, given)
    for (const part of ['backend', 'frontend']) {
      const { minReplicas, cooldownPeriod } = app(resources, part).properties.template.scale
      assert.deepEqual([minReplicas, cooldownPeriod], [0, 300])
    }
    for (const probe of container(resources, 'frontend').probes) assert.equal(probe.httpGet.path, '/healthz')
    assert.match(read('nginx/default.conf.template'), /location = \/healthz \{[^}]*return 200/)
  })

  test('runs one replica with SQLite, its journal on the share, and a sufficient grace period', () => {
    const { resources } = evaluate(template, given)
    const env = environment(resources)
    const { shutdownSeconds, database } = readConfig({ ...env, DURABLE_DIR: root })
    const { template: revision } = app(resources, 'backend').properties
    assert.ok(shutdownSeconds < revision.terminationGracePeriodSeconds)
    assert.equal(database.file, '/tmp/tasks.db')
    assert.equal(revision.scale.maxReplicas, 1)
    const [mount] = container(resources, 'backend').volumeMounts
    assert.equal(mount.mountPath, env['DURABLE_DIR'])

    const [volume] = revision.volumes
    const storage = find(resources, 'Microsoft.App/managedEnvironments/storages', volume.storageName)
    const { accountName, shareName, accountKey } = storage.properties.azureFile
    assert.equal(accountName, account(resources).name)
    assert.equal(accountKey, 'storage-key')
    find(resources, 'Microsoft.Storage/storageAccounts/fileServices/shares', `/default/${shareName}`)
  })

  test("mounts the share for the image's user", () => {
    const { resources } = evaluate(template, given)
    const user = [...read('Dockerfile.backend').matchAll(/^USER (\d+):(\d+)/gm)].at(-1)!
    const options = app(resources, 'backend').properties.template.volumes[0].mountOptions.split(',')
    assert.ok(options.includes(`uid=${user[1]}`) && options.includes(`gid=${user[2]}`))
  })

  test('with PostgreSQL runs several replicas, without journal and share', () => {
    const { resources } = evaluate(template, { ...given, secrets: { DATABASE_URL }, maxReplicas: 3 })
    const { template: revision } = app(resources, 'backend').properties
    assert.equal(revision.scale.maxReplicas, 3)
    assert.deepEqual(revision.volumes, [])
    assert.deepEqual(container(resources, 'backend').volumeMounts, [])
    const env = environment(resources)
    assert.equal(env['DURABLE_DIR'], undefined)
    assert.equal(readConfig(env).database.postgres?.url, DATABASE_URL)
  })

  test('passes the settings to the backend, secrets as secrets', () => {
    const settings = { RATE_LIMIT: '600', SHUTDOWN_SECONDS: '20' }
    const { resources } = evaluate(template, { ...given, settings, secrets: access })
    const { env } = container(resources, 'backend')
    const value = (name: string) => env.find((one: Value) => one.name === name)
    assert.deepEqual(value('RATE_LIMIT'), { name: 'RATE_LIMIT', value: '600' })
    assert.deepEqual(value('SHUTDOWN_SECONDS'), { name: 'SHUTDOWN_SECONDS', value: '20' })
    assert.deepEqual(value('SESSION_KEY'), { name: 'SESSION_KEY', secretRef: 'session-key' })
    assert.deepEqual(app(resources, 'backend').properties.configuration.secrets, [
      { name: 'auth-token-sha256', value: access.AUTH_TOKEN_SHA256 },
      { name: 'session-key', value: access.SESSION_KEY },
    ])
  })

  test("keeps logs beyond a replica's life, within the free quota, or not at all", () => {
    const type = 'Microsoft.OperationalInsights/workspaces'
    const logs = (logDays: number) => {
      const { resources } = evaluate(template, { ...given, logDays })
      const { appLogsConfiguration } = find(resources, 'Microsoft.App/managedEnvironments').properties
      return { appLogsConfiguration, workspaces: resources.filter((one) => one.type === type) }
    }
    const { appLogsConfiguration, workspaces } = logs(90)
    assert.deepEqual(appLogsConfiguration, {
      destination: 'log-analytics',
      logAnalyticsConfiguration: { customerId: 'customer-id', sharedKey: 'workspace-key' },
    })
    const { retentionInDays, workspaceCapping } = workspaces[0]!.properties
    assert.equal(retentionInDays, 90)
    assert.ok(workspaceCapping.dailyQuotaGb * 31 <= 5)
    assert.deepEqual(logs(0), { appLogsConfiguration: null, workspaces: [] })
  })

  test('allows only SMB with its key on the storage account', () => {
    const { resources } = evaluate(template, given)
    const { properties } = account(resources)
    assert.equal(properties.supportsHttpsTrafficOnly, true)
    assert.equal(properties.minimumTlsVersion, 'TLS1_2')
    assert.equal(properties.allowBlobPublicAccess, false)
    assert.equal(properties.allowCrossTenantReplication, false)
    assert.equal(properties.allowSharedKeyAccess, true)
    const { protocolSettings, shareDeleteRetentionPolicy } = find(
      resources,
      'Microsoft.Storage/storageAccounts/fileServices',
    ).properties
    assert.deepEqual(protocolSettings.smb, {
      versions: 'SMB3.1.1',
      authenticationMethods: 'NTLMv2',
      channelEncryption: 'AES-128-GCM;AES-256-GCM',
    })
    assert.deepEqual(shareDeleteRetentionPolicy, { enabled: true, days: 7 })
  })

  test('lets the identity of one repository and environment update the two apps only', () => {
    const { resources } = evaluate(template, given)
    const credential = find(
      resources,
      'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials',
    )
    assert.equal(credential.properties.subject, given.subject)
    const roles = resources.filter((one) => one.type === 'Microsoft.Authorization/roleAssignments')
    const ids = [
      app(resources, 'backend').id,
      app(resources, 'frontend').id,
      find(resources, 'Microsoft.App/managedEnvironments').id,
    ]
    assert.deepEqual(
      roles.map(({ scope }) => scope),
      ids,
    )
    for (const { properties } of roles) {
      assert.equal(properties.principalId, 'principal-id')
      // Container Apps Contributor
      assert.match(properties.roleDefinitionId, /\/358470bc-b998-42bd-ab17-a7e34c199c0f$/)
    }
  })

  test('tags everything that can have tags', () => {
    const { resources } = evaluate(template, given)
    for (const { type, tags, location } of resources)
      if (location) assert.deepEqual(tags, { application: 'taskapp', repository: 'Owner/Repo' }, type)
    assert.equal(resources.filter(({ location }) => location).length, 6)
  })
})

suite('The evaluator of templates refuses', () => {
  const bare = { parameters: {}, variables: {}, resources: [], outputs: {} }
  const storage = {
    type: 'Microsoft.Storage/storageAccounts',
    apiVersion: '1',
    name: 'one',
    properties: {},
  }
  const id = "resourceId('Microsoft.Storage/storageAccounts', 'one')"
  const faults: Record<string, [Value, RegExp]> = {
    'a function that it does not know': [{ outputs: { a: "[upper('a')]" } }, /unknown function upper/],
    'a variable that is not there': [{ outputs: { a: "[variables('a')]" } }, /no variable a/],
    'a parenthesis too much': [{ outputs: { a: "[concat('a'))]" } }, /not understood/],
    'a reference to what is not deployed': [
      { resources: [{ ...storage, condition: false }], outputs: { a: `[listKeys(${id}, '1')]` } },
      /not deployed/,
    ],
    'a reference without a dependency': [
      { resources: [storage, { ...storage, name: 'two', properties: `[reference(${id}, '1')]` }] },
      /does not depend on it/,
    ],
    'a dependency on nothing': [
      { resources: [{ ...storage, dependsOn: [`[${id.replace('one', 'two')}]`] }] },
      /not in/,
    ],
    'too few names': [{ outputs: { a: "[resourceId('Microsoft.App/a/b', 'one')]" } }, /has not 1 names/],
  }
  for (const [name, [part, message]] of Object.entries(faults))
    test(name, () => assert.throws(() => evaluate({ ...bare, ...part }, {}), message))
})
