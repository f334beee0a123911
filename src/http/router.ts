import { type Call, type Handler, HttpError, noContent, type Reply } from './message.ts'

/** What a route's handler gets beside the call: the `{…}` segments of its path, decoded. */
export type RouteHandler = (call: Call, ...params: string[]) => Reply | Promise<Reply>

/** `path` such as `/tasks/{id}`: a segment in braces takes any one segment. */
export type Route = readonly [method: string, path: string, handler: RouteHandler]

interface Resource {
  readonly segments: readonly string[]
  readonly methods: Map<string, RouteHandler>
  allow: string
}

/**
 * Finds the handler of a call. Each path also answers OPTIONS, and HEAD where it has GET. Throws `HttpError`:
 * 400 for a path that does not decode, 404, and 405 with Allow.
 */
export function router(routes: readonly Route[], prefix = ''): Handler {
  const resources = new Map<string, Resource>()
  for (const [method, path, handler] of routes) {
    const full = prefix + path
    const resource = resources.get(full) ?? { segments: full.split('/'), methods: new Map(), allow: '' }
    resource.methods.set(method, handler)
    if (method === 'GET') resource.methods.set('HEAD', handler)
    resource.allow = [...resource.methods.keys(), 'OPTIONS'].join(', ')
    resources.set(full, resource)
  }
  const patterns = [...resources.values()].filter((resource) => resource.segments.some(isParameter))

  return (call) => {
    const path = decode(call.path)
    let resource = resources.get(path)
    let params: string[] = []
    if (resource === undefined) {
      const segments = path.split('/')
      resource = patterns.find((candidate) => matches(candidate.segments, segments))
      if (resource === undefined) throw new HttpError(404, `Nothing is found at ${call.path.slice(0, 200)}`)
      params = segments.filter((_, index) => isParameter(resource!.segments[index]!))
    }
    const handler = resource.methods.get(call.method)
    if (handler) return handler(call, ...params)
    if (call.method === 'OPTIONS') return noContent('Allow', resource.allow)
    throw new HttpError(405, `${call.method} is not possible here; possible: ${resource.allow}`, [
      'Allow',
      resource.allow,
    ])
  }
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
