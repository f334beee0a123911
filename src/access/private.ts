import type { Reply } from '../http/message.ts'

/** Cached replies are made private once. */
const made = new WeakMap<Reply, Reply>()

/** Marks the reply as private and not to be stored by caches (ASVS 5.0, 14.3.2). */
export function asPrivate(reply: Reply): Reply {
  const known = made.get(reply) ?? { ...reply, headers: privateHeaders(reply.headers) }
  made.set(reply, known)
  return known
}

function privateHeaders(headers: readonly string[]): string[] {
  const others = headers.filter((_, index) => headers[index & ~1] !== 'Cache-Control')
  return [...others, 'Cache-Control', 'private, no-store', 'Vary', 'Authorization, Cookie']
}
