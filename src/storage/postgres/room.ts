import { domain } from '../../domain/store.ts'
import { limits } from '../../limits.ts'
import type { Size } from '../../resources/store.ts'
import { refusalOf, rowsOf } from '../quota.ts'
import type { Full, Write } from '../writes.ts'
import type { Sql } from './sql.ts'

/** As sqlite/write/room.ts. The count is kept in the row that writers lock. */
export interface Room {
  refuse(write: Write, count: number): Full | undefined
  /** The count at the end of a transaction. */
  counted(count: number): void
  size(): Size
}

// Without resources, which are few and small.
const tables = [...domain.tables, 'answers', 'ended_sessions', 'commits']

/**
 * Bytes are measured concurrently with writes, if the last measurement is old, or if what was written since may have filled what was
 * left. Measured with every group, they took PostgreSQL a tenth of its time.
 */
export async function openRoom(sql: Sql, quota: Size): Promise<Room> {
  let measured = 0
  let written = 0
  let size: Size = { count: 0, bytes: 0 }
  const [state] = await sql`select tasks from taskapp_state`
  await measure()
  size = { ...size, count: state!['tasks'] }

  return {
    refuse(write, count) {
      written += rowsOf(write)
      if (performance.now() - measured > limits.recountMs || written > uncounted()) measure().catch(() => {})
      return refusalOf(write, { ...size, count }, quota)
    },
    counted(count) {
      size = { ...size, count }
    },
    size: () => size,
  }

  /** How many writes may go uncounted. */
  function uncounted(): number {
    return Math.max(limits.recountWrites, (quota.bytes - size.bytes) / limits.writtenBytes)
  }

  async function measure() {
    measured = performance.now()
    written = 0
    const [all] = await sql`select sum(pg_total_relation_size(name::regclass))::bigint as bytes
      from unnest(${tables}::text[]) as name`
    size = { ...size, bytes: all!['bytes'] }
  }
}
