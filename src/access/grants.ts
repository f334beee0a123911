import type { EndedSessions } from './ended.ts'
import { holderOf, type Token } from './tokens.ts'

/** A signed credential issued to the bearer of a token: a session or a calendar address. */
export interface Grant {
  readonly token: Token
  /** Identifies the owner; the same for all tokens of one name. */
  readonly holder: string
  /** Random, 128 bits. */
  readonly id: string
  /** Expiry, in milliseconds since 1970. */
  readonly until: number
}

/**
 * Grants are stateless: the text holds expiry and id, signed with HMAC-SHA-256 over the token's hash. One becomes invalid when it
 * expires, or when its token or the key is removed. Only revocations are stored.
 */
export interface Grants {
  begin(token: Token): string
  /** Verifies signature and expiry; undefined if either fails. Does not check for revocation. */
  read(text: string): Grant | undefined
  /** Whether it has not been revoked. */
  goesOn(grant: Grant): boolean | Promise<boolean>
  /** Revokes it. Resolves when the revocation is durable. */
  end(grant: Grant): Promise<void>
  /** Revokes all grants issued to the token's holder so far. Resolves when that is durable. */
  endAll(token: Token): Promise<void>
}

export interface GrantOptions {
  readonly tokens: readonly Token[]
  /** Undefined: a random key is used, which is lost with the process. */
  readonly key: string | undefined
  readonly ended: EndedSessions
  /** Part of the signed text, so that a grant for one purpose is invalid for another. Undefined for sessions. */
  readonly purpose?: string
  /** Lifetime. */
  readonly ms: number
}

/** Loaded when first needed: a service without tokens never needs it, and starts faster. */
const crypto = () => process.getBuiltinModule('node:crypto')

export function openGrants({ tokens, key, ended, purpose, ms }: GrantOptions): Grants {
  let secret: string | Buffer | undefined = key
  const holders = new Map<Token, string>()
  const sign = (until: string, id: string, { hash }: Token) =>
    crypto()
      .createHmac('sha256', chosen())
      .update(`${purpose === undefined ? '' : `${purpose} `}${until} ${id} ${hash.toString('hex')}`)
      .digest()
  /** Cannot collide: no holder's name begins with a colon. */
  const kept = (holder: string) => (purpose === undefined ? holder : `:${purpose}:${holder}`)

  return {
    begin(token) {
      const until = String(Date.now() + ms)
      const id = crypto().randomBytes(16).toString('base64url')
      return `${until}.${id}.${sign(until, id, token).toString('base64url')}`
    },
    read(text) {
      const [, until, id, signature] = /^(\d{1,16})\.([\w-]{22})\.([\w-]{43})$/.exec(text) ?? []
      if (until === undefined || !(Number(until) > Date.now())) return undefined
      const given = Buffer.from(signature!, 'base64url')
      let found: Token | undefined
      for (const token of tokens) if (crypto().timingSafeEqual(sign(until, id!, token), given)) found = token
      return found && { token: found, holder: knownHolder(found), id: id!, until: Number(until) }
    },
    goesOn({ holder, id, until }) {
      const isEnded = ended.isEnded(kept(holder), id, until)
      return isEnded instanceof Promise ? isEnded.then((was) => !was) : !isEnded
    },
    end: ({ holder, id, until }) => ended.end(kept(holder), id, until),
    endAll: (token) => ended.end(kept(knownHolder(token)), undefined, Date.now() + ms),
  }

  function knownHolder(token: Token): string {
    const holder = holders.get(token) ?? holderOf(token)
    holders.set(token, holder)
    return holder
  }

  function chosen(): string | Buffer {
    secret ??= crypto().randomBytes(32)
    return secret
  }
}
