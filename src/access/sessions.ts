import { limits } from '../limits.ts'

/** The prefix keeps others on the same domain from setting it, and http from carrying it. */
const name = '__Host-session'
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Strict'

/** The value of Set-Cookie (RFC 6265) that gives a session to a browser. */
export function sessionCookie(text: string): string {
  return `${name}=${text}; Max-Age=${limits.sessionMs / 1_000}; ${attributes}`
}

/** The value of Set-Cookie that takes the session away from the browser. */
export const noSession = `${name}=; Max-Age=0; ${attributes}`

/** What the cookies bear of a session. */
export function sessionOf(cookies: string | undefined): string | undefined {
  return /(?:^|; ?)__Host-session=([^;]*)(?:;|$)/.exec(cookies ?? '')?.[1]
}
