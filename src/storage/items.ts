/** The items of resources: what both storages have in common. */
import type { SQLInputValue } from 'node:sqlite'
import { limits } from '../limits.ts'
import { type Item, type ItemMember, namesOf, type Resource, type Values } from '../resources/resource.ts'
import { earliestTime } from './sqlite/clock.ts'
import { quoted } from './tables.ts'
import { type ItemWrite, matches } from './writes.ts'

/** `version, deleted`, an id, and the members in the order of their declaration. */
export type ItemRow = [id: number, version: number, deleted: number | null, ...values: SQLInputValue[]]

export function memberColumns(resource: Resource): readonly string[] {
  return namesOf(resource).map(quoted)
}

export function itemColumns(resource: Resource): string {
  return ['id', 'version', 'deleted', ...memberColumns(resource)].join(', ')
}

/** `types`: of the kinds of members, and of whole numbers, in the storage. */
export function createItemsSql(
  { name: table, members }: Resource,
  types: Readonly<Record<ItemMember['kind'], string>>,
): string {
  const columns = Object.entries(members)
    .filter(([, { added }]) => !added)
    .map(([name, { kind, optional }]) => `${quoted(name)} ${types[kind]}${optional ? '' : ' not null'}`)
  const own = [
    `id ${types.number} primary key`,
    `rank ${types.number} not null`,
    `version ${types.number} not null`,
    `deleted ${types.number}`,
  ]
  return `create table ${quoted(table)} (${[...own, ...columns].join(', ')})`
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
export function purgeItemsSql({ name }: Resource): string {
  const table = quoted(name)
  return `delete from ${table} where (deleted between 0 and ? or deleted between ? and -1)
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

/** The item of this row, or why the write to it is refused. `deleted`: as in the table. */
export function findItem(
  resource: Resource,
  write: Exclude<ItemWrite, { readonly kind: 'createItem' }>,
  row: ItemRow | undefined,
): { readonly item: Item; readonly deleted: number | null } | 'not found' | 'version mismatch' {
  if (row === undefined) return 'not found'
  const [id, version, deleted] = row
  const isRestorable = write.kind === 'restoreItem' && deleted! > earliestTime() - limits.restorableMs
  if (deleted !== null && !isRestorable) return 'not found'
  if (!matches(version, write, deleted === null)) return 'version mismatch'
  if (write.kind === 'removeItem' && id === resource.fixed?.id) return 'not found'
  return { item: toItem(resource, row), deleted }
}
