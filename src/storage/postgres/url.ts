/** Connection parameters from a URL. */
export interface PostgresUrl {
  /** A host name, an address, or the directory of a Unix socket. */
  readonly host: string
  readonly port: number
  /** Undefined for the operating system user. */
  readonly user: string | undefined
  readonly password: string
  readonly database: string
  readonly tls: (typeof tlsModes)[number]
  /** A file with the trusted CA certificates. */
  readonly authorities: string | undefined
  readonly parameters: readonly string[]
}

/** As libpq has them: https://www.postgresql.org/docs/current/libpq-ssl.html */
export const tlsModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

export const isPostgresUrl = (text: string) => scheme.test(text)

/** With a driver, as SQLAlchemy names it: postgresql+psycopg:// */
const scheme = /^postgres(?:ql)?(?:\+\w+)?:\/\//

/**
 * Reads the forms of libpq (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS), those with a
 * socket included: postgres://user@/name?host=/run/postgresql, or the folder percent-encoded as the host. TLS with a verified
 * name is the default unless the host is this machine. Undefined if it is no such URL.
 */
export function parsePostgresUrl(text: string): PostgresUrl | undefined {
  try {
    const url = new URL(withHost(text.replace(scheme, 'postgres://')))
    const name = url.pathname.slice(1)
    const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '')
    const isLocal = ['localhost', '127.0.0.1', '::1'].includes(host)
    const mode = url.searchParams.get('sslmode') ?? (isLocal ? 'disable' : 'verify-full')
    const tls = tlsModes.find((known) => known === mode)
    // A name with these characters is most likely part of a password.
    if (name === '' || /[/@]/.test(name) || host.includes(',') || !tls) return undefined
    return {
      host,
      port: Number(url.port || 5_432),
      user: decodeURIComponent(url.username) || undefined,
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(name),
      tls: host.startsWith('/') ? 'disable' : tls,
      authorities: url.searchParams.get('sslrootcert') ?? undefined,
      parameters: [...url.searchParams.keys()],
    }
  } catch {
    return undefined
  }
}

/** A WHATWG URL without a host cannot have a user. */
function withHost(text: string): string {
  const [start = '', authority = ''] = /^postgres:\/\/([^/?#]*)/.exec(text) ?? []
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  if (host !== '' && !/^:\d*$/.test(host)) return text
  const at = start.length - host.length
  return `${text.slice(0, at)}localhost${text.slice(at)}`
}
