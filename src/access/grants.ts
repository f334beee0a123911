import type { EndedSessions } from './ended.ts'
import { holderOf, type Token } from './tokens.ts'

/** What was granted to the bearer of a token: a session, or the address of a calendar. */
export interface Grant {
  readonly token: Token
  /** Whose it is: the same for all grants of one. */
  readonly holder: string
  /** Names it among all grants. */
  readonly id: string
  /** When it ends by itself, in milliseconds since 1970. */
  readonly until: number
}

/**
 * Grants are not kept: the text says until when and by which token, signed. So one ends by its time, with its token, and with the
 * key; what is kept is which have ended before that.
 */
export interface Grants {
  begin(token: Token): string
  /** The grant of that text, if it was begun here and its time is not over. It may have ended before. */
  read(text: string): Grant | undefined
  /** Whether it goes on. */
  goesOn(grant: Grant): boolean | Promise<boolean>
  /** Ends it. Resolves when that will last. */
  end(grant: Grant): Promise<void>
  /** Ends all of the holder of a token that have begun until now. Resolves when that will last. */
  endAll(token: Token): Promise<void>
}

export interface GrantOptions {
  readonly tokens: readonly Token[]
  /** Without one, a key is made up which ends with the process. */
  readonly key: string | undefined
  readonly ended: EndedSessions
  /** Sessions have none. So that a grant for one thing is none for another. */
  readonly purpose?: string
  /** How long one lasts. */
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
  /** No holder has a colon in front: their names have none. */
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
