import { limits } from '../limits.ts'
import type { Token } from './tokens.ts'

/**
 * Sessions of people who signed in with a token. Nothing is kept: the cookie says until when and by which token, signed.
 * So it ends by its time, with its token, with the key, and in its own browser by signing out.
 */
export interface Sessions {
  /** The value of Set-Cookie (RFC 6265). */
  begin(token: Token): string
  end(): string
  /** Whose session the cookies bear. */
  holder(cookies: string | undefined): Token | undefined
}

/** The prefix keeps others on the same domain from setting it, and http from carrying it. */
const name = '__Host-session'
/** Loaded when first needed: a service without tokens never needs it, and starts faster. */
const crypto = () => process.getBuiltinModule('node:crypto')
const attributes = 'Path=/; HttpOnly; Secure; SameSite=Strict'

/** Without a key one is made up, which ends with the process. */
export function openSessions(tokens: readonly Token[], key: string | undefined): Sessions {
  let secret: string | Buffer | undefined = key
  const sign = (until: string, { hash }: Token) =>
    crypto()
      .createHmac('sha256', chosen())
      .update(`${until} ${hash.toString('hex')}`)
      .digest()

  return {
    begin(token) {
      const until = String(Math.floor(Date.now() / 1_000) + limits.sessionSeconds)
      const value = `${until}.${sign(until, token).toString('base64url')}`
      return `${name}=${value}; Max-Age=${limits.sessionSeconds}; ${attributes}`
    },
    end: () => `${name}=; Max-Age=0; ${attributes}`,
    holder(cookies) {
      const [, until, signature] = /(?:^|; ?)__Host-session=(\d+)\.([\w-]+)(?:;|$)/.exec(cookies ?? '') ?? []
      if (until === undefined || !(Number(until) * 1_000 > Date.now()) || signature!.length !== 43)
        return undefined
      const given = Buffer.from(signature!, 'base64url')
      let found: Token | undefined
      for (const token of tokens) if (crypto().timingSafeEqual(sign(until, token), given)) found = token
      return found
    },
  }

  function chosen(): string | Buffer {
    secret ??= crypto().randomBytes(32)
    return secret
  }
}
