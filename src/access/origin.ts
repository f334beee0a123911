import { type Call, type Handler, HttpError } from '../http/message.ts'
import type { Peers } from './client.ts'

const reading: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses cross-site writes, which another site's page makes a browser send with its user's cookies or from within its network
 * (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html). Programs send
 * neither field.
 */
export function sameOrigin(
  handle: Handler,
  { origins, hostOf }: { origins: readonly string[]; hostOf: Peers['hostOf'] },
): Handler {
  return (call) => {
    if (!reading.includes(call.method) && isForeign(call))
      throw new HttpError(403, 'Another site’s page may not change anything here')
    return handle(call)
  }

  function isForeign(call: Call): boolean {
    const { origin, 'sec-fetch-site': site } = call.headers
    if (origin !== undefined && origins.includes(origin)) return false
    if (site !== undefined) return site !== 'same-origin' && site !== 'none'
    // Browsers send Sec-Fetch-Site over https only.
    return origin !== undefined && !isHostOf(origin, hostOf(call))
  }
}

/** A host may include the default port of its scheme; an origin never does. */
function isHostOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false
  const { protocol, host: own } = new URL(origin)
  return own !== '' && URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === own
}
