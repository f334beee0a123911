import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { EndedSessions } from '../../../access/ended.ts'
import { openDomainReader } from '../../../domain/sqlite.ts'
import { type DomainReader, domain } from '../../../domain/store.ts'
import type { Item, Resource, Values } from '../../../resources/resource.ts'
import type { Size } from '../../../resources/store.ts'
import { endedId } from '../write/ended.ts'
import { usedBytesSql } from '../write/room.ts'
import { readItems } from './items.ts'
import { arrays, read } from './statements.ts'

/** Queries. Each sees what is committed when it begins, and may throw `Unavailable`. */
export interface Reader extends DomainReader {
  items<V extends Values>(resource: Resource<V>): Later<readonly Item<V>[]>
  isEnded: EndedSessions['isEnded']
  ready(): Later<void>
  /** How much is stored, counted now; undefined if the committer knows it. */
  size(): Size | undefined
  /** Sizes of the database and of its write-ahead log; undefined if unknown. */
  bytes(): { readonly database: number; readonly log: number } | undefined
  close(): Later<void>
}

type Later<T> = T | Promise<T>

export function openReader(db: DatabaseSync): Reader {
  const selectNothing = arrays(db, 'select 1')
  const selectEnded = arrays(db, 'select 1 from ended_sessions where session in (?, ?) and until >= ?')
  const selectBytes = arrays(db, 'select page_count * page_size from pragma_page_count(), pragma_page_size()')
  const selectCount = arrays(db, domain.countSql)
  const selectUsed = arrays(db, usedBytesSql)
  const own = openDomainReader(db)

  return {
    ...own,
    items: (resource) => readItems(db, resource),
    isEnded(holder, session, until) {
      return read(() => selectEnded.get(endedId(holder), endedId(holder, session), until)) !== undefined
    },
    ready() {
      read(() => selectNothing.get())
    },
    size() {
      const [count] = read(() => selectCount.get()) as unknown as [number]
      const [bytes] = read(() => selectUsed.get()) as unknown as [number]
      return { count, bytes }
    },
    bytes() {
      try {
        const [database] = selectBytes.get() as unknown as [number]
        const log = statSync(`${db.location()}-wal`, { throwIfNoEntry: false })?.size ?? 0
        return { database, log }
      } catch {
        return undefined
      }
    },
    async close() {
      await own.close()
      db.close()
    },
  }
}
