import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Call } from '../http/message.ts'

/** Says which client a call comes from, for counting: an IPv4 address, or the /64 of an IPv6 one. */
export type ClientOf = (call: Call) => string

/** Addresses and networks such as `10.0.0.0/8`, parted by commas or blanks. Throws what was expected instead. */
export function parseNetworks(text: string): BlockList | undefined {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '')
  if (entries.length === 0) return undefined
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
      throw new Error('addresses and networks such as 10.0.0.0/8, parted by commas')
    list.addSubnet(address, Number(bits ?? most), family)
  }
  return list
}

/**
 * X-Forwarded-For is believed from these proxies alone, and of it the last address that is none of them: what stands
 * before it, the client may have made up.
 */
export function clientOf(proxies: BlockList | undefined): ClientOf {
  const isProxy = (address: string) =>
    isIP(address) !== 0 && proxies!.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

  return ({ address, headers }) => {
    let client = plain(address)
    if (proxies === undefined) return networkOf(client)
    const forwarded = String(headers['x-forwarded-for'] ?? '').split(',')
    while (isProxy(client) && forwarded.length > 0) {
      const next = plain(forwarded.pop()!.trim())
      if (isIP(next) === 0) break
      client = next
    }
    return networkOf(client)
  }
}

/** An IPv4 address may come as an IPv6 one (RFC 4291, section 2.5.5.2). */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** Who has one IPv6 address has 2^64. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros =
    tail === undefined ? [] : new Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0')
  const first = [...groups, ...zeros, ...behind].slice(0, 4)
  return `${first.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
