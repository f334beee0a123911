import { httpDate, opaque, tagsIn } from '../http/conditions.ts'
import { type Call, HttpError } from '../http/message.ts'
import { limits } from '../limits.ts'
import type { Condition } from '../resources/version.ts'

/**
 * The preconditions of a write (RFC 9110, section 13.1); undefined if there are none. Throws `HttpError` 400.
 */
export function parseCondition({ headers }: Call): Condition | undefined {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  const unmodifiedSince = headers['if-unmodified-since']
  if ((match ?? noneMatch ?? unmodifiedSince) === undefined) return undefined
  const versions = match === undefined ? '*' : tagsIn(match)
  const others = noneMatch === undefined ? [] : tagsIn(noneMatch)
  // Ignored, the write would be applied.
  if (others !== '*' && others.some((tag) => !/^(?:W\/)?"[^"]*"$/.test(tag)))
    throw new HttpError(400, 'If-None-Match is * or a list of entity tags such as "1767225600000"')
  // A tag takes precedence over the date.
  const since = match === undefined ? httpDate(unmodifiedSince) : undefined
  return {
    ...(versions !== '*' && { versions: versions.map(versionOf) }),
    ...(others !== '*' && others.length > 0 && { not: others.map((tag) => versionOf(opaque(tag))) }),
    ...(others === '*' && { not: 'any' }),
    ...(since !== undefined && { unchangedSince: since }),
  }
}

/** Weak tags, where only strong ones count, and foreign tags match nothing. */
function versionOf(tag: string): number {
  return Number(/^"(\d{1,16})"$/.exec(tag)?.[1] ?? NaN)
}

/**
 * The Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) under which a write is applied once, however often it is sent:
 * visible ASCII characters. Throws `HttpError` 400.
 */
export function parseKey({ headers }: Call): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[!-~]+$/.test(key) || key.length > limits.keyLength)
    throw new HttpError(400, `An Idempotency-Key is 1 to ${limits.keyLength} ASCII characters without blanks`)
  return key
}
