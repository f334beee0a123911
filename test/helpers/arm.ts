import assert from 'node:assert/strict'

/** A JSON value of an ARM template, or what an expression in it evaluates to. */
// The schemas say what is in there; a type of our own would only repeat them.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Value = any

export interface Resource {
  readonly id: string
  readonly type: string
  readonly apiVersion: string
  readonly name: string
  readonly [key: string]: Value
}

/** JSON with comments, as `az` takes templates. */
export function parseWithComments(text: string): Value {
  return JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|\/\/.*/g, (_, string) => string ?? ''))
}

const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/taskapp'
const kinds = {
  string: 'string',
  secureString: 'string',
  int: 'number',
  object: 'object',
  secureObject: 'object',
} as const

/**
 * What Azure Resource Manager makes of a template and its parameters: the resources whose condition holds, with every
 * expression evaluated, and the outputs. Knows the functions that azure/main.json calls, as
 * https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions documents them, and throws for
 * others, for arguments of the wrong type, and for a `reference` or `listKeys` of what the template does not deploy before.
 */
export function evaluate(
  template: Value,
  given: Value,
): { readonly resources: readonly Resource[]; readonly outputs: Value } {
  const parameters: Value = {}
  for (const [name, { type, defaultValue }] of Object.entries<Value>(template.parameters)) {
    parameters[name] = given[name] ?? expand(defaultValue, {})
    assert.equal(typeof parameters[name], kinds[type as keyof typeof kinds], `parameter ${name}`)
  }
  for (const name of Object.keys(given)) assert.ok(name in parameters, `no parameter ${name}`)

  const resources: Resource[] = []
  const before = new Map<string, readonly string[]>()
  for (const declared of template.resources as Value[]) {
    const { condition = true, copy, ...rest } = declared
    const count = copy ? expand(copy.count, {}) : 1
    for (let copyIndex = 0; copyIndex < count; copyIndex++) {
      const {
        type,
        name,
        dependsOn = [],
        scope,
      } = expand(
        { type: rest.type, name: rest.name, dependsOn: rest.dependsOn, scope: rest.scope },
        { copyIndex },
      )
      const id = scope ? `${scope}/providers/${type}/${name}` : resourceId(type, ...name.split('/'))
      before.set(id, dependsOn)
      if (!expand(condition, {})) continue
      resources.push({ id, ...expand(rest, { copyIndex, id }) })
    }
  }
  for (const [id, dependsOn] of before)
    for (const other of dependsOn)
      assert.ok(before.has(other), `${id} depends on ${other}, which is not in the template`)
  return { resources, outputs: expand(template.outputs, {}) }

  /** Whether `id` is deployed after `other`. */
  function follows(id: string, other: string): boolean {
    return (before.get(id) ?? []).some((one) => one === other || follows(one, other))
  }

  /** A resource that is there when `context` is evaluated. */
  function deployed(id: string, { id: asking }: Context): Resource {
    const resource = resources.find((one) => one.id === id)
    assert.ok(resource, `reference to ${id}, which is not deployed`)
    if (asking) assert.ok(follows(asking, id), `${asking} refers to ${id} and does not depend on it`)
    return resource
  }

  function expand(value: Value, context: Context): Value {
    if (typeof value === 'string' && value.startsWith('[') && !value.startsWith('[['))
      return expression(value.slice(1, -1), (name, args) => call(name, args, context))
    if (Array.isArray(value)) return value.map((one) => expand(one, context))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, expand(one, context)]))
  }

  function call(name: string, args: readonly (() => Value)[], context: Context): Value {
    const own = context.variable
    // These two evaluate only what they need.
    if (name === 'if') return (boolean(args[0]!()) ? args[1]! : args[2]!)()
    if (name === 'lambda') {
      const variable = args[0]!()
      return (item: Value) => {
        context.variable = { name: variable, item }
        const result = args[1]!()
        context.variable = own
        return result
      }
    }
    const values = args.map((one) => one())
    const [first, second] = values
    switch (name) {
      case 'parameters':
        assert.ok(first in parameters, `no parameter ${first}`)
        return parameters[first]
      case 'variables':
        assert.ok(first in template.variables, `no variable ${first}`)
        return expand(template.variables[first], context)
      case 'lambdaVariables':
        assert.equal(first, own?.name)
        return own!.item
      case 'copyIndex':
        return context.copyIndex
      case 'concat':
        return Array.isArray(first) ? values.flat() : values.map(string).join('')
      case 'union':
        return Object.assign({}, ...values)
      case 'items':
        return Object.keys(first)
          .sort()
          .map((key) => ({ key, value: first[key] }))
      case 'map':
        return first.map(second)
      case 'createArray':
        return values
      case 'createObject':
        assert.equal(values.length % 2, 0)
        return Object.fromEntries(
          values.flatMap((key, at) => (at % 2 ? [] : [[string(key), values[at + 1]]])),
        )
      case 'contains':
        return second in first
      case 'empty':
        return first === '' || Object.keys(first).length === 0
      case 'json':
        return JSON.parse(string(first))
      case 'not':
        return !boolean(first)
      case 'greater':
        return first > second
      case 'length':
        return first.length
      case 'toLower':
        return string(first).toLowerCase()
      case 'replace':
        return string(first).replaceAll(second, values[2])
      case 'resourceGroup':
        return { id: group, location: 'westeurope' }
      case 'uniqueString':
        return 'abcdefghijklm'
      case 'guid':
        return Buffer.from(values.map(string).join('-')).toString('hex')
      case 'resourceId':
        return resourceId(first, ...values.slice(1))
      case 'subscriptionResourceId':
        return `/subscriptions/11111111-1111-1111-1111-111111111111/providers/${first}/${second}`
      case 'reference': {
        const { type, apiVersion, name: own } = deployed(first, context)
        assert.equal(second, apiVersion, `reference to a ${type}`)
        return {
          customerId: 'customer-id',
          clientId: 'client-id',
          principalId: 'principal-id',
          configuration: { ingress: { fqdn: `${own}.example` } },
        }
      }
      case 'listKeys': {
        const { type, apiVersion } = deployed(first, context)
        assert.equal(second, apiVersion, `keys of a ${type}`)
        return { keys: [{ value: 'storage-key' }], primarySharedKey: 'workspace-key' }
      }
      default:
        throw new Error(`unknown function ${name}`)
    }
  }
}

