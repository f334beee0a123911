import { resources } from '../../domain/resources.ts'
import { itemPaths } from './items.ts'
import {
  asAdded,
  asChanged,
  asRead,
  body,
  changedMeanwhile,
  conditions,
  etag,
  invalid,
  mergePatch,
  missing,
  notModified,
  ok,
  operation,
  optionalEtag,
  parameter,
  response,
  shown,
  unavailable,
  withBody,
} from './operation.ts'
import { headers, jsonOf, parameters, refTo, responses } from './parts.ts'
import { schemas } from './schemas.ts'

/** The API as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1). `base` is where it is mounted. */
export function openApi(base: string) {
  return {
    openapi: '3.1.1',
    info: {
      title: 'taskapp',
      version: '1',
      description:
        'Tasks in an order of one’s own. HEAD works wherever GET does. A 2xx to a write means that it is on disk. A valid `traceparent` (W3C Trace Context) is told in the log.',
      contact: { name: 'The operator of this service' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: base === '' ? '/' : base }],
    // Without configured tokens no request needs one.
    security: [{}, { token: [] }, { session: [] }],
    tags: [
      { name: 'tasks', description: 'One task or many.' },
      ...resources.map(({ name, description }) => ({ name, description })),
      { name: 'everything', description: 'All tasks at once, and what happens to them.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths,
    components: {
      schemas,
      parameters,
      headers,
      responses,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-session',
          description:
            'A request may say whose session it is meant for in the field `Holder`, as `GET /session` names it; with another’s it gets 401.',
        },
      },
    },
  }
}

