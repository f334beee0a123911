import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { userInfo } from 'node:os'
import { limits } from '../../limits.ts'
import { parsePostgresUrl } from './url.ts'

/** Where PostgreSQL is. With a file, the URL is read again for each connection, for passwords that expire. */
export interface Address {
  readonly url: string
  readonly file?: string
}

/** As the driver takes it. */
export async function readUrl({ url, file }: Address) {
  const { host, port, user, database, tls, authorities } = parsePostgresUrl(url)!
  const ca = authorities === undefined ? {} : { ca: readFileSync(authorities, 'utf8') }
  const unchecked = { rejectUnauthorized: false }
  const ssl = {
    disable: false,
    allow: tls === 'allow' && (await offersTls(host, port)) && unchecked,
    prefer: tls === 'prefer' && (await offersTls(host, port)) && unchecked,
    require: unchecked,
    'verify-ca': { ...ca, checkServerIdentity: () => undefined },
    'verify-full': ca,
  }[tls]
  return {
    host,
    port,
    user: user ?? userInfo().username,
    password: () => parsePostgresUrl(file === undefined ? url : readFileSync(file, 'utf8').trim())!.password,
    database,
    ssl,
  }
}

/** What PostgreSQL answers to https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST */
function offersTls(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, host)
    const answer = (offered: boolean) => {
      socket.destroy()
      resolve(offered)
    }
    socket.setTimeout(limits.postgresConnectMs, () => answer(false))
    // The next connection attempt reports it.
    socket.once('error', () => answer(false))
    socket.once('data', (bytes) => answer(bytes.toString() === 'S'))
    socket.write(Buffer.of(0, 0, 0, 8, 4, 210, 22, 47))
  })
}
