import { limits } from '../limits.ts'

/** With the prefix, other hosts of the domain cannot set it, and it is never sent over http. */
const name = '__Host-session'
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Strict'

/** The Set-Cookie value (RFC 6265) of a new session. */
export function sessionCookie(text: string): string {
  return `${name}=${text}; Max-Age=${limits.sessionMs / 1_000}; ${attributes}`
}

/** The Set-Cookie value that removes the session. */
export const noSession = `${name}=; Max-Age=0; ${attributes}`

/** The value of the session cookie in a Cookie field. */
export function sessionOf(cookies: string | undefined): string | undefined {
  return /(?:^|; ?)__Host-session=([^;]*)(?:;|$)/.exec(cookies ?? '')?.[1]
}
