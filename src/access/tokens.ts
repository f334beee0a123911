import { parseRights, type Rights } from './rights.ts'

/** Loaded when first needed: a service without tokens never needs it, and starts faster. */
const crypto = () => process.getBuiltinModule('node:crypto')

/** An access token. Only its hash is stored. */
export interface Token {
  readonly rights: Rights | 'all'
  readonly name: string
  /** SHA-256. */
  readonly hash: Buffer
}

const unnamed = 'default'

/**
 * `name:hash` or only a hash, in hexadecimal, each followed by its rights, separated by commas or blanks. Throws what was expected
 * instead.
 */
export function parseTokens(text: string): readonly Token[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, name = unnamed, hash, more] =
        /^(?:([\w.-]{1,50}):)?([\da-fA-F]{64})((?::[^:]*)*)$/.exec(entry) ?? []
      const rights = more === undefined ? undefined : parseRights(more)
      if (hash === undefined || rights === undefined)
        throw new Error(
          'SHA-256 hashes, each 64 hexadecimal digits, or name:hash; behind it :read, :read=2+5 or :write=2 limits it to that',
        )
      return { name, hash: Buffer.from(hash, 'hex'), rights }
    })
}

/**
 * The holder: tokens with the same name have one, so that a token can be rotated. Those without a name are identified by their
 * hash.
 */
export function holderOf({ name, hash }: Token): string {
  if (name !== unnamed) return name
  return `${name}:${crypto().createHash('sha256').update(hash).digest('hex').slice(0, 16)}`
}

/** The matching token, or undefined. Takes the same time for every wrong one. */
export function findToken(tokens: readonly Token[], given: string): Token | undefined {
  const { createHash, timingSafeEqual } = crypto()
  const hash = createHash('sha256').update(given).digest()
  let found: Token | undefined
  for (const token of tokens) if (timingSafeEqual(token.hash, hash)) found = token
  return found
}
