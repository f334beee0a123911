import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import jmespath from 'jmespath'
import { root } from '../../helpers/app.ts'
import { evaluate, parseWithComments, type Value } from '../../helpers/arm.ts'
import type { Command } from './commands.ts'
import type { Group, World } from './world.ts'

/** Runs one command of `az` and returns its output. Throws its error message. */
export function az(command: Command, world: World, input: string): string {
  const { azure } = world
  if (!azure.signedIn && !['version', 'login'].includes(command.name))
    throw new Error("Please run 'az login' to setup account.")
  return print(answer(command, world, input), command)
}

/** As --query and --output ask. */
function print(answer: Value, command: Command): string {
  const query = command.value('--query')
  const value = query === undefined || answer === undefined ? answer : jmespath.search(answer, query)
  const output = command.value('--output') ?? command.value('-o') ?? 'json'
  if (output === 'none' || value === undefined) return ''
  if (output === 'json') return `${JSON.stringify(value, null, 2)}\n`
  if (output !== 'tsv') throw new Error(`the stand-in has no output ${output}`)
  if (value === null) return ''
  return (Array.isArray(value) ? value : [value])
    .map((row: Value) => `${Array.isArray(row) ? row.join('\t') : row}\n`)
    .join('')
}

function answer(command: Command, { azure }: World, input: string): Value {
  const required = (option: string) => {
    const value = command.value(option)
    if (value === undefined) throw new Error(`the following arguments are required: ${option}`)
    return value
  }
  switch (command.name) {
    case 'version':
      return { 'azure-cli': azure.version }
    case 'login':
      azure.signedIn = true
      return [azure.subscription]
    case 'account show':
      return azure.subscription
    case 'account set':
      return
    case 'group exists':
      return required('--name') in azure.groups
    case 'group show': {
      const { location, tags } = group(required('--name'))
      return { id: groupId(required('--name')), location, tags }
    }
    case 'group create': {
      const name = required('--name')
      const tags = Object.fromEntries(
        command.values('--tags').map((tag) => tag.split('=') as [string, string]),
      )
      azure.groups[name] = { resources: {}, ...azure.groups[name], location: required('--location'), tags }
      return
    }
    case 'group delete':
      if (!command.has('--yes'))
        throw new Error('Unable to prompt for confirmation as no tty available. Use --yes.')
      group(required('--name'))
      delete azure.groups[required('--name')]
      return
    case 'provider show': {
      const namespace = required('--namespace')
      const registrationState = azure.providers.includes(namespace) ? 'Registered' : 'NotRegistered'
      const resourceTypes = [{ resourceType: 'managedEnvironments', locations: azure.regions }]
      return { namespace, registrationState, resourceTypes }
    }
    case 'provider register':
      azure.providers.push(required('--namespace'))
      return
    case 'resource list':
      return Object.values(group(required('--resource-group')).resources)
        .filter((one) => 'location' in one)
        .filter(({ type }) => [undefined, type].includes(command.value('--resource-type')))
    case 'deployment group create':
      return deploy(command, required('--resource-group'), azure, input)
    case 'deployment group show': {
      const { deployment } = group(required('--resource-group'))
      if (!deployment)
        throw new Error(`(DeploymentNotFound) Deployment '${required('--name')}' could not be found.`)
      return deployment
    }
    case 'containerapp show': {
      const app = containerApp()
      const { secrets } = app.properties.configuration
      const hidden = secrets.map(({ name }: Value) => ({ name }))
      return {
        ...app,
        properties: {
          ...app.properties,
          configuration: { ...app.properties.configuration, secrets: hidden },
        },
      }
    }
    case 'containerapp secret list':
      return containerApp().properties.configuration.secrets.map(({ name, value }: Value) =>
        command.has('--show-values') ? { name, value } : { name },
      )
    case 'containerapp update': {
      const app = containerApp()
      const image = azure.other ?? command.value('--image')
      if (image)
        revise(app, {
          ...app.properties.template,
          containers: [{ ...app.properties.template.containers[0], image }],
        })
      return app
    }
    case 'containerapp revision show': {
      const { name, properties } = containerApp()
      if (required('--revision') !== properties.latestRevisionName)
        throw new Error(`(RevisionNotFound) of ${name}`)
      const broken = azure.broken.includes(properties.template.containers[0].image)
      return {
        properties: {
          provisioningState: broken ? 'Failed' : 'Provisioned',
          runningState: broken ? 'Failed' : 'Running',
          ...(broken ? {} : { healthState: 'Healthy' }),
          template: properties.template,
        },
      }
    }
    case 'containerapp logs show':
    case 'monitor log-analytics query':
      return
    case 'monitor log-analytics workspace show':
      return { customerId: 'customer-id' }
    case 'monitor log-analytics workspace delete': {
      const resources = group(required('--resource-group')).resources
      for (const [id, { type, name }] of Object.entries(resources))
        if (type.endsWith('/workspaces') && name === required('--workspace-name')) delete resources[id]
      return
    }
    default:
      throw new Error(`the stand-in for az knows no ${command.name}`)
  }

  function group(name: string): Group {
    const found = azure.groups[name]
    if (!found) throw new Error(`(ResourceGroupNotFound) Resource group '${name}' could not be found.`)
    return found
  }

  function containerApp(): Value {
    const name = required('--name')
    const found = Object.values(group(required('--resource-group')).resources).find(
      (one) => one.type === 'Microsoft.App/containerApps' && one.name === name,
    )
    if (!found)
      throw new Error(`(ResourceNotFound) The Resource 'Microsoft.App/containerApps/${name}' was not found.`)
    return found
  }
}

