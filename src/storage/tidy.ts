import { domain } from '../domain/store.ts'
import { limits } from '../limits.ts'
import type { Expiring } from './domain.ts'

export const expiring: readonly Expiring[] = [
  { table: 'answers', key: 'key', time: 'time', until: (now) => now - limits.keyMs },
  { table: 'ended_sessions', key: 'session', time: 'until', until: (now) => now },
  ...domain.expiring,
]

/** Deletes some of the rows that have expired until a time, at most so many. */
export function purgeSql({ table, key, time }: Expiring): string {
  return `delete from ${table} where (${key}) in
    (select ${key} from ${table} where ${time} <= ? order by ${time} limit ?)`
}
