import { Unavailable } from '../../tasks/errors.ts'
import type { Commit, TaskStore } from '../../tasks/store.ts'
import { createStore } from '../sqlite/store.ts'
import { commitTo } from './committer.ts'
import { type Address, connect } from './connect.ts'
import { migrate } from './migrations.ts'
import { openReader } from './reader.ts'
import { openTail, type Tail } from './tail.ts'

/** Tasks in PostgreSQL, which any number of processes share. Rejects when it cannot be reached or has a newer schema. */
export async function openPostgres(address: Address): Promise<TaskStore> {
  const pool = await connect(address)
  try {
    const epoch = await migrate(pool)
    let tell = (_commit: Commit) => {}
    const tail: Tail = await openTail(pool, (commit) => tell(commit))
    const committer = commitTo(pool, tail.own)
    const reader = openReader(pool)
    const store = createStore(() => reader, { ...committer, close: tail.close }, true)
    tell = store.committed
    return { ...store, shared: { epoch, recent: tail.recent, current: tail.current } }
  } catch (error) {
    await pool.close()
    const why = error instanceof Unavailable ? (error.cause as Error).message : (error as Error).message
    throw new Error(`Cannot open the PostgreSQL of DATABASE_URL: ${why}`, { cause: error })
  }
}
