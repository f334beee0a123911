import { openDomainReader } from '../../domain/postgres.ts'
import type { Reader } from '../sqlite/read/reader.ts'
import type { Pool } from './connect.ts'
import { readItems } from './items.ts'

export function openReader(pool: Pool, isEnded: Reader['isEnded']): Reader {
  const { sql, close } = pool
  return {
    ...openDomainReader(pool),
    items: (resource) => readItems(sql, resource),
    isEnded,
    async ready() {
      await sql`select 1`
    },
    size: () => undefined,
    bytes: () => undefined,
    close,
  }
}
