import { type Call, type Handler, HttpError, noContent, type Reply } from './message.ts'
import { told } from './query.ts'
import { methods } from './refuse.ts'

/** Gets the call, and the decoded `{…}` segments of its path. */
export type RouteHandler = (call: Call, ...params: string[]) => Reply | Promise<Reply>

/** What a request may contain beside its path and header fields; anything else is refused rather than ignored. */
export interface Takes {
  /** Names of query parameters. */
  readonly query?: readonly string[]
  /** Media types of the content. If absent, writes must have no content. */
  readonly content?: readonly string[]
  /** Whether the handler of a write evaluates conditions (RFC 9110, section 13.1). */
  readonly conditional?: true
}

/** `path` such as `/tasks/{id}`: a segment in braces matches any one segment. */
export type Route = readonly [method: string, path: string, handler: RouteHandler, takes?: Takes]

interface Resource {
  /** The path of the route. */
  readonly name: string
  readonly segments: readonly string[]
  readonly methods: Map<string, { readonly handler: RouteHandler; readonly takes: Takes }>
  /** Parameters of any of its methods, for OPTIONS. */
  readonly query: Set<string>
  /** The Allow field of OPTIONS and 405. */
  allow: string
  /** RFC 5789, section 3.1. */
  acceptPatch: readonly string[]
}

/**
 * Dispatches calls to routes. Each path also answers OPTIONS, and HEAD if it has GET. Throws `HttpError`: 400 for a path that does
 * not decode and for a query or content that the route does not take, 404, and 405 with Allow.
 */
export function router(routes: readonly Route[], prefix = ''): Handler {
  const find = finder(routes, prefix)

  return (call) => {
    // Asks about the server as a whole (RFC 9110, section 9.3.7).
    if (call.path === '*' && call.method === 'OPTIONS') return noContent('Allow', methods)
    const found = find(decode(call.path))
    if (found === undefined) throw new HttpError(404, `Nothing is found at ${call.path.slice(0, 200)}`)
    const { resource, parameters } = found
    call.route = resource.name
    const route = resource.methods.get(call.method)
    if (route === undefined && call.method !== 'OPTIONS')
      throw new HttpError(405, `${call.method} is not possible here; possible: ${resource.allow}`, [
        'Allow',
        resource.allow,
      ])
    checkQuery(call, route ? (route.takes.query ?? []) : [...resource.query])
    if (route === undefined) return noContent('Allow', resource.allow, ...resource.acceptPatch)
    if (call.method === 'GET' || call.method === 'HEAD') return route.handler(call, ...parameters)
    if (!route.takes.conditional) refuseConditions(call)
    if (!call.hasBody || route.takes.content) return route.handler(call, ...parameters)
    return refuseContent(call).then(() => route.handler(call, ...parameters))
  }
}

function checkQuery({ query }: Call, known: readonly string[]) {
  for (const name of query.keys())
    if (!known.includes(name))
      throw new HttpError(400, `Unknown query parameter ${told(name)}; known: ${known.join(', ') || 'none'}`)
}

/** A write must not be applied if its precondition fails, and these handlers do not evaluate any. */
function refuseConditions({ method, headers }: Call) {
  for (const name of ['if-match', 'if-none-match', 'if-unmodified-since'])
    if (headers[name] !== undefined)
      throw new HttpError(400, `${method} takes no condition such as ${name} here`)
}

/** A client that sends content must not think that it had an effect. A chunked body may turn out to be empty. */
async function refuseContent(call: Call) {
  const { length } = call.headers['transfer-encoding'] === undefined ? { length: 1 } : await call.body()
  if (length > 0) throw new HttpError(400, `${call.method} takes no content here`)
}

interface Found {
  readonly resource: Resource
  readonly parameters: readonly string[]
}

function finder(routes: readonly Route[], prefix: string): (path: string) => Found | undefined {
  const resources = new Map<string, Resource>()
  for (const [method, name, handler, takes = {}] of routes) {
    const full = prefix + name
    const resource: Resource = resources.get(full) ?? {
      name,
      segments: full.split('/'),
      methods: new Map(),
      query: new Set(),
      allow: '',
      acceptPatch: [],
    }
    resource.methods.set(method, { handler, takes })
    if (method === 'GET') resource.methods.set('HEAD', { handler, takes })
    for (const parameter of takes.query ?? []) resource.query.add(parameter)
    if (method === 'PATCH' && takes.content) resource.acceptPatch = ['Accept-Patch', takes.content.join(', ')]
    resource.allow = [...resource.methods.keys(), 'OPTIONS'].join(', ')
    resources.set(full, resource)
  }
  const patterns = [...resources.values()].filter(({ segments }) => segments.some(isParameter))

  return (path) => {
    const exact = resources.get(path)
    if (exact) return { resource: exact, parameters: [] }
    for (const resource of patterns) {
      const parameters = match(resource.segments, path)
      if (parameters) return { resource, parameters }
    }
    return undefined
  }
}

/** The parameters in a path of this form. Not by `split`: V8 would intern each path and its parts, 6 % of a DELETE. */
function match(segments: readonly string[], path: string): string[] | undefined {
  const parameters: string[] = []
  let from = 0
  for (const segment of segments) {
    if (from > path.length) return undefined
    const slash = path.indexOf('/', from)
    const to = slash === -1 ? path.length : slash
    if (isParameter(segment) && to > from) parameters.push(path.slice(from, to))
    else if (to - from !== segment.length || !path.startsWith(segment, from)) return undefined
    from = to + 1
  }
  return from > path.length ? parameters : undefined
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{')
}

function decode(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw new HttpError(400, 'The path has a broken percent-encoding')
  }
}
