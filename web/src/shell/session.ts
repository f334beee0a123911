/**
 * The holder of the token who uses the page. What the browser stores belongs to one holder, and is not read before the holder is
 * known: from the server or, while it does not answer, the last holder here who did not sign out.
 */

import { inherit, nameFor, openName, othersThan, strip } from '../tasks/databases.ts'
import { ownName } from './base.ts'

export interface Who {
  readonly access: 'open' | 'signed in' | 'signed out'
  readonly name?: string
  readonly holder?: string
}

export interface Session {
  /** The name of the current holder's database. */
  readonly database: Promise<string>
  /** The server's response, once there is one and the holder is known. */
  readonly who: Promise<Who>
  /** `fetch` for the current holder: the server refuses it once another holder has signed in. */
  readonly send: typeof fetch
  /** Header fields that tell the server which holder a request is meant for. */
  fields(): Record<string, string>
  /** The session has expired. Resolves when only unsent changes are left. */
  lost(): Promise<void>
  /** Rejects with the server's message, if any, when signing out fails. */
  signOut(everywhere: boolean): Promise<void>
}

export interface SessionEvents {
  /** Another tab has signed out. */
  readonly signedOut: () => void
  /** The server answered 401. */
  readonly unknown: () => void
  /** The same holder has signed in again in another tab. */
  readonly back: () => void
}

/** The delay after which the last holder's stored list is shown. */
const patienceMs = 1_500
/** Response timeout. */
const longestMs = 60_000
/** Where the browser remembers the database of the current holder; empty after signing out. */
const place = 'holder'

export function openSession({ signedOut, unknown, back }: SessionEvents): Session {
  const database = Promise.withResolvers<string>()
  const who = Promise.withResolvers<Who>()
  let own: string | undefined
  let isAnswered = false
  let isOver = false
  let asking: Promise<Response | undefined> | undefined

  const last = remembered()
  const late = last ? setTimeout(use, patienceMs, last) : undefined
  void ask()
    .then((refusal) => refusal?.status !== 401)
    .catch(() => true)
    .then((mayBeHere) => {
      clearTimeout(late)
      if (last && own === undefined && mayBeHere) use(last)
    })
  addEventListener('storage', ({ key, newValue }) => {
    if (own === undefined || isOver || (key !== place && key !== null)) return
    if (newValue === own) back()
    else if (newValue) location.reload()
    else if (key === null || newValue === '') {
      isOver = true
      signedOut()
    }
  })

  return {
    database: database.promise,
    who: who.promise,
    async send(url, init) {
      const refusal = own === undefined ? await ask() : undefined
      if (refusal) return refusal.clone()
      if (!isAnswered) ask().catch(() => {})
      const headers = new Headers(init?.headers)
      for (const [name, value] of Object.entries(fields())) headers.set(name, value)
      return fetch(url, { ...init, headers })
    },
    fields,
    async lost() {
      if (own !== undefined && !isOver) await forget(own)
    },
    async signOut(everywhere) {
      isOver = true
      try {
        await end(everywhere)
        remember('')
      } catch (error) {
        isOver = false
        throw error
      }
    },
  }

  function fields(): Record<string, string> {
    return own === undefined || own === openName ? {} : { Holder: own.slice(nameFor('').length) }
  }

  async function end(everywhere: boolean) {
    const others = await othersThan(own!)
    const query = new URLSearchParams({
      ...(everywhere && { everywhere: 'true' }),
      // Unsent changes of other holders must stay; not every browser tells whether there are any.
      ...(others?.length !== 0 && { keep: 'storage' }),
    })
    const signal = AbortSignal.timeout(longestMs)
    const response = await fetch(`api/session?${query}`, { method: 'DELETE', signal })
    if (!response.ok) {
      const { detail } = await response.json().catch(() => ({}))
      throw new Error(String(detail ?? response.status))
    }
  }

  /** Resolves with the response if it does not name a holder. */
  function ask(): Promise<Response | undefined> {
    asking ??= answered().finally(() => {
      if (!isAnswered) asking = undefined
    })
    return asking
  }

  async function answered(): Promise<Response | undefined> {
    const response = await fetch('api/session', { signal: AbortSignal.timeout(longestMs) })
    if (!response.ok) return response
    const said: Who = await response.json()
    if (said.access === 'signed out') {
      const left = own ?? last
      if (left) await forget(left)
      unknown()
      return new Response(undefined, { status: 401 })
    }
    isAnswered = true
    const name = nameFor(said.holder)
    const others = (await othersThan(name)) ?? []
    for (const other of others)
      if (other !== openName) strip(other).catch(() => {})
      else await inherit(other, name).catch(() => {})
    use(name)
    who.resolve(said)
    return undefined
  }

  function use(name: string) {
    remember(name)
    // Until now the page showed the last holder's data.
    if (own !== undefined && own !== name) location.reload()
    own ??= name
    database.resolve(own)
  }
}

/** Without a session only unsent changes are kept. */
async function forget(name: string) {
  if (remembered() === name) remember(undefined)
  await strip(name).catch(() => {})
}

/** With cookies blocked there is no storage to remember in. */
function remembered(): string | undefined {
  try {
    return localStorage.getItem(ownName(place)) ?? undefined
  } catch {
    return undefined
  }
}

function remember(name: string | undefined) {
  try {
    if (name === undefined) localStorage.removeItem(ownName(place))
    else if (localStorage.getItem(ownName(place)) !== name) localStorage.setItem(ownName(place), name)
  } catch {
    // The server is then asked each time.
  }
}
