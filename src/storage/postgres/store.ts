import type { DomainChange } from '../../domain/store.ts'
import { Unavailable } from '../../resources/errors.ts'
import type { Commit } from '../../resources/store.ts'
import type { Store } from '../database.ts'
import { noQuota } from '../quota.ts'
import { createStore } from '../sqlite/store.ts'
import type { Address } from './address.ts'
import { commitTo } from './committer.ts'
import { connect } from './connect.ts'
import { openEnded } from './ended.ts'
import { migrate } from './migrations.ts'
import { openReader } from './reader.ts'
import { openRoom } from './room.ts'
import { openTail, type Tail } from './tail.ts'

/** A store in PostgreSQL, shared by any number of processes. Rejects if it cannot be reached or has a newer schema. */
export async function openPostgres(address: Address, quota = noQuota): Promise<Store> {
  const pool = await connect(address)
  try {
    const epoch = await migrate(pool)
    let tell = (_commit: Commit<DomainChange>) => {}
    const tail: Tail = await openTail(pool, (commit) => tell(commit))
    const room = await openRoom(pool.sql, quota)
    const committer = commitTo(pool, room, tail.own)
    const ended = openEnded(pool.sql, tail.current)
    const reader = openReader(pool, ended.isEnded)
    const store = createStore(() => reader, { ...committer, close: tail.close }, { shared: true, quota })
    tell = (commit) => {
      ended.committed(commit)
      store.committed(commit)
    }
    return { ...store, shared: { epoch, recent: tail.recent, current: tail.current } }
  } catch (error) {
    await pool.close()
    const why = error instanceof Unavailable ? (error.cause as Error).message : (error as Error).message
    throw new Error(`Cannot open the PostgreSQL of DATABASE_URL: ${why}`, { cause: error })
  }
}
