import { type Call, HttpError } from '../http/message.ts'
import { limits } from '../limits.ts'

/** The versions that If-Match names (RFC 9110, section 13.1.1); undefined where any will do. */
export function parseIfMatch({ headers }: Call): number[] | undefined {
  const ifMatch = headers['if-match']
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  // Weak tags and tags that are none of ours stay in the list as NaN: they match nothing.
  return ifMatch.split(',').map((tag) => Number(/^"(\d{1,16})"$/.exec(tag.trim())?.[1] ?? NaN))
}

/**
 * What the client calls this write, so that it is done once however often it is sent: Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header), any visible ASCII characters. Throws `HttpError` 400.
 */
export function parseKey({ headers }: Call): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[!-~]+$/.test(key) || key.length > limits.keyLength)
    throw new HttpError(400, `An Idempotency-Key is 1 to ${limits.keyLength} ASCII characters without blanks`)
  return key
}
