import { limits } from '../../limits.ts'

export const refTo = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` })
export const jsonOf = (schema: string) => ({ 'application/json': { schema: refTo('schemas', schema) } })

export const parameters = {
  Everywhere: query('everywhere', 'All sessions of the holder, in all browsers.', {
    type: 'string',
    enum: ['true'],
  }),
  Keep: query('keep', 'Leave in the browser what others have not sent.', {
    type: 'string',
    enum: ['storage'],
  }),
  IfMatch: header('If-Match', 'Only at one of these versions, as `ETag` gave them.', { type: 'string' }),
  IfNoneMatch: header('If-None-Match', 'Only if it is at none of these versions.', { type: 'string' }),
  IdempotencyKey: header(
    'Idempotency-Key',
    'Within 24 hours a repeat with the same key is not done again but answered the same.',
    {
      type: 'string',
      pattern: '^[!-~]+$',
      maxLength: limits.keyLength,
    },
  ),
  LastEventId: header('Last-Event-ID', 'The id of the last event that came.', { type: 'string' }),
}

export const headers = {
  ETag: { description: 'The version.', required: true, schema: { type: 'string', pattern: '^"[^"]+"$' } },
  Location: { description: 'Where the new one is.', required: true, schema: { type: 'string' } },
  RetryAfter: {
    description: 'Seconds to wait.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
  },
  Authenticate: { description: 'How to say who one is.', required: true, schema: { const: 'Bearer' } },
  ClearSiteData: {
    description: 'What the browser is to throw away.',
    required: true,
    schema: { type: 'string' },
  },
  SetCookie: { description: 'The session.', required: true, schema: { type: 'string' } },
}

const etag = { ETag: refTo('headers', 'ETag') }
const retry = { 'Retry-After': refTo('headers', 'RetryAfter') }

export const responses = {
  NotModified: { description: 'It is as the client has it.', headers: etag },
  Malformed: problem('The request, its path, query, header fields or body cannot be read.'),
  Unauthorized: {
    ...problem('The service asks for a bearer token or a session, and there is none that is good.'),
    headers: { 'WWW-Authenticate': refTo('headers', 'Authenticate') },
  },
  Foreign: problem('The token may not do this, or another site’s page made a browser send it.'),
  TooMany: { ...problem('The client sends too much, or too many wrong tokens.'), headers: retry },
  NotFound: problem('Nothing has this id.'),
  Conflict: problem('It is always there and cannot be deleted.'),
  Changed: problem('It is not as a condition says.'),
  TooLarge: problem('The body is too large.'),
  MediaType: problem('The body is of another media type, or encoded.'),
  Invalid: problem('What the request says breaks a rule, or its `Idempotency-Key` was another request’s.'),
  Unavailable: { ...problem('It cannot be done now and may be soon; nothing happened.'), headers: retry },
  Full: problem('There is no room for more; nothing happened.'),
  Fault: problem('Any other fault, of the connection or the server.'),
}

export function query(name: string, description: string, schema: object) {
  return { name, in: 'query', description, schema }
}

export function header(name: string, description: string, schema: object) {
  return { name, in: 'header', description, schema }
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: refTo('schemas', 'Problem') } } }
}
