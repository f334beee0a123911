import { readJson } from '../http/body.ts'
import { type Call, type Handler, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { countAttempts } from './attempts.ts'
import type { ClientOf } from './client.ts'
import { openSessions } from './sessions.ts'
import { findToken, type Token } from './tokens.ts'

export interface Access {
  /** Those of people: what the browser may ask about itself, sign in and out. */
  readonly routes: readonly Route[]
  /** Lets through who bears a token or a session, and everybody to the paths that are open. */
  guard(handle: Handler, open: readonly string[]): Handler
}

export interface AccessOptions {
  /** None: everybody may do everything. */
  readonly tokens: readonly Token[]
  readonly sessionKey: string | undefined
  readonly clientOf: ClientOf
}

const content = ['application/json']

export function openAccess({ tokens, sessionKey, clientOf }: AccessOptions): Access {
  const sessions = openSessions(tokens, sessionKey)
  const attempts = countAttempts()
  const isOpen = tokens.length === 0

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
        return handle(call)
      }
    },
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
    const [, token] = /^Bearer +([\w.~+/=-]{1,1000})$/i.exec(authorization) ?? []
    if (token === undefined) throw unauthorized('Send the token as Authorization: Bearer …')
    attempt(call, token)
  }

  function attempt(call: Call, given: string): Token {
    const client = clientOf(call)
    const wait = attempts.wait(client)
    if (wait > 0) throw tooMany('Too many wrong tokens; wait', wait)
    const token = findToken(tokens, given)
    if (token === undefined) {
      attempts.failed(client)
      throw unauthorized('The token is wrong')
    }
    attempts.succeeded(client)
    return token
  }
}

function unauthorized(detail: string): HttpError {
  return new HttpError(401, detail, ['WWW-Authenticate', 'Bearer'])
}

export function tooMany(detail: string, seconds: number, more: readonly string[] = []): HttpError {
  return new HttpError(429, detail, ['Retry-After', String(seconds), ...more])
}
