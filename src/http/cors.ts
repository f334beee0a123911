import type { Call, Handler } from './message.ts'

/** Lets pages of these origins call the API (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export function cors(handle: Handler, origins: readonly string[]): Handler {
  if (origins.length === 0) return handle
  return async (call) => {
    const reply = await handle(call)
    const { origin } = call.headers
    const headers = [...reply.headers, 'Vary', 'Origin']
    if (origin !== undefined && origins.includes(origin)) headers.push(...grants(call, origin))
    return { ...reply, headers }
  }
}

function grants(call: Call, origin: string): string[] {
  const granted = ['Access-Control-Allow-Origin', origin]
  if (call.method !== 'OPTIONS')
    return [...granted, 'Access-Control-Expose-Headers', 'ETag, Link, Location, Retry-After, X-Request-Id']
  return [
    ...granted,
    'Access-Control-Allow-Methods',
    'GET, HEAD, POST, PATCH, DELETE',
    'Access-Control-Allow-Headers',
    'Content-Type, If-Match, If-None-Match, X-Request-Id',
    'Access-Control-Max-Age',
    '600',
  ]
}
