import { readJson } from '../http/body.ts'
import { type Call, type Handler, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import type { Log } from '../log.ts'
import { countAttempts } from './attempts.ts'
import type { Peers } from './client.ts'
import { openSessions } from './sessions.ts'
import { findToken, type Token } from './tokens.ts'

export interface Access {
  /** Those of people: what the browser may ask about itself, sign in and out. */
  readonly routes: readonly Route[]
  /** Lets through who bears a token or a session, and everybody to the paths that are open. */
  guard(handle: Handler, open: readonly string[]): Handler
  /** The reply as one that is for its client alone, and that no cache keeps, where not everybody may have it. */
  asPrivate(reply: Reply): Reply
}

export interface AccessOptions {
  /** None: everybody may do everything. */
  readonly tokens: readonly Token[]
  readonly sessionKey: string | undefined
  readonly clientOf: Peers['clientOf']
  readonly log: Pick<Log, 'warn'>
}

const content = ['application/json']

export function openAccess({ tokens, sessionKey, clientOf, log }: AccessOptions): Access {
  const sessions = openSessions(tokens, sessionKey)
  const attempts = countAttempts((client, failures) => log.warn('wrong tokens', { client, failures }))
  const isOpen = tokens.length === 0
  /** Ready replies are made private once. */
  const privates = new WeakMap<Reply, Reply>()

  return {
    routes: [
      ['GET', '/session', show],
      ['POST', '/session', signIn, { content }],
      ['DELETE', '/session', () => noContent('Set-Cookie', sessions.end())],
    ],
    guard(handle, open) {
      if (isOpen) return handle
      const paths = new Set(open)
      return (call) => {
        // What may be sent is no secret, and a browser asks for it without credentials.
        if (!paths.has(call.path) && call.method !== 'OPTIONS') authenticate(call)
        const reply = handle(call)
        return reply instanceof Promise ? reply.then(asPrivate) : asPrivate(reply)
      }
    },
    asPrivate: isOpen ? (reply) => reply : asPrivate,
  }

  function asPrivate(reply: Reply): Reply {
    const made = privates.get(reply) ?? { ...reply, headers: privateHeaders(reply.headers) }
    privates.set(reply, made)
    return made
  }

  function show({ headers }: Call): Reply {
    const holder = sessions.holder(headers.cookie)
    const access = isOpen ? 'open' : holder ? 'signed in' : 'signed out'
    return json(200, JSON.stringify({ access, ...(holder && { name: holder.name }) }))
  }

  async function signIn(call: Call): Promise<Reply> {
    const given = (await readJson(call, content)) as { token?: unknown } | null | undefined
    if (typeof given?.token !== 'string') throw new HttpError(400, 'Send {"token":"…"}')
    return noContent('Set-Cookie', sessions.begin(attempt(call, given.token)))
  }

  function authenticate(call: Call) {
    const { authorization, cookie } = call.headers
    if (authorization === undefined) {
      if (sessions.holder(cookie) === undefined) throw unauthorized('Sign in, or send a bearer token')
      return
    }
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization) ?? []
    if (token === undefined) throw unauthorized('Send the token as Authorization: Bearer …')
    attempt(call, token)
  }

  /** A right token is right at any time: others may send wrong ones from the same address. */
  function attempt(call: Call, given: string): Token {
    const token = findToken(tokens, given)
    if (token === undefined) {
      const wait = attempts.failed(clientOf(call))
      if (wait > 0) throw tooMany('The token is wrong, as too many before it; wait', wait)
      throw unauthorized('The token is wrong')
    }
    attempts.succeeded(clientOf(call))
    return token
  }
}

/** ASVS 5.0, 14.3.2. */
function privateHeaders(headers: readonly string[]): string[] {
  const others = headers.filter((_, index) => headers[index & ~1] !== 'Cache-Control')
  return [...others, 'Cache-Control', 'private, no-store', 'Vary', 'Authorization, Cookie']
}

function unauthorized(detail: string): HttpError {
  return new HttpError(401, detail, ['WWW-Authenticate', 'Bearer'])
}

export function tooMany(detail: string, seconds: number, more: readonly string[] = []): HttpError {
  return new HttpError(429, detail, ['Retry-After', String(seconds), ...more])
}
