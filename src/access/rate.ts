import type { Call, Handler, Reply } from '../http/message.ts'
import { tooMany } from './guard.ts'
import { rememberClients } from './remember.ts'

interface Bucket {
  left: number
  at: number
}

/**
 * A token bucket per client: so many requests per minute, which may come in one burst. Sends the header fields of
 * draft-ietf-httpapi-ratelimit-headers-10.
 */
export function limitRate(
  handle: Handler,
  perMinute: number,
  { clientOf, exempt }: { clientOf: (call: Call) => string; exempt: readonly string[] },
  now = () => performance.now(),
): Handler {
  // Forgetting a bucket that is nearly full gives little away; one that is nearly empty would be full again.
  const buckets = rememberClients<Bucket>((bucket) => levelOf(bucket) < perMinute / 2, { now })
  const free = new Set(exempt)
  const policy = ['RateLimit-Policy', `"client";q=${perMinute};w=60`]
  /** Of all for whom there is no room. */
  const shared = { left: perMinute, at: now() }

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

  function bucketOf(client: string): Bucket {
    const known = buckets.get(client) ?? { left: perMinute, at: now() }
    const bucket = buckets.set(client, known) ? known : shared
    bucket.left = levelOf(bucket)
    bucket.at = now()
    return bucket
  }

  function levelOf({ left, at }: Bucket): number {
    return Math.min(perMinute, left + ((now() - at) * perMinute) / 60_000)
  }
}
