import { type Call, type Handler, HttpError } from '../http/message.ts'

const reading: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses writes that another site's page makes a browser send, with its user's cookies or from within a network
 * (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html). Programs send
 * neither field.
 */
export function sameOrigin(handle: Handler, origins: readonly string[]): Handler {
  return (call) => {
    if (!reading.includes(call.method) && isForeign(call, origins))
      throw new HttpError(403, 'Another site’s page may not change anything here')
    return handle(call)
  }
}

function isForeign({ headers }: Call, origins: readonly string[]): boolean {
  const { origin } = headers
  if (origin !== undefined && origins.includes(origin)) return false
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  if (origin === undefined) return false
  // Without https browsers send no Sec-Fetch-Site. A page cannot set the host that a proxy forwards.
  const host = URL.canParse(origin) ? new URL(origin).host : origin
  return host !== headers.host && host !== headers['x-forwarded-host']
}
