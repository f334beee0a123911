import type { DatabaseSync } from 'node:sqlite'
import { changeItem, type Resource, type Values } from '../../../resources/resource.ts'
import {
  countItemsSql,
  findItem,
  type ItemRow,
  isFull,
  itemColumns,
  itemValues,
  memberColumns,
  ranksAfterMove,
} from '../../items.ts'
import { quoted } from '../../tables.ts'
import type { ItemMade, ItemWrite, Refusal } from '../../writes.ts'
import { latestTime } from '../clock.ts'
import { arrays } from '../read/statements.ts'
import { atomically } from './savepoint.ts'

/** What is deleted along with an item, and restored with it. */
export interface Attached {
  /** `time`: when the item was deleted; no earlier than that is returned, with how many went. */
  remove(id: number, time: number): { readonly time: number; readonly count: number }
  /** What went at that time. How many came back. */
  restore(id: number, time: number): number
}

export interface Items {
  isThere(id: number): boolean
  apply(write: ItemWrite, now: number): ItemMade | Refusal
  /** `deleted`: as in the table. */
  create(values: Values, now: number, deleted?: number | null): ItemMade | 'too many items'
}

export function prepareItems(db: DatabaseSync, resource: Resource, attached?: Attached): Items {
  const name = quoted(resource.name)
  const members = memberColumns(resource)
  const select = arrays(db, `select ${itemColumns(resource)} from ${name} where id = ?`)
  const selectThere = db.prepare(`select 1 from ${name} where id = ? and deleted is null`)
  const selectIds = arrays(db, `select id from ${name} where deleted is null order by rank, id`)
  const count = arrays(db, countItemsSql(resource))
  const insert = db.prepare(
    `insert into ${name} (id, rank, version, deleted, ${members.join(', ')})
     select coalesce(max(id), 0) + 1, coalesce(max(rank), 0) + 1, ?, ?, ${members.map(() => '?').join(', ')}
     from ${name} returning id`,
  )
  const update = db.prepare(
    `update ${name} set version = ?, ${members.map((member) => `${member} = ?`).join(', ')} where id = ?`,
  )
  const setRank = db.prepare(`update ${name} set rank = ? where id = ? and rank <> ?`)
  const setDeleted = db.prepare(`update ${name} set deleted = ? where id = ?`)
  const isThere = (id: number) => selectThere.get(id) !== undefined
  const isRoomless = (isStaged = false) =>
    isFull(resource, count.get() as unknown as [number, number, number], isStaged)

  return { isThere, create, apply }

  function create(values: Values, now: number, deleted: number | null = null): ItemMade | 'too many items' {
    if (isRoomless(deleted !== null)) return 'too many items'
    const { id } = insert.get(now, deleted, ...itemValues(resource, values)) as { id: number }
    return { item: { ...values, id: Number(id), version: now }, added: 0 }
  }

  function apply(write: ItemWrite, now: number): ItemMade | Refusal {
    if (write.kind === 'createItem') return create(write.values, now)
    const found = findItem(resource, write, select.get(write.id) as unknown as ItemRow | undefined)
    if (typeof found === 'string') return found
    const { item, deleted } = found
    const { id } = item
    switch (write.kind) {
      case 'changeItem': {
        const next = changeItem(item, write.change, now)
        if (next !== item) update.run(next.version, ...itemValues(resource, next), id)
        return { item: next, added: 0 }
      }
      case 'removeItem':
        return atomically(db, () => {
          const { time, count } = attached?.remove(id, latestTime()) ?? { time: latestTime(), count: 0 }
          setDeleted.run(time, id)
          return { item, added: -count }
        })
      case 'restoreItem':
        if (deleted === null) return { item, added: 0 }
        if (isRoomless()) return 'too many items'
        return atomically(db, () => {
          setDeleted.run(null, id)
          return { item, added: attached?.restore(id, deleted) ?? 0 }
        })
      case 'moveItem':
        if (write.before !== null && !isThere(write.before)) return 'no such place'
        return atomically(db, () => {
          const ids = selectIds.all().map((found) => (found as unknown as [number])[0])
          for (const [id, rank] of ranksAfterMove(ids, write.id, write.before)) setRank.run(rank, id, rank)
          return { item, added: 0 }
        })
    }
  }
}
