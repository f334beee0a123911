/** The items of resources. What of this is only SQL or plain computation, postgres/items.ts uses, too. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { limits } from '../../../limits.ts'
import { changeItem, type Item, namesOf, type Resource, type Values } from '../../../resources/resource.ts'
import { quoted } from '../../tables.ts'
import { earliestTime, latestTime } from '../clock.ts'
import { arrays, read } from '../read/cursor.ts'
import { atomically } from './removal.ts'
import { type ItemMade, type ItemWrite, matches, type Refusal } from './writes.ts'

/** `version, deleted`, an id, and the members in the order of their declaration. */
export type ItemRow = [id: number, version: number, deleted: number | null, ...values: SQLInputValue[]]

export function memberColumns(resource: Resource): readonly string[] {
  return namesOf(resource).map(quoted)
}

export function itemColumns(resource: Resource): string {
  return ['id', 'version', 'deleted', ...memberColumns(resource)].join(', ')
}

/** The columns of its members that the table is created with. */
export function tableColumns({ members }: Resource) {
  return Object.entries(members)
    .filter(([, { added }]) => !added)
    .map(([name, { kind, optional }]) => ({ name: quoted(name), kind, isOptional: optional === true }))
}

export function createItemsSql(resource: Resource): string {
  const columns = tableColumns(resource).map(
    ({ name, kind, isOptional }) =>
      `${name} ${kind === 'text' ? 'text' : 'integer'}${isOptional ? '' : ' not null'}`,
  )
  return `create table ${quoted(resource.name)} (id integer primary key, rank integer not null, version integer not null, deleted integer, ${columns.join(', ')}) strict;`
}

/** In the user's order. `rank` is their order; `deleted` is when an item was, and negative while an import is about to show it. */
export function selectItemsSql(resource: Resource): string {
  return `select ${itemColumns(resource)} from ${quoted(resource.name)} where deleted is null order by rank, id`
}

/** All, those that are shown, and these with those that imports are bringing. */
export function countItemsSql({ name }: Resource): string {
  return `select count(*), count(*) filter (where deleted is null),
    count(*) filter (where deleted is null or deleted < 0) from ${quoted(name)}`
}

/** Deletes what cannot be restored any more, and what imports left. Ids are never used twice, so the last item stays. */
export function purgeItemsSql({ name }: Resource, restorable: string, staged: string): string {
  const table = quoted(name)
  return `delete from ${table} where (deleted between 0 and ${restorable} or deleted between ${staged} and -1)
    and id < (select max(id) from ${table})`
}

export function toItem<V extends Values>(
  resource: Resource<V>,
  [id, version, , ...values]: ItemRow,
): Item<V> {
  const members = namesOf(resource).map((name, index) => {
    const value = values[index] as string | number | null
    const isFlag = resource.members[name]!.kind === 'flag' && value !== null
    return [name, isFlag ? value !== 0 : value] as const
  })
  return { id, ...Object.fromEntries(members), version } as Item<V>
}

/** Throws `Unavailable`. */
export function readItems<V extends Values>(db: DatabaseSync, resource: Resource<V>): readonly Item<V>[] {
  const rows = read(() => arrays(db, selectItemsSql(resource)).all()) as unknown as ItemRow[]
  return rows.map((row) => toItem(resource, row))
}

/** The values of the members, as the database has them. */
export function itemValues(resource: Resource, values: Values): (string | number | null)[] {
  return namesOf(resource).map((name) => {
    const value = values[name] ?? null
    return typeof value === 'boolean' ? Number(value) : value
  })
}

/** Whether there is no room for one more, from a row of `countItemsSql`. */
export function isFull(
  { most }: Resource,
  [all, shown, staged]: readonly [number, number, number],
  isStaged = false,
): boolean {
  return (isStaged ? staged : shown) >= most || all >= most * 2
}

/** The items in their new order, and the ranks that they have there: from 1 on. */
export function ranksAfterMove(
  ids: readonly number[],
  id: number,
  before: number | null,
): readonly (readonly [id: number, rank: number])[] {
  if (id === before) return []
  const others = ids.filter((other) => other !== id)
  const at = before === null ? others.length : others.indexOf(before)
  return others.toSpliced(at, 0, id).map((other, index) => [other, index + 1] as const)
}

/** Whether a write may know of an item, which may have been deleted. */
export function isKnown(write: ItemWrite, deleted: number | null): boolean {
  return deleted === null || (write.kind === 'restoreItem' && deleted > earliestTime() - limits.restorableMs)
}

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
  const { fixed } = resource
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
    const row = select.get(write.id) as unknown as ItemRow | undefined
    if (row === undefined || !isKnown(write, row[2])) return 'not found'
    const item = toItem(resource, row)
    const [id, version, deleted] = row
    if (!matches(version, write, deleted === null)) return 'version mismatch'
    switch (write.kind) {
      case 'changeItem': {
        const next = changeItem(item, write.change, now)
        if (next !== item) update.run(next.version, ...itemValues(resource, next), id)
        return { item: next, added: 0 }
      }
      case 'removeItem':
        if (id === fixed?.id) return 'not found'
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
