import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Call } from '../http/message.ts'

/** Trusted proxies: a number of them, or their addresses. */
export type Proxies = number | BlockList

/** Where calls come from, according to the trusted proxies. */
export interface Peers {
  /** The key for counting: an IPv4 address, or the /64 prefix of an IPv6 one. */
  clientOf(call: Call): string
  /** The host and port that the client requested. */
  hostOf(call: Call): string | undefined
}

const mostProxies = 16

/** A number, or addresses and networks such as `10.0.0.0/8`, comma-separated. Throws what was expected instead. */
export function parseProxies(text: string): Proxies | undefined {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.length === 0) return undefined
  if (entries.length === 1 && /^\d{1,2}$/.test(entries[0]!) && Number(entries[0]) <= mostProxies)
    return Number(entries[0]) || undefined
  const list = new BlockList()
  for (const entry of entries) {
    const [given = '', bits, ...more] = entry.split('/')
    const address = isIP(given) === 0 ? undefined : parseAddress(given)
    // An IPv6 address that embeds an IPv4 one counts as that.
    const carried = isIPv6(given) && address !== undefined && !isIPv6(address) ? 96 : 0
    const most = address !== undefined && isIPv6(address) ? 128 : 32
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) - carried : Number.NaN
    if (address === undefined || more.length > 0 || !(prefix >= 1 && prefix <= most))
      throw new Error(
        `the number of proxies (up to ${mostProxies}), or addresses and networks such as 10.0.0.0/8, comma-separated`,
      )
    list.addSubnet(address, prefix, most === 128 ? 'ipv6' : 'ipv4')
  }
  return list
}

export function peersBehind(proxies: Proxies | undefined): Peers {
  const mayRelay = (address: string, hop: number) =>
    typeof proxies === 'number'
      ? hop < proxies
      : proxies?.check(address, isIPv6(address) ? 'ipv6' : 'ipv4') === true

  return {
    clientOf(call) {
      const own = parseAddress(call.address) ?? call.address
      if (proxies === undefined) return networkOf(own)
      const { 'x-forwarded-for': listed, forwarded } = call.headers
      const byList = walk(own, elementsOf(listed).reverse())
      if (forwarded === undefined) return networkOf(byList.client)
      const byFields = walk(own, elementsOf(forwarded).map(forOf).reverse())
      // A proxy sets one of the two and passes the other on, so if they differ the client has made one up.
      if (listed !== undefined && byList.client !== byFields.client) return networkOf(own)
      return networkOf(byFields.client)
    },
    hostOf(call) {
      const own = parseAddress(call.address) ?? call.address
      const { 'x-forwarded-for': listed, 'x-forwarded-host': hosts } = call.headers
      const trusted = proxies === undefined ? 0 : walk(own, elementsOf(listed).reverse()).hops
      const hops = Math.max(trusted, isRelayed(call) ? 1 : 0)
      if (hops === 0) return call.host
      // Each proxy appends the host that was requested from it; one in front may not have.
      const named = elementsOf(hosts)
      return named[Math.max(0, named.length - hops)] ?? call.host
    },
  }

  /** Walks the addresses, nearest first, as long as each was reported by a trusted proxy. */
  function walk(own: string, addresses: readonly string[]): { client: string; hops: number } {
    let client = own
    let hops = 0
    while (mayRelay(client, hops)) {
      const next = parseAddress(addresses[hops++] ?? '')
      if (next === undefined) break
      client = next
    }
    return { client, hops }
  }
}

/**
 * Whether the request comes from the frontend image's nginx, which adds Via (RFC 9110, section 7.6.3). Programs may forge it; no
 * page can make a browser send that field (https://fetch.spec.whatwg.org/#forbidden-request-header).
 */
export function isRelayed({ headers }: Call): boolean {
  const { via } = headers
  return via !== undefined && /(?:^|,)[ \t]*1\.1 taskapp-frontend$/.test(via)
}

/** The elements of a field that is a list (RFC 9110, section 5.6.1). */
export function elementsOf(field: string | string[] | undefined): string[] {
  return field === undefined || field === ''
    ? []
    : String(field)
        .split(',')
        .map((element) => element.trim())
}

/** The parameter `for` of an element of Forwarded (RFC 7239), or ''. */
function forOf(element: string): string {
  for (const pair of element.split(';')) {
    const [name = '', value = ''] = pair.split('=', 2)
    if (name.trim().toLowerCase() === 'for') return value.trim().replaceAll('"', '')
  }
  return ''
}

/**
 * An address, which may have a port, brackets or a zone, in one spelling. An IPv6 address that carries an IPv4 one is that:
 * mapped (RFC 4291, section 2.5.5.2) or translated by NAT64 (RFC 6052, section 2.1). Undefined where it is none.
 */
export function parseAddress(text: string): string | undefined {
  const [, inBrackets] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? []
  const [, beforePort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? []
  const bare = (inBrackets ?? beforePort ?? text).split('%', 1)[0]!
  if (!isIPv6(bare)) return isIP(bare) === 4 && inBrackets === undefined ? bare : undefined
  const groups = groupsOf(bare)
  const before = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':')
  if (before === '0:0:0:0:0:ffff' || before === '64:ff9b:0:0:0:0')
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  return groups.map((group) => group.toString(16)).join(':')
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::').map(partsOf)
  const [first, last] = [head as number[], (tail ?? []) as number[]]
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last]
}

function partsOf(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

/** A client with one IPv6 address usually has a whole /64. */
function networkOf(address: string): string {
  return isIPv6(address) ? `${address.split(':', 4).join(':')}::/64` : address
}
