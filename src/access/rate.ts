import type { Call, Handler, Reply } from '../http/message.ts'
import { limits } from '../limits.ts'
import type { ClientOf } from './client.ts'
import { tooMany } from './guard.ts'

/**
 * At most so many requests a minute from each client, all of which may come at once (a bucket of tokens). Tells it in the
 * fields of draft-ietf-httpapi-ratelimit-headers-10.
 */
export function limitRate(
  handle: Handler,
  perMinute: number,
  { clientOf, exempt }: { clientOf: ClientOf; exempt: readonly string[] },
  now = () => performance.now(),
): Handler {
  const buckets = new Map<string, { left: number; at: number }>()
  const free = new Set(exempt)
  const policy = ['RateLimit-Policy', `"client";q=${perMinute};w=60`]

  return (call) => (free.has(call.path) ? handle(call) : limited(call))

  function limited(call: Call): Reply | Promise<Reply> {
    const bucket = bucketOf(clientOf(call))
    const seconds = Math.ceil(((1 - Math.min(bucket.left, 1)) * 60) / perMinute)
    const fields = (left: number) => [...policy, 'RateLimit', `"client";r=${left};t=${Math.max(seconds, 1)}`]
    if (bucket.left < 1) throw tooMany(`More than ${perMinute} requests a minute`, seconds, fields(0))
    bucket.left--
    const told = fields(Math.floor(bucket.left))
    const reply = handle(call)
    const tell = (full: Reply): Reply => ({ ...full, headers: [...full.headers, ...told] })
    return reply instanceof Promise ? reply.then(tell) : tell(reply)
  }

  function bucketOf(client: string) {
    const bucket = buckets.get(client) ?? { left: perMinute, at: now() }
    buckets.delete(client)
    // The one that was quiet for longest is full again, or nearly.
    if (buckets.size >= limits.clients) buckets.delete(buckets.keys().next().value!)
    buckets.set(client, bucket)
    bucket.left = Math.min(perMinute, bucket.left + ((now() - bucket.at) * perMinute) / 60_000)
    bucket.at = now()
    return bucket
  }
}