const groupId = (name: string) => `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/${name}`

/** Evaluates the template, as Azure would, and keeps its resources. */
function deploy(command: Command, name: string, azure: World['azure'], input: string): Value {
  const group = azure.groups[name]
  if (!group) throw new Error(`(ResourceGroupNotFound) Resource group '${name}' could not be found.`)
  for (const provider of ['Microsoft.App', 'Microsoft.ManagedIdentity', 'Microsoft.OperationalInsights'])
    if (!azure.providers.includes(provider))
      throw new Error(
        `(MissingSubscriptionRegistration) The subscription is not registered to use namespace '${provider}'.`,
      )
  const parameters: Value = {}
  for (const given of command.values('--parameters')) {
    // az reads @- from its standard input, and takes JSON or NAME=VALUE.
    const { parameters: inner, ...flat } = JSON.parse(given === '@-' ? input : given)
    for (const [key, { value }] of Object.entries<Value>(inner ?? flat)) parameters[key] = value
  }
  const template = parseWithComments(
    readFileSync(join(root, 'azure', command.value('--template-file')!), 'utf8'),
  )
  const { resources, outputs } = evaluate(template, parameters)
  for (const { id, ...resource } of resources) {
    const before = group.resources[id]
    group.resources[id] = { id, ...resource }
    if (resource['type'] !== 'Microsoft.App/containerApps') continue
    const app = group.resources[id]
    app.properties.configuration.ingress.fqdn = `${resource['name']}.example`
    app.properties.latestRevisionName = before?.properties.latestRevisionName
    app.properties.revisions = before?.properties.revisions ?? 0
    if (JSON.stringify(before?.properties.template) !== JSON.stringify(app.properties.template))
      revise(app, app.properties.template)
  }
  const shown = Object.entries(parameters).filter(
    ([key]) => !template.parameters[key].type.startsWith('secure'),
  )
  group.deployment = {
    name: command.value('--name'),
    properties: {
      outputs,
      parameters: Object.fromEntries(shown.map(([key, value]) => [key, { value }])),
    },
  }
  return group.deployment
}

/** A changed template is a new revision; an equal one is not. */
function revise(app: Value, template: Value) {
  if (
    app.properties.latestRevisionName &&
    JSON.stringify(app.properties.template) === JSON.stringify(template)
  )
    return
  app.properties.template = template
  app.properties.revisions++
  app.properties.latestRevisionName = `${app.name}--${String(app.properties.revisions).padStart(7, '0')}`
}
