import * as domain from '../../domain/openapi.ts'
import { resources } from '../../domain/resources.ts'
import type { Resource } from '../../resources/resource.ts'
import { itemPaths, itemSchemas } from './items.ts'
import {
  body,
  changedMeanwhile,
  etag,
  notModified,
  ok,
  operation,
  parameter,
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
      description: `${domain.words.service} HEAD works wherever GET does. A 2xx to a write means that it is on disk. A valid \`traceparent\` (W3C Trace Context) is told in the log.`,
      contact: { name: 'The operator of this service' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: base === '' ? '/' : base }],
    // Without configured tokens no request needs one.
    security: [{}, { token: [] }, { session: [] }],
    tags: [
      ...domain.tags,
      ...resources.map(({ name, description }) => ({ name, description })),
      { name: 'everything', description: domain.words.everything },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: { ...domain.paths, ...of(itemPaths), ...paths },
    components: {
      schemas: { ...domain.schemas, ...of(itemSchemas), ...schemas },
      parameters: { ...domain.parameters, ...parameters },
      headers: { ...domain.headers, ...headers },
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

/** What every resource has. */
function of<T>(part: (resource: Resource) => T): T {
  return Object.assign({}, ...resources.map(part))
}

const events = [...domain.words.events, ...resources.map(({ name }) => `${name} (read the ${name} anew)`)]

const paths = {
  '/events': {
    get: operation(
      'everything',
      'listen',
      `Hear of changes as server-sent events: ${events.join(', ')}, or reset (read all anew)`,
      parameter('LastEventId'),
      { 200: ok('A stream without end.', { 'text/event-stream': { schema: { type: 'string' } } }) },
      unavailable,
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
