import { limits } from '../limits.ts'
import type { EndedSessions } from './ended.ts'
import { holderOf, type Token } from './tokens.ts'

/** A session of a person who signed in with a token. */
export interface Session {
  /** Who signed in: the same for all sessions of one. */
  readonly holder: string
  /** What the holder is called. */
  readonly name: string
  /** Names it among all sessions. */
  readonly id: string
  /** When it ends by itself, in milliseconds since 1970. */
  readonly until: number
}

/**
 * Sessions are not kept: the cookie says until when and by which token, signed. So a session ends by its time, with its token, and
 * with the key; what is kept is which have ended before that.
 */
export interface Sessions {
  /** The value of Set-Cookie (RFC 6265). */
  begin(token: Token): string
  /** The value of Set-Cookie that takes the session away from the browser. */
  readonly none: string
  /** The session that the cookies bear, if it was begun here and its time is not over. It may have ended before. */
  read(cookies: string | undefined): Session | undefined
  /** Whether it goes on. */
  goesOn(session: Session): boolean | Promise<boolean>
  /** Ends it, or all of its holder that have begun until now. Resolves when that will last. */
  end(session: Session, all: boolean): Promise<void>
}

/** The prefix keeps others on the same domain from setting it, and http from carrying it. */
const name = '__Host-session'
/** Loaded when first needed: a service without tokens never needs it, and starts faster. */
const crypto = () => process.getBuiltinModule('node:crypto')
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Strict'

/** Without a key one is made up, which ends with the process. */
export function openSessions(
  tokens: readonly Token[],
  key: string | undefined,
  ended: EndedSessions,
): Sessions {
  let secret: string | Buffer | undefined = key
  const holders = new Map<Token, string>()
  const sign = (until: string, id: string, { hash }: Token) =>
    crypto()
      .createHmac('sha256', chosen())
      .update(`${until} ${id} ${hash.toString('hex')}`)
      .digest()

  return {
    begin(token) {
      const until = String(Date.now() + limits.sessionMs)
      const id = crypto().randomBytes(16).toString('base64url')
      const value = `${until}.${id}.${sign(until, id, token).toString('base64url')}`
      return `${name}=${value}; Max-Age=${limits.sessionMs / 1_000}; ${attributes}`
    },
    none: `${name}=; Max-Age=0; ${attributes}`,
    read(cookies) {
      const [, until, id, signature] =
        /(?:^|; ?)__Host-session=(\d+)\.([\w-]+)\.([\w-]+)(?:;|$)/.exec(cookies ?? '') ?? []
      if (
        until === undefined ||
        !(Number(until) > Date.now()) ||
        id!.length !== 22 ||
        signature!.length !== 43
      )
        return undefined
      const given = Buffer.from(signature!, 'base64url')
      let found: Token | undefined
      for (const token of tokens) if (crypto().timingSafeEqual(sign(until, id!, token), given)) found = token
      return found && { holder: knownHolder(found), name: found.name, id: id!, until: Number(until) }
    },
    goesOn({ holder, id, until }) {
      const isEnded = ended.isEnded(holder, id, until)
      return isEnded instanceof Promise ? isEnded.then((was) => !was) : !isEnded
    },
    end: ({ holder, id, until }, all) =>
      all ? ended.end(holder, undefined, Date.now() + limits.sessionMs) : ended.end(holder, id, until),
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
