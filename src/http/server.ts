import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { openAdmission } from './admission.ts'
import { type Patience, timeFor } from './body.ts'
import { evaluate } from './conditions.ts'
import { type Call, type Handler, HttpError, type Reply } from './message.ts'
import {
  type BusySocket,
  type ClientError,
  methodRefused,
  refusalOf,
  refuse,
  whenAnswered,
} from './refuse.ts'
import { over, Request, requestId, streaming } from './request.ts'
import { prepareStop, type Stopping } from './stopping.ts'
import type { Traffic } from './traffic.ts'

export interface HttpServer extends Pick<Stopping, 'connections' | 'close'> {
  /** Where it listens: `http://127.0.0.1:8000`. */
  readonly url: string
}

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly log: Log
  /** Makes the reply for an error of a handler. Must not throw. */
  readonly onError: (error: unknown, call: Call) => Reply
  /** Counts the answers. */
  readonly traffic?: Traffic
  /** Time limits for clients; tests shorten them. */
  readonly patience?: Patience
}

/**
 * Listens, and turns requests into calls and replies into responses; apart from `Request`, the only code that touches `req` and
 * `res`. No request makes the listener throw or reject.
 */
export async function listen(
  handle: Handler,
  { host, port, log, onError, traffic, patience = limits }: HttpServerOptions,
): Promise<HttpServer> {
  /** The last response of each connection with pipelined requests. */
  const last = new WeakMap<Socket, ServerResponse>()
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: patience.headersTimeoutMs,
    requestTimeout: patience.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: patience.timeoutCheckMs,
    // Checked in `Request`, which answers with a problem document.
    requireHostHeader: false,
    optimizeEmptyRequests: true,
    noDelay: true,
  })
  const admission = openAdmission()
  server.maxConnections = admission.most
  // For clients that read too slowly, or never. Idle time between requests has its own limit.
  server.timeout = patience.stalledMs
  // A client that has closed its side still gets its answers.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('request', (req, res) => inTurn(req, res))
  server.on('checkContinue', (req, res) => inTurn(req, res, 'continue'))
  server.on('checkExpectation', (req, res) => inTurn(req, res, 'unknown'))
  server.on('connect', (_req, socket) => end(socket as Socket, methodRefused()))
  server.on('clientError', (error: ClientError, socket) => refuseMalformed(error, socket as Socket))
  server.on('connection', admission.admit)
  const stopping = prepareStop(server)

  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      reject(new Error(`Cannot listen on ${host}:${port}: ${listenFaults[code ?? ''] ?? message}`)),
    )
    server.listen(port, host, resolve)
  })
  const { address, family, port: actual } = server.address() as AddressInfo
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`

  return { url, close: stopping.close, connections: stopping.connections }

  /**
   * Pipelined requests are handled one after the other: otherwise a client that sends many and reads nothing would make us buffer
   * all the answers.
   */
  function inTurn(req: IncomingMessage, res: ServerResponse, expects?: 'continue' | 'unknown') {
    const socket: BusySocket = req.socket
    // A response has closed the connection: later requests on it are not executed, since their responses could not be sent.
    if (!socket.writable) return
    if (socket._httpMessage === res) return answer(req, res, expects)
    const before = last.get(socket) ?? socket._httpMessage!
    last.set(socket, res)
    before.once('close', () => {
      if (socket.writable) answer(req, res, expects)
    })
    res.once('close', () => {
      if (last.get(socket) === res) last.delete(socket)
    })
  }

  function answer(req: IncomingMessage, res: ServerResponse, expects?: 'continue' | 'unknown') {
    if (over.has(req.socket)) return
    const started = performance.now()
    const call = new Request(req, res, expects !== undefined, patience)
    try {
      call.check()
      if (expects === 'unknown')
        throw new HttpError(417, 'The one expectation understood here is 100-continue')
      const reply = handle(call)
      if (reply instanceof Promise) {
        reply.then(
          (later) => send(call, later, started),
          (error) => send(call, onError(error, call), started),
        )
      } else {
        send(call, reply, started)
      }
    } catch (error) {
      send(call, onError(error, call), started)
    }
  }

  function refuseMalformed(error: ClientError, socket: BusySocket) {
    // Anything after the last request is ignored, but not an error within its own body.
    const response = socket._httpMessage
    const isInBody = response && !response.req.complete && !response.writableEnded
    if (over.has(socket) && !isInBody) return
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && streaming.has(socket)) return
    end(socket, refusalOf(error))
  }

  /** Answers input that is not a request for any handler, and closes the connection. */
  function end(socket: Socket, refusal: HttpError) {
    whenAnswered(socket, () => {
      const id = requestId()
      refuse(socket, refusal, id)
      const { status, message } = refusal
      log.info('request refused', { id, status, detail: message })
      traffic?.refused(status)
    })
  }

  function send(call: Request, full: Reply, started: number) {
    const { req, res } = call
    const reply = conditional(call, full)
    const headers = [...reply.headers, 'X-Request-Id', call.id]
    // The rest of a request that timed out is not read (RFC 9110, section 15.5.9).
    if (stopping.begun || call.endsConnection || reply.status === 408) headers.push('Connection', 'close')
    // The proxy terminates https: from now on the browser must use nothing else (RFC 6797).
    if (req.headers['x-forwarded-proto'] === 'https')
      headers.push('Strict-Transport-Security', 'max-age=31536000')
    res.writeHead(reply.status, headers)
    const done = () => {
      const ms = performance.now() - started
      log.request(call.id, call.method, call.target, reply.status, ms, call.trace)
      traffic?.answered(call, reply.status, ms)
    }
    if (reply.body instanceof Readable) {
      pour(call, reply.body, done, reply.endless)
      // A client that closes its side of an event stream has left.
      if (reply.endless) req.socket.once('end', () => req.socket.destroy())
    } else {
      res.end(reply.body)
      // Most answers fit into the socket buffer at once.
      if (req.socket.writableLength > 0) mustBeRead(res)
      done()
    }
    if (call.hasBody) drain(req, call.streams ? limits.importBytes : limits.drainBytes, patience)
  }

  /** The reply after the preconditions of a read. */
  function conditional(call: Request, full: Reply): Reply {
    const status = evaluate(call, full)
    if (status === 200) return full
    if (full.body instanceof Readable) full.body.destroy()
    return status === 304 ? notModified(full) : onError(new HttpError(412, changed), call)
  }

  function pour({ id, method, res }: Request, body: Readable, done: () => void, endless = false) {
    // The client may have disconnected meanwhile.
    if (method === 'HEAD' || res.destroyed) {
      body.destroy()
      res.end()
      return done()
    }
    // An event stream should open at once, even without an event.
    res.flushHeaders()
    if (!endless) mustBeRead(res)
    pipeline(body, res, (error) => {
      if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
        log.warn('a response broke off', { id, error: error.message })
      done()
    })
  }

  /** An unread answer keeps its source open. */
  function mustBeRead(res: ServerResponse) {
    const late = setTimeout(() => res.destroy(), patience.answerMs).unref()
    res.once('close', () => clearTimeout(late))
  }
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; end the program that has it or set another PORT',
  EADDRNOTAVAIL: 'this machine does not have the address; set another HOST',
  EACCES: 'this user may not use the port; set a PORT above 1023',
  ENOTFOUND: 'the name of the host is unknown; set another HOST',
}

const changed = 'It is not as the condition says; read it again'

function notModified({ headers }: Reply): Reply {
  const kept = headers.filter((_, index) => !/^Content-(?:Type|Length|Encoding)$/.test(headers[index & ~1]!))
  return { status: 304, headers: kept, body: '' }
}

/** Discards the rest of a body, up to a limit, so that the connection can serve the next request. */
function drain(req: IncomingMessage, mostBytes: number, patience: Patience) {
  if (req.complete) return
  const began = performance.now()
  let size = 0
  if (streaming.has(req.socket)) req.socket.setTimeout(patience.requestTimeoutMs)
  req.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > mostBytes || performance.now() - began > timeFor(size, patience)) req.socket.destroy()
  })
  req.resume()
}
