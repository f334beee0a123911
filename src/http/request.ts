import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'
import { type Patience, readBody, streamBody } from './body.ts'
import { type Call, HttpError } from './message.ts'
import { parseQuery } from './query.ts'

/** Connections whose request body is streamed, with a time limit of its own. */
export const streaming = new WeakSet<Socket>()

/** Connections that take no further request: what follows may not be what it looks like (request smuggling). */
export const over = new WeakSet<Socket>()

/** A call backed by node:http's objects. */
export class Request implements Call {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly id: string
  readonly hasBody: boolean
  route: string | undefined = undefined
  readonly #patience: Patience
  #mustContinue: boolean
  #last = false
  #query: ReadonlyMap<string, string> | undefined

  constructor(req: IncomingMessage, res: ServerResponse, mustContinue: boolean, patience: Patience) {
    this.#patience = patience
    this.req = req
    this.res = res
    this.method = req.method!
    this.target = originForm(req.url!)
    this.headers = req.headers
    this.id = requestId(this.headers['x-request-id'])
    this.hasBody =
      this.headers['transfer-encoding'] !== undefined || (this.headers['content-length'] ?? '0') !== '0'
    this.#mustContinue = mustContinue
  }

  get path(): string {
    const end = this.target.indexOf('?')
    return end === -1 ? this.target : this.target.slice(0, end)
  }

  get query(): ReadonlyMap<string, string> {
    this.#query ??= parseQuery(this.target)
    return this.#query
  }

  /** From a target in absolute form, which overrides the Host field (RFC 9112, section 3.2.2), or else from that field. */
  get host(): string | undefined {
    const { url = '' } = this.req
    return (url.startsWith('/') ? undefined : absoluteForm.exec(url)?.[1]) ?? this.headers.host
  }

  get address(): string {
    return this.req.socket.remoteAddress ?? ''
  }

  /** The trace id from a valid `traceparent` (https://www.w3.org/TR/trace-context/), or undefined. */
  get trace(): string | undefined {
    return traceId(this.headers['traceparent'])
  }

  /**
   * Whether the connection closes after the answer; also if the client waits for a "100 Continue" that was not sent: its body may
   * or may not follow.
   */
  get endsConnection(): boolean {
    return this.#last || this.#mustContinue
  }

  body(): Promise<Buffer> {
    const mustContinue = this.#mustContinue
    this.#mustContinue = false
    return readBody(this.req, this.res, mustContinue)
  }

  stream(mostBytes: number): AsyncIterable<Buffer> {
    const { socket } = this.req
    streaming.add(socket)
    this.res.once('close', () => streaming.delete(socket))
    if (this.#mustContinue) this.res.writeContinue()
    this.#mustContinue = false
    return streamBody(this.req, mostBytes, this.#patience)
  }

  /** Whether its body was streamed, and may be long. */
  get streams(): boolean {
    return streaming.has(this.req.socket)
  }

  #isLast() {
    this.#last = true
    over.add(this.req.socket)
  }

  /** Throws `HttpError` for what node:http lets through. */
  check() {
    if (this.target.length > limits.targetBytes)
      throw new HttpError(414, `The request target is longer than ${limits.targetBytes} bytes`)
    const coding = this.headers['transfer-encoding']
    if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
      this.#isLast()
      throw new HttpError(400, 'The one transfer coding understood here is chunked (RFC 9112, section 6.1)')
    }
    // The upgrade is not granted, but node:http drops part of what follows.
    if (this.headers.upgrade !== undefined) this.#isLast()
    const fields = this.req.rawHeaders
    let hosts = 0
    for (let index = 0; index < fields.length; index += 2) if (isHost(fields[index]!)) hosts++
    if (hosts > 1 || (hosts === 0 && this.req.httpVersion === '1.1'))
      throw new HttpError(400, 'A request has exactly one Host field (RFC 9112, section 3.2)')
    const { host = '' } = this.headers
    if (host !== lastHost) {
      if (!hostForm.test(host))
        throw new HttpError(400, 'The Host field is not a name or address with a port')
      lastHost = host
    }
  }
}

/** Version 00 has exactly these four parts; later ones may add more. Ids must not be all zeros, and version ff is invalid. */
function traceId(traceparent: string | string[] | undefined): string | undefined {
  if (typeof traceparent !== 'string') return undefined
  const [, version, trace, parent, more] =
    /^([\da-f]{2})-([\da-f]+)-([\da-f]+)-[\da-f]{2}(-.*)?$/.exec(traceparent) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  return isId(trace!, 32) && isId(parent!, 16) ? trace : undefined
}

function isId(text: string, length: number): boolean {
  return text.length === length && /[^0]/.test(text)
}

/** A host (RFC 3986, section 3.2.2) with an optional port. */
const hostForm = /^(?:\[[\w:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d*)?$/

/** The last valid one: most requests repeat it. */
let lastHost = ''

/** Servers must accept the absolute form, too (RFC 9112, section 3.2.2). */
const absoluteForm = /^https?:\/\/([^/?]*)/i

function originForm(target: string): string {
  if (target.startsWith('/')) return target
  return target.replace(absoluteForm, '') || '/'
}

function isHost(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === 'host'
}

const idPrefix = `${Date.now().toString(36)}${Math.floor(Math.random() * 36 ** 4).toString(36)}-`
let idCount = 0

/** The id from a proxy, or a new one: a prefix unique to the process (start time and random), then a counter. */
export function requestId(given?: string | string[]): string {
  if (typeof given === 'string' && given.length <= 64 && /^[\w.-]+$/.test(given)) return given
  return idPrefix + (++idCount).toString(36)
}
