import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** One request, as handlers see it. */
export interface Call {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** The path alone, not decoded. */
  readonly path: string
  /** The decoded query parameters. Throws `HttpError` 400 if one does not decode or is repeated. */
  readonly query: ReadonlyMap<string, string>
  readonly headers: IncomingHttpHeaders
  /** The target host and port (RFC 9110, section 7.1); undefined if the request names none. */
  readonly host: string | undefined
  /** Address of the peer, which may be a proxy. */
  readonly address: string
  /** The request's id, for the log. */
  readonly id: string
  /** The matched route, such as `/tasks/{id}`, for the metrics; undefined before one matches. */
  route: string | undefined
  /** Whether a body is announced. */
  readonly hasBody: boolean
  /** The whole body. Rejects with `HttpError` 413 or 400. */
  body(): Promise<Buffer>
  /** The body as it arrives, with a longer time limit. Throws `HttpError` 400, 408 or 413. */
  stream(mostBytes: number): AsyncIterable<Buffer>
}

/** One answer. Replies are immutable; those that do not stream may be sent many times. */
export interface Reply {
  readonly status: number
  /** Name, value, name, value: the form that `writeHead` takes without a copy. */
  readonly headers: readonly string[]
  /** A stream is piped to the client, and destroyed if the client disconnects or wants no body. */
  readonly body: string | Buffer | Readable
  /** For the preconditions of a read. Also in `headers`. */
  readonly etag?: string
  /** Last-Modified in milliseconds since 1970, to the second. Also in `headers`. */
  readonly modified?: number
  /** The stream lasts until the client disconnects. */
  readonly endless?: true
}

/** Answers synchronously where possible: a promise costs more than a ready reply. */
export type Handler = (call: Call) => Reply | Promise<Reply>

/** A fault of the request itself, not of the domain: framing, path, query, media type. */
export class HttpError extends Error {
  readonly status: number
  readonly headers: readonly string[]

  constructor(status: number, detail: string, headers: readonly string[] = []) {
    super(detail)
    this.status = status
    this.headers = headers
  }
}

/** `body` is JSON text. With an `etag` it may be revalidated. */
export function json(status: number, body: string, etag?: string, ...extra: string[]): Reply {
  const headers = headersOf('application/json', body, extra)
  if (etag === undefined) return { status, headers, body }
  headers.push('ETag', etag)
  return { status, headers, body, etag }
}

/** `type`: the media type of the body. */
export function text(type: string, body: string): Reply {
  return { status: 200, headers: headersOf(type, body, []), body }
}

export function noContent(...headers: string[]): Reply {
  return { status: 204, headers, body: '' }
}

/** A body whose length is not known in advance. Proxies should not buffer it. */
export function streamed(type: string, body: Readable, ...extra: string[]): Reply {
  return { status: 200, headers: [...commonHeaders(type), 'X-Accel-Buffering', 'no', ...extra], body }
}

/** Lets programs tell apart problems with the same status. */
export interface ProblemType {
  /** A URI. */
  readonly type: string
  readonly title: string
}

/** Problem details (RFC 9457). */
export function problem(
  status: number,
  detail: string,
  {
    headers = [],
    errors,
    kind = { type: 'about:blank', title: titles[status] ?? 'Error' },
  }: { headers?: readonly string[]; errors?: readonly unknown[]; kind?: ProblemType } = {},
): Reply {
  const body = JSON.stringify({ ...kind, status, detail, errors })
  return { status, headers: headersOf('application/problem+json', body, headers), body }
}

function headersOf(type: string, body: string, extra: readonly string[]): string[] {
  const headers = commonHeaders(type)
  headers.push('Content-Length', String(Buffer.byteLength(body)))
  for (const part of extra) headers.push(part)
  return headers
}

function commonHeaders(type: string): string[] {
  return [
    'Content-Type',
    type,
    'Cache-Control',
    'no-cache',
    'X-Content-Type-Options',
    'nosniff',
    'Cross-Origin-Resource-Policy',
    'same-origin',
  ]
}

/** Reason phrases (RFC 9110, section 15), the title of problems of type about:blank. */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  417: 'Expectation Failed',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
}
