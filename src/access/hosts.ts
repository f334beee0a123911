import { isIP, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { type Call, type Handler, HttpError } from '../http/message.ts'
import { elementsOf, isRelayed } from './client.ts'

/** Host names that the service answers to. */
export type Hosts = readonly string[]

/**
 * Names such as `tasks.example`, `.example.org` for a domain and all below it, or `*` for any; comma-separated. Throws what was
 * expected instead.
 */
export function parseHosts(text: string): Hosts {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      if (entry === '*') return entry
      const name = domainToASCII(entry.replace(/^\./, '').replace(/\.$/, ''))
      if (!/^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/.test(name))
        throw new Error('names such as tasks.example or .example.org without a port, comma-separated, or *')
      return entry.startsWith('.') ? `.${name}` : name
    })
}

/**
 * Domains whose subdomains cannot be pointed at an address of choice: GitHub forwards ports of codespaces under the one, Azure
 * serves container apps under the other.
 */
const platforms: Hosts = ['.app.github.dev', '.azurecontainerapps.io']

/**
 * Refuses requests for host names that are not allowed. Against DNS rebinding: a page on the internet can point its own name at
 * this machine, and its visitor's browser then takes the service for the page's own server, which it may read and change. That is
 * not possible with an IP address or with a local name.
 */
export function allowHosts(handle: Handler, allowed: Hosts, exempt: readonly string[]): Handler {
  if (allowed.includes('*')) return handle
  const free = new Set(exempt)
  /** The last allowed one: most requests repeat it. */
  let good: string | undefined

  return (call) => {
    const isDirect = call.headers['x-forwarded-host'] === undefined
    if (!(isDirect && call.host === good) && !free.has(call.path)) refuseOthers(call)
    return handle(call)
  }

  function refuseOthers(call: Call) {
    const { host, headers } = call
    // The frontend image appends the requested host, and uses its own name for this service.
    const named = elementsOf(headers['x-forwarded-host'])
    const isOurs = isRelayed(call)
    if (host && !isOurs) named.push(host)
    for (const each of named) {
      const name = nameOf(each)
      if (!isAllowed(name))
        throw new HttpError(
          421,
          `This service does not answer to the name ${JSON.stringify(name.slice(0, 253))}; whoever runs it can add it to ALLOWED_HOSTS`,
        )
    }
    if (!isOurs) good = host
  }

  function isAllowed(name: string): boolean {
    return isLocal(name) || [...platforms, ...allowed].some((other) => name === other || isBelow(name, other))
  }
}

function isLocal(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name) === 4 || isIPv6(name)
}

function isBelow(name: string, domain: string): boolean {
  return domain.startsWith('.') && (name.endsWith(domain) || name === domain.slice(1))
}

/** Without port, brackets and trailing dot, in lower case. */
function nameOf(host: string): string {
  const [, inBrackets] = /^\[([^\]]*)\](?::\d*)?$/.exec(host) ?? []
  return inBrackets ?? host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
}
