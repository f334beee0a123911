import type { Call, Reply } from './message.ts'

/**
 * The entity tags in If-Match or If-None-Match (RFC 9110, section 13.1), as sent; `*` for any. None of ours contains a comma: a
 * tag that does is split, and matches nothing.
 */
export function tagsIn(field: string): readonly string[] | '*' {
  const tags = field.split(',').map((tag) => tag.trim())
  return tags.length === 1 && tags[0] === '*' ? '*' : tags
}

/** The tag without a `W/` prefix. */
export function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

const dates = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/,
]

/**
 * An HTTP-date in milliseconds since 1970 (RFC 9110, section 5.6.7), or undefined: a condition with an invalid date must be
 * ignored.
 */
export function httpDate(field: string | undefined): number | undefined {
  if (field === undefined || !dates.some((form) => form.test(field))) return undefined
  const ms = Date.parse(field.endsWith('GMT') ? field : `${field} GMT`)
  return Number.isNaN(ms) ? undefined : ms
}

/** Evaluates the preconditions of a read: send the reply, 304 or 412. */
export function evaluate({ method, headers }: Call, { etag, modified }: Reply): 200 | 304 | 412 {
  if (etag === undefined || (method !== 'GET' && method !== 'HEAD')) return 200
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  const unmodifiedSince = headers['if-unmodified-since']
  const modifiedSince = headers['if-modified-since']
  if (match !== undefined) {
    const tags = tagsIn(match)
    if (tags !== '*' && !tags.includes(etag)) return 412
  } else if (unmodifiedSince !== undefined && modified !== undefined) {
    if (modified > (httpDate(unmodifiedSince) ?? Number.POSITIVE_INFINITY)) return 412
  }
  if (noneMatch !== undefined) {
    // The common case first, without splitting.
    if (noneMatch === etag) return 304
    const tags = tagsIn(noneMatch)
    return tags === '*' || tags.some((tag) => opaque(tag) === etag) ? 304 : 200
  }
  if (modifiedSince === undefined || modified === undefined) return 200
  return modified <= (httpDate(modifiedSince) ?? Number.NEGATIVE_INFINITY) ? 304 : 200
}
