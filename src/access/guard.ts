import { Readable } from 'node:stream'
import { readJson } from '../http/body.ts'
import { type Call, type Handler, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'
import { countAttempts } from './attempts.ts'
import type { Peers } from './client.ts'
import type { EndedSessions } from './ended.ts'
import { type Grant, openGrants } from './grants.ts'
import { asPrivate } from './private.ts'
import { noSession, sessionCookie, sessionOf } from './sessions.ts'
import { findToken, type Token } from './tokens.ts'

export interface Access {
  /** Session routes (status, sign-in, sign-out) and those of the calendar address. */
  readonly routes: readonly Route[]
  /** Requires a token or a session, except on open paths. `handlerOf`: what answers whom; undefined for everybody. */
  guard(handlerOf: (token: Token | undefined) => Handler, open: readonly string[]): Handler
  /** Whether the caller is authenticated. */
  isKnown(call: Call): Promise<boolean>
}

export interface AccessOptions {
  /** If empty, everybody has full access. */
  readonly tokens: readonly Token[]
  readonly sessionKey: string | undefined
  readonly ended: EndedSessions
  readonly clientOf: Peers['clientOf']
  readonly log: Pick<Log, 'warn'>
}

const content = ['application/json']
/** Relative to the API. */
const calendarPath = '/calendar.ics'

export function openAccess({ tokens, sessionKey, ended, clientOf, log }: AccessOptions): Access {
  const granted = { tokens, key: sessionKey, ended }
  const sessions = openGrants({ ...granted, ms: limits.sessionMs })
  const calendars = openGrants({ ...granted, purpose: 'calendar', ms: limits.calendarMs })
  const attempts = countAttempts((client, failures) => log.warn('wrong tokens', { client, failures }))
  const isOpen = tokens.length === 0

  return {
    routes: [
      ['GET', '/session', show],
      ['POST', '/session', signIn, { content }],
      ['DELETE', '/session', signOut, { query: ['everywhere', 'keep'] }],
      ['POST', '/calendar', beginCalendar],
      ['DELETE', '/calendar', endCalendars],
    ],
    guard(handlerOf, open) {
      if (isOpen) return handlerOf(undefined)
      const paths = new Set(open)
      return (call) => {
        // OPTIONS reveals no secret, and browsers send it without credentials.
        const isFree = paths.has(call.path) || call.method === 'OPTIONS'
        const { token, admitted } = isFree
          ? { token: undefined, admitted: true as const }
          : (call.path.endsWith(calendarPath) && byKey(call)) || authenticate(call)
        const handle = handlerOf(token)
        const reply = admitted instanceof Promise ? whenAdmitted(admitted, call, handle) : handle(call)
        return reply instanceof Promise ? reply.then(asPrivate) : asPrivate(reply)
      }
    },
    async isKnown(call) {
      if (isOpen) return true
      try {
        await authenticate(call).admitted
        return true
      } catch (error) {
        if (error instanceof HttpError) return false
        throw error
      }
    },
  }

  async function show({ headers }: Call): Promise<Reply> {
    const session = await current(headers.cookie)
    const access = isOpen ? 'open' : session ? 'signed in' : 'signed out'
    const { token, holder, until } = session ?? {}
    const { readable: read, writable: write } = token && token.rights !== 'all' ? token.rights : {}
    return json(200, JSON.stringify({ access, name: token?.name, holder, until, read, write }))
  }

  async function signIn(call: Call): Promise<Reply> {
    const given = (await readJson(call, content)) as { token?: unknown } | null | undefined
    if (typeof given?.token !== 'string') throw new HttpError(400, 'Send {"token":"…"}')
    const token = attempt(call, given.token)
    await endCurrent(call, false)
    return noContent('Set-Cookie', sessionCookie(sessions.begin(token)))
  }

  async function signOut(call: Call): Promise<Reply> {
    const everywhere = flag(call, 'everywhere', 'true')
    // Unsent changes that other users left in this browser belong to them.
    const stores = flag(call, 'keep', 'storage') ? '"cache"' : '"cache", "storage"'
    await endCurrent(call, everywhere)
    return noContent('Set-Cookie', noSession, 'Clear-Site-Data', stores)
  }

  /** Resolves once it is durable: until then the client is not signed out. */
  async function endCurrent({ headers }: Call, everywhere: boolean) {
    const session = await current(headers.cookie)
    if (session) await (everywhere ? sessions.endAll(session.token) : sessions.end(session))
  }

  /** Calendar clients cannot send a token, so the URL is the secret. Without tokens there is none. */
  async function beginCalendar(call: Call): Promise<Reply> {
    const token = isOpen ? undefined : await bearerOf(call)
    const query = token ? `?${new URLSearchParams({ key: calendars.begin(token) })}` : ''
    return json(201, JSON.stringify({ address: calendarPath.slice(1) + query }))
  }

  async function endCalendars(call: Call): Promise<Reply> {
    if (!isOpen) await calendars.endAll(await bearerOf(call))
    return noContent()
  }

  /** Undefined if the query has no key. Throws, or rejects with, 404 if the key is invalid or revoked. */
  function byKey({ query }: Call): Admission | undefined {
    const key = query.get('key')
    if (key === undefined) return undefined
    const grant = calendars.read(key)
    const goesOn = grant !== undefined && calendars.goesOn(grant)
    return {
      token: grant?.token,
      admitted: goesOn instanceof Promise ? goesOn.then(found) : found(goesOn),
    }
  }

  async function current(cookie: string | undefined): Promise<Grant | undefined> {
    const session = readSession(cookie)
    return session && (await sessions.goesOn(session)) ? session : undefined
  }

  function readSession(cookie: string | undefined): Grant | undefined {
    const text = sessionOf(cookie)
    return text === undefined ? undefined : sessions.read(text)
  }

  /** The token of the authenticated caller. Rejects with 401 if there is none. */
  async function bearerOf(call: Call): Promise<Token> {
    const { token, admitted } = authenticate(call)
    await admitted
    return token!
  }

  /** Throws, or rejects, if the call has no valid credentials. */
  function authenticate(call: Call): Admission {
    const { authorization, cookie, holder } = call.headers
    if (authorization === undefined) {
      const session = readSession(cookie)
      // A page left open by one user must not use the session of another who has signed in since.
      const isMeant = holder === undefined || holder === session?.holder
      const goesOn = session !== undefined && isMeant && sessions.goesOn(session)
      return {
        token: session?.token,
        admitted: goesOn instanceof Promise ? goesOn.then(admit) : admit(goesOn),
      }
    }
    const token = bearerToken(authorization)
    if (token === undefined) throw unauthorized('Send the token as Authorization: Bearer …')
    return { token: attempt(call, token), admitted: true }
  }

  /** A valid token is never throttled: others may send wrong ones from the same address. */
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

/** Whose call it is, and that it is allowed: while this is looked up, a promise, which may reject. */
interface Admission {
  readonly token: Token | undefined
  readonly admitted: true | Promise<true>
}

/** RFC 6750, section 2.1. */
function bearerToken(authorization: string): string | undefined {
  return /^Bearer +([\w.~+/=-]+)$/i.exec(authorization)?.[1]
}

function found(goesOn: boolean): true {
  if (!goesOn) throw new HttpError(404, 'No calendar has this address: it was revoked, or is not whole')
  return true
}

function admit(goesOn: boolean): true {
  if (!goesOn) throw unauthorized('Sign in, or send a bearer token')
  return true
}

/**
 * Runs a read in parallel with the check of the session: with PostgreSQL each takes a round trip.
 */
async function whenAdmitted(admitted: Promise<true>, call: Call, handle: Handler): Promise<Reply> {
  if (call.method !== 'GET' && call.method !== 'HEAD') return admitted.then(() => handle(call))
  const [admission, reply] = await Promise.allSettled([admitted, (async () => handle(call))()])
  if (admission.status === 'fulfilled' && reply.status === 'fulfilled') return reply.value
  if (reply.status === 'fulfilled' && reply.value.body instanceof Readable) reply.value.body.destroy()
  throw admission.status === 'rejected' ? admission.reason : (reply as PromiseRejectedResult).reason
}

/** Whether the query has the parameter, whose only value is `only`. */
function flag({ query }: Call, name: string, only: string): boolean {
  const value = query.get(name)
  if (value !== undefined && value !== only)
    throw new HttpError(400, `The query parameter ${name} must be ${only}`)
  return value !== undefined
}

function unauthorized(detail: string): HttpError {
  return new HttpError(401, detail, ['WWW-Authenticate', 'Bearer'])
}

export function tooMany(detail: string, seconds: number, more: readonly string[] = []): HttpError {
  return new HttpError(429, detail, ['Retry-After', String(seconds), ...more])
}
