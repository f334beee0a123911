import { readFileSync } from 'node:fs'
import type postgres from 'postgres'
import { limits } from '../../limits.ts'
import { Unavailable } from '../../tasks/errors.ts'

/** What a query can be made on: the pool, one connection of it, or a transaction. */
export type Sql = postgres.Sql<{ bigint: number }>
export type Transaction = postgres.TransactionSql<{ bigint: number }>

export interface Pool {
  readonly sql: Sql
  /** Settles as `run` does, in time or with `Unavailable`. */
  within<T>(run: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * Connects when first asked. `url`: postgres://user:password@host:port/name?sslmode=…&sslrootcert=FILE, where TLS with a
 * verified name is what it gets unless it says otherwise or the host is this machine.
 */
export async function connect(url: string): Promise<Pool> {
  const { default: driver } = await import('postgres').catch((cause) => {
    throw new Error(
      'Cannot load the package "postgres" for DATABASE_URL: run the image with PostgreSQL, or npm install postgres',
      { cause },
    )
  })
  const { address, ssl } = readUrl(url)
  const sql: Sql = driver(address, {
    ssl,
    max: limits.postgresConnections,
    connect_timeout: limits.postgresConnectMs / 1_000,
    idle_timeout: 0,
    max_lifetime: null,
    backoff: (attempt: number) => Math.min(attempt * 0.1, 1),
    onnotice() {},
    connection: { application_name: 'taskapp', statement_timeout: limits.postgresStatementMs },
    types: { bigint: { to: 20, from: [20], parse: Number, serialize: String } },
  } as postgres.Options<{ bigint: postgres.PostgresType<number> }>) as unknown as Sql
  let closed = false

  return {
    sql,
    async within(run) {
      if (closed) throw new Unavailable('the storage is closed')
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`PostgreSQL did not answer within ${limits.postgresAnswerMs} ms`))
        }, limits.postgresAnswerMs)
      })
      try {
        return await Promise.race([run(), late])
      } catch (error) {
        throw new Unavailable('PostgreSQL did not do it', { cause: error })
      } finally {
        clearTimeout(timer)
      }
    },
    async close() {
      closed = true
      await sql.end({ timeout: 1 })
    },
  }
}

function readUrl(text: string) {
  const url = new URL(text)
  const local = ['localhost', '127.0.0.1', '[::1]', ''].includes(url.hostname)
  const mode = url.searchParams.get('sslmode') ?? (local ? 'disable' : 'verify-full')
  const file = url.searchParams.get('sslrootcert')
  url.searchParams.delete('sslmode')
  url.searchParams.delete('sslrootcert')
  const ca = file === null ? {} : { ca: readFileSync(file, 'utf8') }
  const servername = url.hostname
  const ssl =
    mode === 'disable'
      ? false
      : mode === 'require'
        ? { rejectUnauthorized: false, servername }
        : { ...ca, servername, ...(mode === 'verify-ca' && { checkServerIdentity: () => undefined }) }
  return { address: url.href, ssl }
}
