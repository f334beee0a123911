import { type Call, type Handler, HttpError, noContent, type Reply } from './message.ts'

/** What a route's handler gets beside the call: the `{…}` segments of its path, decoded. */
export type RouteHandler = (call: Call, ...params: string[]) => Reply | Promise<Reply>

/** `path` such as `/tasks/{id}`: a segment in braces takes any one segment. */
export type Route = readonly [method: string, path: string, handler: RouteHandler]

interface Resource {
  /** Its path as the route has it. */
  readonly name: string
  readonly segments: readonly string[]
  readonly methods: Map<string, RouteHandler>
  allow: string
}

/**
 * Finds the handler of a call. Each path also answers OPTIONS, and HEAD where it has GET. Throws `HttpError`:
 * 400 for a path that does not decode, 404, and 405 with Allow.
 */
export function router(routes: readonly Route[], prefix = ''): Handler {
  const find = finder(routes, prefix)

  return (call) => {
    const path = decode(call.path)
    const resource = find(path)
    if (resource === undefined) throw new HttpError(404, `Nothing is found at ${call.path.slice(0, 200)}`)
    call.route = resource.name
    const handler = resource.methods.get(call.method)
    if (handler) return handler(call, ...parametersOf(resource, path))
    if (call.method === 'OPTIONS') return noContent('Allow', resource.allow)
    throw new HttpError(405, `${call.method} is not possible here; possible: ${resource.allow}`, [
      'Allow',
      resource.allow,
    ])
  }
}

function finder(routes: readonly Route[], prefix: string): (path: string) => Resource | undefined {
  const resources = new Map<string, Resource>()
  for (const [method, name, handler] of routes) {
    const full = prefix + name
    const resource = resources.get(full) ?? { name, segments: full.split('/'), methods: new Map(), allow: '' }
    resource.methods.set(method, handler)
    if (method === 'GET') resource.methods.set('HEAD', handler)
    resource.allow = [...resource.methods.keys(), 'OPTIONS'].join(', ')
    resources.set(full, resource)
  }
  const patterns = [...resources.values()].filter((resource) => resource.segments.some(isParameter))

  return (path) => {
    const exact = resources.get(path)
    if (exact) return exact
    const segments = path.split('/')
    return patterns.find((candidate) => matches(candidate.segments, segments))
  }
}

function parametersOf({ segments }: Resource, path: string): string[] {
  if (!segments.some(isParameter)) return []
  return path.split('/').filter((_, index) => isParameter(segments[index]!))
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{')
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false
  return pattern.every(
    (part, index) => part === segments[index] || (isParameter(part) && segments[index] !== ''),
  )
}

function decode(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw new HttpError(400, 'The path has a broken percent-encoding')
  }
}
