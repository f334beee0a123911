import { randomBytes } from 'node:crypto'
import { migrations as written } from '../../domain/postgres.ts'
import { domain } from '../../domain/store.ts'
import { limits } from '../../limits.ts'
import { createItemsSql } from '../items.ts'
import { withTables } from '../tables.ts'
import type { Pool } from './connect.ts'
import { columnTypes } from './items.ts'
import { raw } from './sql.ts'

/**
 * The migrations; `taskapp_state.step` counts those applied. Forward only, and compatible with the release before, which may still be
 * running: columns and tables are added, never renamed or removed.
 */
export const migrations = withTables('postgres', written, (resource) => [
  createItemsSql(resource, columnTypes),
])

/** An arbitrary number, the same for all replicas. */
const lock = 7_454_313

/** Applies missing migrations, one replica at a time. Returns the epoch of the commits. Throws if the schema is newer. */
export function migrate({ begin }: Pool): Promise<string> {
  return begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${lock})`
    const [known] = await tx`select to_regclass('taskapp_state') is not null as there`
    const [state] = known!['there'] ? await tx`select step, epoch from taskapp_state` : []
    const step: number = state?.['step'] ?? 0
    const epoch: string = state?.['epoch'] ?? randomBytes(6).toString('hex')
    if (step > migrations.length)
      throw new Error(
        `Cannot use this database: its schema is at step ${step}, and this version knows ${migrations.length}; run the newer version`,
      )
    for (const migration of migrations.slice(step))
      for (const statement of migration) await tx`${raw(statement)}`
    if (step < migrations.length)
      await tx`insert into taskapp_state (step, epoch) values (${migrations.length}, ${epoch})
        on conflict (one) do update set step = excluded.step`
    // Older replicas do not maintain the count, so it is recounted at each start.
    await tx`update taskapp_state set tasks = (${raw(domain.countSql)})`
    return epoch
  }, limits.postgresMigrationMs)
}
