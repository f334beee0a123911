import type { PoolClient, QueryResult } from 'pg'
import { limits } from '../../limits.ts'
import { Unavailable, Uncertain } from '../../resources/errors.ts'
import { type Address, readUrl } from './address.ts'
import { type Fragment, prepare, type Sql, sqlOn } from './sql.ts'

export interface Pool {
  readonly sql: Sql
  /**
   * Runs one transaction on one connection. Statements that `run` does not await are sent together with the commit, and awaited
   * here. Rejects with `Unavailable`, like all methods here.
   */
  begin<T>(run: (tx: Sql) => Promise<T>, statementMs?: number): Promise<T>
  /** Runs a statement as a transaction of its own, all of them on one connection and in the order of the calls. */
  single(statement: Fragment): Promise<void>
  /** A dedicated connection outside the pool. A statement that takes longer than `answerMs` ends it. */
  dedicated(answerMs: number): Promise<Dedicated>
  close(): Promise<void>
}

export interface Dedicated {
  readonly sql: Sql
  onNotify(listener: (payload: string) => void): void
  onEnd(listener: () => void): void
  close(): Promise<void>
}

/** The application name in pg_stat_activity. */
export const programName = 'taskapp'

/** Connects on demand to the URL. */
export async function connect(address: Address, program = programName): Promise<Pool> {
  const { default: driver } = await import('pg').catch((cause) => {
    throw new Error(
      'Cannot load the package "pg" for DATABASE_URL: run the image with PostgreSQL, or npm install pg',
      { cause },
    )
  })
  const types = { getTypeParser: (oid: number) => (oid === int8 ? Number : driver.types.getTypeParser(oid)) }
  const options = {
    ...(await readUrl(address)),
    application_name: program,
    // Statements are pipelined.
    pipeline: true,
    types: types as never,
    keepAlive: true,
    // The planner does not know what the terms of long texts cost without their index (reader.ts). With scans ruled out it takes
    // statements that need one for so costly that it would compile them.
    options: '-c enable_seqscan=off -c jit=off',
    connectionTimeoutMillis: limits.postgresConnectMs,
    statement_timeout: limits.postgresStatementMs,
    query_timeout: limits.postgresAnswerMs,
    // A client that vanishes within a transaction blocks all others.
    idle_in_transaction_session_timeout: limits.postgresIdleMs,
  }
  const pool = new driver.Pool({ ...options, max: limits.postgresConnections, idleTimeoutMillis: 0 })
  // Its queries report it.
  const ignore = () => {}
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))

  /** The connection of single statements. */
  let line: Promise<PoolClient> | undefined
  const inLine = () => {
    if (line) return line
    const made = guarded(pool.connect())
    made.then(
      (client) => client.once('end', () => leave(made)),
      () => leave(made),
    )
    line = made
    return made
  }
  const leave = (used: Promise<PoolClient>, broken = true) => {
    if (line !== used) return
    line = undefined
    used.then((client) => client.release(broken), ignore)
  }

  return {
    sql: sqlOn({ query: (config) => guarded(pool.query(config as never)) }),
    async single(statement) {
      const used = inLine()
      const client = await used
      try {
        await guarded(client.query(prepare(statement) as never))
      } catch (error) {
        if (isFromServer(error)) throw error
        leave(used)
        throw new Uncertain('PostgreSQL did not answer a commit', { cause: (error as Error).cause })
      }
    },
    async begin(run, statementMs) {
      const client = await guarded(pool.connect())
      let broken = true
      try {
        const result = await inTransaction(client, run, statementMs)
        broken = false
        return result
      } catch (error) {
        // After a refused statement the connection is still usable.
        await client.query('rollback').then(() => {
          broken = false
        }, ignore)
        throw error
      } finally {
        client.release(broken)
      }
    },
    async dedicated(answerMs) {
      const client = new driver.Client({ ...options, query_timeout: answerMs })
      client.on('error', ignore)
      await guarded(client.connect())
      return {
        sql: sqlOn({ query: (config) => guarded(client.query(config as never)) }),
        onNotify: (listener) => void client.on('notification', ({ payload }) => listener(payload ?? '')),
        onEnd: (listener) => void client.once('end', listener),
        close: () => client.end().catch(ignore),
      }
    },
    async close() {
      if (line) leave(line, false)
      await pool.end()
    },
  }
}

const int8 = 20

async function inTransaction<T>(
  client: PoolClient,
  run: (tx: Sql) => Promise<T>,
  statementMs: number | undefined,
): Promise<T> {
  const sent: Promise<QueryResult>[] = []
  const query = (config: object) => {
    const timed = { ...config, ...(statementMs && { query_timeout: statementMs }) }
    const result = guarded(client.query(timed as never) as unknown as Promise<QueryResult>)
    result.catch(() => {})
    sent.push(result)
    return result
  }
  void query({ text: 'begin' })
  if (statementMs) void query({ text: `set local statement_timeout = ${statementMs}` })
  const result = await run(sqlOn({ query }))
  const commit = query({ text: 'commit' })
  try {
    await Promise.all(sent)
  } catch (error) {
    // PostgreSQL says that it refused a statement, and with it the commit.
    if (isFromServer(error)) throw error
    throw new Uncertain('PostgreSQL did not answer a commit', { cause: (error as Error).cause })
  }
  // PostgreSQL's answer to the commit of a failed transaction.
  if ((await commit).command !== 'COMMIT') throw new Unavailable('PostgreSQL did not commit')
  return result
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, without the end of the connection. */
function isFromServer(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown }
  return (
    typeof code === 'string' &&
    /^([0-5][0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/.test(code) &&
    !/^(08|57P)/.test(code)
  )
}

async function guarded<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    throw new Unavailable('PostgreSQL did not do it', { cause: error })
  }
}
