import type { Call, Handler, Reply } from './message.ts'

/**
 * Lets pages of these origins call the API (https://fetch.spec.whatwg.org/#http-cors-protocol). Errors become replies (`onError`)
 * here, so that pages can read them too.
 */
export function cors(
  handle: Handler,
  origins: readonly string[],
  onError: (error: unknown, call: Call) => Reply,
): Handler {
  if (origins.length === 0) return handle
  return async (call) => {
    const reply = await answer(call)
    const { origin } = call.headers
    const headers = [...reply.headers, 'Vary', 'Origin']
    if (origin !== undefined && origins.includes(origin)) headers.push(...grants(call, origin))
    return { ...reply, headers }
  }

  async function answer(call: Call): Promise<Reply> {
    try {
      return await handle(call)
    } catch (error) {
      return onError(error, call)
    }
  }
}

function grants(call: Call, origin: string): string[] {
  const granted = ['Access-Control-Allow-Origin', origin]
  if (call.method !== 'OPTIONS')
    return [
      ...granted,
      'Access-Control-Expose-Headers',
      'ETag, Link, Location, Retry-After, X-Request-Id, X-Total-Count',
    ]
  return [
    ...granted,
    'Access-Control-Allow-Methods',
    'GET, HEAD, POST, PATCH, DELETE',
    'Access-Control-Allow-Headers',
    'Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Last-Event-ID, Today, X-Request-Id',
    'Access-Control-Max-Age',
    '600',
  ]
}
