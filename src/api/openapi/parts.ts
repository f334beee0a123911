import { limits } from '../../limits.ts'
import { searchedNames } from '../../tasks/members.ts'

/** As in a pattern. */
const day = '\\d{4}-\\d{2}-\\d{2}'

export const refTo = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` })
export const jsonOf = (schema: string) => ({ 'application/json': { schema: refTo('schemas', schema) } })

export const parameters = {
  Id: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'Which task.',
    schema: { type: 'integer', minimum: 1 },
  },
  List: query('list', 'Only tasks in the list with this id; 1 is the first.', {
    type: 'integer',
    minimum: 1,
  }),
  Done: query('done', 'Only tasks that are done, or that are not.', { type: 'boolean' }),
  Words: query(
    'q',
    `Only tasks with all these words in ${searchedNames.join(' or ')}, the last one at least as a beginning. Case, accents and what shows nothing do not count.`,
    {
      type: 'string',
      maxLength: limits.searchLength,
    },
  ),
  Due: query(
    'due',
    'Only tasks due on this date or before, or in a range of dates with both of its ends, of which one may be left out: `2026-12-01..2026-12-24`, `2026-12-25..`. `none`: only tasks without a date.',
    { type: 'string', pattern: `^(${day}|(${day})?\\.\\.${day}|${day}\\.\\.|none)$` },
  ),
  Sort: query(
    'sort',
    'By date, those without one at the end; of one date in the order of the list. Not together with `q`.',
    { type: 'string', enum: ['due'] },
  ),
  View: query('view', 'With the times of each task.', { type: 'string', enum: ['full'] }),
  Limit: query('limit', 'At most so many tasks; without it all of them.', {
    type: 'integer',
    minimum: 1,
    maximum: limits.pageSize,
  }),
  After: query(
    'after',
    'Only tasks behind the one with this id, which may have been deleted meanwhile; 0 for all. The `Link` of a page has more than an id, and goes on where that page ended although its last task was moved.',
    { type: 'string', pattern: `^\\d+(\\.-?\\d+\\.\\d+(\\.(${day}|none))?)?$` },
  ),
  Everywhere: query('everywhere', 'All sessions of the holder, in all browsers.', {
    type: 'string',
    enum: ['true'],
  }),
  Keep: query('keep', 'Leave in the browser what others have not sent.', {
    type: 'string',
    enum: ['storage'],
  }),
  Format: query('format', 'The form of the export.', {
    type: 'string',
    enum: ['json', 'csv'],
    default: 'json',
  }),
  Key: query('key', 'What `POST /calendar` gave, in place of a token.', { type: 'string' }),
  IfMatch: header('If-Match', 'Only at one of these versions, as `ETag` gave them.', { type: 'string' }),
  IfNoneMatch: header('If-None-Match', 'Only if it is at none of these versions.', { type: 'string' }),
  IfUnmodifiedSince: header(
    'If-Unmodified-Since',
    'Only if it was not changed after this time; of no account beside `If-Match`.',
    { type: 'string' },
  ),
  IdempotencyKey: header(
    'Idempotency-Key',
    'Within 24 hours a repeat with the same key is not done again but answered the same.',
    {
      type: 'string',
      pattern: '^[!-~]+$',
      maxLength: limits.keyLength,
    },
  ),
  Today: header(
    'Today',
    'The date at the client: a repeating task that this completes goes on behind it. Without it the date of UTC.',
    { type: 'string', format: 'date' },
  ),
  LastEventId: header('Last-Event-ID', 'The id of the last event that came.', { type: 'string' }),
}

export const headers = {
  ETag: { description: 'The version.', required: true, schema: { type: 'string', pattern: '^"[^"]+"$' } },
  LastModified: { description: 'When it was changed last.', required: true, schema: { type: 'string' } },
  Location: { description: 'Where the new one is.', required: true, schema: { type: 'string' } },
  Link: { description: 'The next page (RFC 8288), where there is one.', schema: { type: 'string' } },
  Total: {
    description: `How many tasks the filters let through, whatever the page; left out where a search or a date finds more than ${limits.pageSize}.`,
    schema: { type: 'string', pattern: '^\\d+$' },
  },
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
  Disposition: { description: 'A name for the file.', required: true, schema: { type: 'string' } },
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

function query(name: string, description: string, schema: object) {
  return { name, in: 'query', description, schema }
}

function header(name: string, description: string, schema: object) {
  return { name, in: 'header', description, schema }
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: refTo('schemas', 'Problem') } } }
}
