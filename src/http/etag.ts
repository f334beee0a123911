/** Hashes numbers that together identify some content. */
export interface Tag {
  add(number: number): void
  /** A strong entity tag (RFC 9110, section 8.8.3). */
  text(): string
}

/**
 * 64 bits of FNV-1a in two lanes: enough to tell versions apart, but not cryptographic. Loading node:crypto would add 5 ms to a
 * cold start.
 */
export function openTag(): Tag {
  let low = 0x811c9dc5
  let high = 0xcbf29ce4
  return {
    add(number) {
      const upper = Math.floor(number / 2 ** 32)
      low = Math.imul(Math.imul(low ^ number, 0x01000193) ^ upper, 0x01000193)
      high = Math.imul(Math.imul(high ^ number, 0x01000197) ^ upper, 0x01000197)
    },
    text: () => `"${(high >>> 0).toString(36)}-${(low >>> 0).toString(36)}"`,
  }
}

export function tagOfNumbers(numbers: Iterable<number>): string {
  const tag = openTag()
  for (const number of numbers) tag.add(number)
  return tag.text()
}
