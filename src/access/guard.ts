import { Readable } from 'node:stream'
import { readJson } from '../http/body.ts'
import { type Call, type Handler, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import type { Log } from '../log.ts'
import { countAttempts } from './attempts.ts'
import type { Peers } from './client.ts'
import type { EndedSessions } from './ended.ts'
import { asPrivate } from './private.ts'
import { openSessions, type Session } from './sessions.ts'
import { findToken, type Token } from './tokens.ts'

export interface Access {
  /** Those of people: what the browser may ask about itself, sign in and out. */
  readonly routes: readonly Route[]
  /** Lets through who bears a token or a session, and everybody to the paths that are open. */
  guard(handle: Handler, open: readonly string[]): Handler
  /** Whether who calls may know what is going on here. */
  isKnown(call: Call): Promise<boolean>
}

export interface AccessOptions {
  /** None: everybody may do everything. */
  readonly tokens: readonly Token[]
  readonly sessionKey: string | undefined
  readonly ended: EndedSessions
  readonly clientOf: Peers['clientOf']
  readonly log: Pick<Log, 'warn'>
}

const content = ['application/json']

export function openAccess({ tokens, sessionKey, ended, clientOf, log }: AccessOptions): Access {
  const sessions = openSessions(tokens, sessionKey, ended)
  const attempts = countAttempts((client, failures) => log.warn('wrong tokens', { client, failures }))
  const isOpen = tokens.length === 0

  return {
    routes: [
      ['GET', '/session', show],
      ['POST', '/session', signIn, { content }],
      ['DELETE', '/session', signOut, { query: ['everywhere', 'keep'] }],
    ],
    guard(handle, open) {
      if (isOpen) return handle
      const paths = new Set(open)
      return (call) => {
        // What may be sent is no secret, and a browser asks for it without credentials.
        const isFree = paths.has(call.path) || call.method === 'OPTIONS'
        const admitted = isFree || authenticate(call)
        const reply = admitted instanceof Promise ? whenAdmitted(admitted, call, handle) : handle(call)
        return reply instanceof Promise ? reply.then(asPrivate) : asPrivate(reply)
      }
    },
    async isKnown(call) {
      if (isOpen) return true
      try {
        await authenticate(call)
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
    const { name, holder, until } = session ?? {}
    return json(200, JSON.stringify({ access, name, holder, until }))
  }

  async function signIn(call: Call): Promise<Reply> {
    const given = (await readJson(call, content)) as { token?: unknown } | null | undefined
    if (typeof given?.token !== 'string') throw new HttpError(400, 'Send {"token":"…"}')
    const token = attempt(call, given.token)
    await endCurrent(call, false)
    return noContent('Set-Cookie', sessions.begin(token))
  }

  async function signOut(call: Call): Promise<Reply> {
    const everywhere = flag(call, 'everywhere', 'true')
    // What others left in this browser and did not send is theirs.
    const stores = flag(call, 'keep', 'storage') ? '"cache"' : '"cache", "storage"'
    await endCurrent(call, everywhere)
    return noContent('Set-Cookie', sessions.none, 'Clear-Site-Data', stores)
  }

  /** Resolves when it is on disk: until then the client must not think that it has signed out. */
  async function endCurrent({ headers }: Call, everywhere: boolean) {
    const session = await current(headers.cookie)
    if (session) await sessions.end(session, everywhere)
  }

  async function current(cookie: string | undefined): Promise<Session | undefined> {
    const session = sessions.read(cookie)
    return session && (await sessions.goesOn(session)) ? session : undefined
  }

  /** Throws, or rejects, where the call bears nothing that lets it in. */
  function authenticate(call: Call): true | Promise<true> {
    const { authorization, cookie, holder } = call.headers
    if (authorization === undefined) {
      const session = sessions.read(cookie)
      // A page that one has left open must not send by the session of another who has signed in since.
      const isMeant = holder === undefined || holder === session?.holder
      const goesOn = session !== undefined && isMeant && sessions.goesOn(session)
      return goesOn instanceof Promise ? goesOn.then(admit) : admit(goesOn)
    }
    const [, token] = /^Bearer +([\w.~+/=-]+)$/i.exec(authorization) ?? []
    if (token === undefined) throw unauthorized('Send the token as Authorization: Bearer …')
    attempt(call, token)
    return true
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

function admit(goesOn: boolean): true {
  if (!goesOn) throw unauthorized('Sign in, or send a bearer token')
  return true
}

/**
 * A read may be made while it is found out whether the session goes on: with PostgreSQL both wait for the same answer of the
 * database.
 */
async function whenAdmitted(admitted: Promise<true>, call: Call, handle: Handler): Promise<Reply> {
  if (call.method !== 'GET' && call.method !== 'HEAD') return admitted.then(() => handle(call))
  const [admission, reply] = await Promise.allSettled([admitted, (async () => handle(call))()])
  if (admission.status === 'fulfilled' && reply.status === 'fulfilled') return reply.value
  if (reply.status === 'fulfilled' && reply.value.body instanceof Readable) reply.value.body.destroy()
  throw admission.status === 'rejected' ? admission.reason : (reply as PromiseRejectedResult).reason
}

/** Whether the query has the parameter, which can be nothing but this. */
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
