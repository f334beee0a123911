/** As sqlite/write/items.ts. */
import { changeItem, type Item, namesOf, type Resource, type Values } from '../../resources/resource.ts'
import {
  countItemsSql,
  findItem,
  type ItemRow,
  isFull,
  itemColumns,
  itemValues,
  memberColumns,
  ranksAfterMove,
  selectItemsSql,
  toItem,
} from '../items.ts'
import { latestTime } from '../sqlite/clock.ts'
import { quoted } from '../tables.ts'
import type { ItemMade, ItemWrite, Refusal } from '../writes.ts'
import type { Attached, Group } from './domain.ts'
import { type Fragment, fragment, raw, type Sql } from './sql.ts'

export async function readItems<V extends Values>(
  sql: Sql,
  resource: Resource<V>,
): Promise<readonly Item<V>[]> {
  const rows = await sql.arrays(fragment`${raw(selectItemsSql(resource))}`)
  return rows.map((row) => toItem(resource, row as ItemRow))
}

export async function isThere({ tx }: Group, { name }: Resource, id: number): Promise<boolean> {
  return (await tx`select 1 from ${raw(quoted(name))} where id = ${id} and deleted is null`).length > 0
}

/** To be called with nothing left to flush. */
export async function applyToItems(
  group: Group,
  resource: Resource,
  write: ItemWrite,
  now: number,
  attached?: Attached,
): Promise<ItemMade | Refusal> {
  const { tx } = group
  const table = raw(quoted(resource.name))
  if (write.kind === 'createItem') return create(tx, resource, write.values, now)
  const rows = await tx.arrays(
    fragment`select ${raw(itemColumns(resource))} from ${table} where id = ${write.id}`,
  )
  const found = findItem(resource, write, rows[0] as ItemRow | undefined)
  if (typeof found === 'string') return found
  const { item, deleted } = found
  const { id } = item
  switch (write.kind) {
    case 'changeItem': {
      const next = changeItem(item, write.change, now)
      if (next !== item) {
        const names = raw(memberColumns(resource).join(', '))
        await tx`update ${table} set (version, ${names}) = (select ${next.version}::bigint, ${valuesOf(resource, next)}) where id = ${id}`
      }
      return { item: next, added: 0 }
    }
    case 'removeItem': {
      const { time, count } = (await attached?.remove(id, latestTime())) ?? {
        time: latestTime(),
        count: 0,
      }
      await tx`update ${table} set deleted = ${time} where id = ${id}`
      return { item, added: -count }
    }
    case 'restoreItem': {
      if (deleted === null) return { item, added: 0 }
      if (isFull(resource, await counted(tx, resource))) return 'too many items'
      await tx`update ${table} set deleted = null where id = ${id}`
      return { item, added: (await attached?.restore(id, deleted)) ?? 0 }
    }
    case 'moveItem': {
      if (write.before !== null && !(await isThere(group, resource, write.before))) return 'no such place'
      const ids = (await readItems(tx, resource)).map(({ id }) => id)
      const ranks = ranksAfterMove(ids, id, write.before)
      await tx`update ${table} as t set rank = n.rank
        from unnest(${ranks.map(([id]) => id)}::bigint[], ${ranks.map(([, rank]) => rank)}::bigint[]) as n (id, rank)
        where t.id = n.id`
      return { item, added: 0 }
    }
  }
}

export async function create(
  tx: Sql,
  resource: Resource,
  values: Values,
  now: number,
  deleted: number | null = null,
): Promise<ItemMade | 'too many items'> {
  if (isFull(resource, await counted(tx, resource), deleted !== null)) return 'too many items'
  const table = raw(quoted(resource.name))
  const [made] =
    await tx`insert into ${table} (id, rank, version, deleted, ${raw(memberColumns(resource).join(', '))})
    select coalesce(max(id), 0) + 1, coalesce(max(rank), 0) + 1, ${now}::bigint, ${deleted}::bigint, ${valuesOf(resource, values)}
    from ${table} returning id`
  return { item: { ...values, id: made!['id'], version: now }, added: 0 }
}

async function counted(tx: Sql, resource: Resource) {
  return (await tx.arrays(fragment`${raw(countItemsSql(resource))}`))[0] as unknown as [
    number,
    number,
    number,
  ]
}

function valuesOf(resource: Resource, values: Values): Fragment {
  const names = namesOf(resource)
  return itemValues(resource, values)
    .map((value, index) => fragment`${value}::${raw(columnTypes[resource.members[names[index]!]!.kind])}`)
    .reduce((before, next) => fragment`${before}, ${next}`)
}

export const columnTypes = { text: 'text', number: 'bigint', flag: 'smallint' } as const