const paths = {
  '/tasks': {
    get: operation(
      'tasks',
      'listTasks',
      'List tasks in the user’s order, new ones last: all, or with a limit page by page',
      parameter('List', 'Done', 'Words', 'Due', 'Sort', 'View', 'Limit', 'After', 'IfMatch', 'IfNoneMatch'),
      {
        200: ok('The tasks.', jsonOf('TaskList'), {
          headers: { ...etag, Link: refTo('headers', 'Link'), 'X-Total-Count': refTo('headers', 'Total') },
        }),
      },
      asRead,
    ),
    post: operation(
      'tasks',
      'createTask',
      'Create a task',
      { ...parameter('View', 'IdempotencyKey'), ...body(true, jsonOf('NewTask')) },
      {
        201: ok('The task.', jsonOf('Task'), {
          headers: { ...etag, Location: refTo('headers', 'Location') },
        }),
      },
      asAdded,
    ),
    patch: operation(
      'tasks',
      'changeTasks',
      'Mark tasks as done or not, all of them or those named, or delete those named',
      {
        ...parameter('IdempotencyKey', 'Today'),
        ...body(true, jsonOf('BulkChange'), mergePatch('BulkChange')),
      },
      { 200: ok('Done.', jsonOf('Changed')) },
      asAdded,
    ),
    delete: operation(
      'tasks',
      'deleteCompletedTasks',
      'Delete the completed tasks',
      {
        parameters: [
          { ...parameters.Done, required: true, schema: { const: true } },
          refTo('parameters', 'List'),
          refTo('parameters', 'IdempotencyKey'),
        ],
      },
      { 200: ok('Done.', jsonOf('Deleted')) },
      invalid,
      unavailable,
    ),
  },
  '/tasks/undo': {
    post: operation(
      'tasks',
      'undo',
      'Take back a change of named tasks, an import or an undo of the last 24 hours, by the key that it bore',
      { ...parameter('IdempotencyKey', 'Today'), ...body(true, jsonOf('Undo')) },
      { 200: ok('Done, but for tasks that were changed since.', jsonOf('Changed')) },
      asAdded,
      missing,
    ),
  },
  '/tasks/{id}': {
    ...parameter('Id'),
    get: operation(
      'tasks',
      'showTask',
      'Show a task',
      parameter('View', ...conditions),
      shown,
      asRead,
      missing,
    ),
    patch: operation(
      'tasks',
      'changeTask',
      'Change members of a task, or without a body and its type turn done over',
      {
        ...parameter('View', ...conditions, 'IdempotencyKey', 'Today'),
        ...body(false, jsonOf('TaskChange'), mergePatch('TaskChange')),
      },
      shown,
      asAdded,
      missing,
      changedMeanwhile,
    ),
    delete: operation(
      'tasks',
      'deleteTask',
      'Delete a task; for 30 days it can be restored',
      parameter(...conditions, 'IdempotencyKey'),
      { 204: { description: 'Deleted.' } },
      asChanged,
    ),
  },
  '/tasks/{id}/restore': {
    ...parameter('Id'),
    post: operation(
      'tasks',
      'restoreTask',
      'Undo a deletion: same id, members and place',
      parameter('View', ...conditions, 'IdempotencyKey'),
      shown,
      asChanged,
    ),
  },
  '/tasks/{id}/move': {
    ...parameter('Id'),
    post: operation(
      'tasks',
      'moveTask',
      'Put a task before another, or at the end, and into another list',
      { ...parameter('View', ...conditions, 'IdempotencyKey'), ...body(true, jsonOf('Move')) },
      shown,
      asChanged,
      withBody,
    ),
  },
  ...(Object.assign({}, ...resources.map(itemPaths)) as ReturnType<typeof itemPaths>),
  '/events': {
    get: operation(
      'everything',
      'listen',
      'Hear of changes as server-sent events: created, changed, restored (a task in full view), deleted, moved, lists (read the lists anew), or reset (read all anew)',
      parameter('LastEventId'),
      { 200: ok('A stream without end.', { 'text/event-stream': { schema: { type: 'string' } } }) },
      unavailable,
    ),
  },
  '/export': {
    get: operation(
      'everything',
      'exportTasks',
      'Get everything, with times',
      parameter('Format'),
      {
        200: ok(
          'Everything.',
          {
            'application/json': { schema: refTo('schemas', 'ExportedTasks') },
            'text/csv': { schema: { type: 'string' } },
          },
          { headers: { 'Content-Disposition': refTo('headers', 'Disposition') } },
        ),
      },
      unavailable,
    ),
  },
  '/import': {
    post: operation(
      'everything',
      'importTasks',
      'Add what an export holds, all or nothing',
      {
        ...parameter('IdempotencyKey'),
        ...body(true, jsonOf('ImportedTasks'), { 'text/csv': { schema: { type: 'string' } } }),
      },
      { 200: ok('All of it is there.', jsonOf('Imported')) },
      asAdded,
    ),
  },
  '/calendar.ics': {
    get: operation(
      'everything',
      'showCalendar',
      'Get the open tasks that have a date as a calendar to subscribe to (RFC 5545)',
      parameter('Key', 'List', 'IfMatch', 'IfNoneMatch'),
      {
        200: ok(
          'The calendar.',
          { 'text/calendar': { schema: { type: 'string' } } },
          { headers: { ETag: optionalEtag } },
        ),
      },
      { 404: response('NotFound') },
      asRead,
    ),
  },
  '/calendar': {
    post: operation(
      'everything',
      'beginCalendar',
      'Get an address at which a program without a token may read the calendar',
      {},
      { 201: ok('The address.', jsonOf('CalendarAddress')) },
      unavailable,
    ),
    delete: operation(
      'everything',
      'revokeCalendars',
      'Revoke all such addresses of the holder',
      {},
      { 204: { description: 'None of them opens anything any more.' } },
      unavailable,
    ),
  },
  '/openapi.json': {
    get: operation(
      'service',
      'describe',
      'Get this document',
      parameter('IfMatch', 'IfNoneMatch'),
      {
        200: ok('This document.', { 'application/json': { schema: { type: 'object' } } }, { headers: etag }),
      },
      notModified,
      changedMeanwhile,
    ),
  },
  '/session': {
    get: operation(
      'service',
      'showSession',
      'Ask who one is',
      {},
      { 200: ok('Everybody, somebody by name, or nobody yet.', jsonOf('Session')) },
      unavailable,
    ),
    post: operation(
      'service',
      'signIn',
      'Sign in with a token, in a browser',
      body(true, jsonOf('SignIn')),
      { 204: { description: 'Signed in.', headers: { 'Set-Cookie': refTo('headers', 'SetCookie') } } },
      withBody,
      unavailable,
    ),
    delete: operation(
      'service',
      'signOut',
      'Sign out: the session ends, also for whoever has a copy of its cookie',
      parameter('Everywhere', 'Keep'),
      {
        204: {
          description: 'Signed out.',
          headers: {
            'Set-Cookie': refTo('headers', 'SetCookie'),
            'Clear-Site-Data': refTo('headers', 'ClearSiteData'),
          },
        },
      },
      unavailable,
    ),
  },
  '/version': {
    get: operation(
      'service',
      'showVersion',
      'Get what runs: its version, commit and time of building',
      {},
      { 200: ok('It is this.', jsonOf('Version')) },
    ),
  },
  '/metrics': {
    get: operation(
      'service',
      'showMetrics',
      'Get figures in Prometheus’ text format, unless the operator gave them a port of their own',
      {},
      { 200: ok('The figures.', { 'text/plain': { schema: { type: 'string' } } }) },
    ),
  },
  '/healthz': {
    get: operation(
      'service',
      'checkAlive',
      'Ask whether the service is alive',
      {},
      {
        200: ok('It is.', jsonOf('Health')),
      },
    ),
  },
  '/readyz': {
    get: operation(
      'service',
      'checkReady',
      'Ask whether the service is ready to serve',
      {},
      { 200: ok('It is.', jsonOf('Health')) },
      unavailable,
    ),
  },
}