interface Context {
  readonly id?: string
  readonly copyIndex?: number
  variable?: { readonly name: string; readonly item: Value } | undefined
}

function resourceId(type: string, ...names: readonly string[]): string {
  const [provider, ...parts] = type.split('/')
  assert.equal(parts.length, names.length, `${type} has not ${names.length} names`)
  return `${group}/providers/${provider}/${parts.map((part, at) => `${part}/${names[at]}`).join('/')}`
}

function string(value: Value): string {
  assert.equal(typeof value, 'string')
  return value
}

function boolean(value: Value): boolean {
  assert.equal(typeof value, 'boolean')
  return value
}

/** Evaluates `name(argument, …)`, 'text' and whole numbers, each followed by any number of `.member` and `[index]`. */
function expression(text: string, call: (name: string, args: readonly (() => Value)[]) => Value): Value {
  const tokens = text.match(/'(?:[^']|'')*'|\w+|[^\s\w]/g) ?? []
  let at = 0
  const result = term()()
  assert.equal(at, tokens.length, `what follows is not understood: ${tokens.slice(at).join('')}`)
  return result

  function take(expected: string) {
    assert.equal(tokens[at++], expected, text)
  }

  /** Parses now; the function that it returns evaluates. */
  function term(): () => Value {
    const token = tokens[at++]!
    let value: () => Value
    if (token.startsWith("'")) value = () => token.slice(1, -1).replaceAll("''", "'")
    else if (/^\d+$/.test(token)) value = () => Number(token)
    else {
      take('(')
      const args: (() => Value)[] = []
      while (tokens[at] !== ')') {
        if (args.length > 0) take(',')
        args.push(term())
      }
      take(')')
      value = () => call(token, args)
    }
    for (;;) {
      const before = value
      if (tokens[at] === '.') {
        const member = tokens[at + 1]!
        at += 2
        value = () => defined(before()[member], member)
      } else if (tokens[at] === '[') {
        at++
        const index = term()
        take(']')
        value = () => defined(before()[index()], 'index')
      } else return value
    }
  }
}

function defined(value: Value, name: string): Value {
  assert.notEqual(value, undefined, `no ${name}`)
  return value
}
