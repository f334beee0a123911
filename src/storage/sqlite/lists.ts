import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { type Color, changeList, type List, type NewList } from '../../tasks/lists.ts'
import { firstList } from '../../tasks/task.ts'
import { earliestTime, latestTime } from './clock.ts'
import { arrays } from './cursor.ts'
import { atomically } from './removal.ts'
import { allColumns } from './rows.ts'
import { type ListMade, matches, type Refusal, type Write } from './writes.ts'

export type ListWrite = Extract<Write, { readonly kind: `${string}List` }>

/** Of a `ListRow`. */
export const listColumns = 'id, name, color, version'
/** In the user's order. */
export const selectListsSql = `select ${listColumns} from lists where deleted is null order by rank, id`

export type ListRow = [id: number, name: string, color: Color | null, version: number]

export function toList([id, name, color, version]: ListRow): List {
  return { id, name, color, version }
}

/** The one of this name to which an import adds: the first that is shown, or that another import brings. */
export const selectNamedSql = `select ${listColumns}, deleted from lists`
export const namedFirstSql =
  'and (deleted is null or deleted < 0) order by deleted is not null, rank, id limit 1'

/** All, those that are shown, and these with those that imports are bringing. */
export const countListsSql = `select count(*), count(*) filter (where deleted is null),
  count(*) filter (where deleted is null or deleted < 0) from lists`

/** Whether there is no room for one more, from a row of `countListsSql`. */
export function isFull([all, shown, staged]: readonly [number, number, number], isStaged = false): boolean {
  return (isStaged ? staged : shown) >= limits.lists || all >= limits.lists * 2
}

/** The lists in their new order, and the ranks that they have there: from 1 on. */
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

export interface Lists {
  isThere(id: number): boolean
  apply(write: ListWrite, now: number): ListMade | Refusal
  /** Shows those that an import has brought. */
  show(ids: readonly number[]): void
}

export function prepareLists(db: DatabaseSync): Lists {
  const select = arrays(db, `select ${listColumns}, deleted from lists where id = ?`)
  const selectThere = db.prepare('select 1 from lists where id = ? and deleted is null')
  const selectIds = arrays(db, 'select id from lists where deleted is null order by rank, id')
  const selectNamed = arrays(db, `${selectNamedSql} where name = ? ${namedFirstSql}`)
  const count = arrays(db, countListsSql)
  const insert = db.prepare(
    `insert into lists (id, name, color, version, rank, deleted)
     select max(id) + 1, ?, ?, ?, max(rank) + 1, ? from lists returning id`,
  )
  const update = db.prepare('update lists set name = ?, color = ?, version = ? where id = ?')
  const setRank = db.prepare('update lists set rank = ? where id = ? and rank <> ?')
  const showOne = db.prepare('update lists set deleted = null where id = ? and deleted < 0')
  const setDeleted = db.prepare('update lists set deleted = ? where id = ?')
  // Later than that of any task which was deleted alone, so that only those which go with the list come back with it.
  const selectTime = arrays(
    db,
    'select max(?, coalesce(max(deleted) + 1, 0)) from deleted_tasks where list = ?',
  )
  const bury = db.prepare(
    `insert or replace into deleted_tasks (${allColumns}, deleted) select ${allColumns}, ? from tasks where list = ?`,
  )
  const remove = db.prepare('delete from tasks where list = ?')
  const gone = 'from deleted_tasks where list = :id and deleted = :deleted'
  const putBack = db.prepare(
    `insert into tasks (${allColumns}) select ${allColumns} ${gone}
     and not exists (select 1 from tasks where tasks.id = deleted_tasks.id)`,
  )
  const forget = db.prepare(`delete ${gone}`)

  const isThere = (id: number) => selectThere.get(id) !== undefined
  const find = (id: number) => select.get(id) as unknown as [...ListRow, deleted: number | null] | undefined

  return {
    isThere,
    show(ids) {
      for (const id of ids) showOne.run(id)
    },
    apply(write, now) {
      if (write.kind === 'createList') return create(write, now, null)
      if (write.kind === 'stageList') {
        const named = selectNamed.get(write.name) as unknown as [...ListRow, number | null] | undefined
        if (!named) return create(write, now, -latestTime())
        if (named[4] !== null) setDeleted.run(-latestTime(), named[0])
        return { list: toList(named.slice(0, 4) as ListRow), added: 0 }
      }
      const row = find(write.id)
      if (row === undefined) return 'list not found'
      const [, , , , deleted] = row
      const list = toList(row.slice(0, 4) as ListRow)
      const isGone = deleted !== null
      if (isGone && (write.kind !== 'restoreList' || deleted <= earliestTime() - limits.restorableMs))
        return 'list not found'
      if (!matches({ updated: list.version }, write, !isGone)) return 'version mismatch'
      switch (write.kind) {
        case 'changeList': {
          const next = changeList(list, write.change, now)
          if (next !== list) update.run(next.name, next.color, next.version, list.id)
          return { list: next, added: 0 }
        }
        case 'removeList':
          if (list.id === firstList) return 'list not found'
          return atomically(db, () => {
            const [time] = selectTime.get(latestTime(), list.id) as unknown as [number]
            bury.run(time, list.id)
            setDeleted.run(time, list.id)
            return { list, added: -Number(remove.run(list.id).changes) }
          })
        case 'restoreList':
          if (!isGone) return { list, added: 0 }
          if (isFull(counted())) return 'too many lists'
          return atomically(db, () => {
            const added = Number(putBack.run({ id: list.id, deleted }).changes)
            forget.run({ id: list.id, deleted })
            setDeleted.run(null, list.id)
            return { list, added }
          })
        case 'moveList':
          if (write.before !== null && !isThere(write.before)) return 'no such neighbor'
          return atomically(db, () => {
            const ids = selectIds.all().map((found) => (found as unknown as [number])[0])
            for (const [id, rank] of ranksAfterMove(ids, list.id, write.before)) setRank.run(rank, id, rank)
            return { list, added: 0 }
          })
      }
    },
  }

  function counted() {
    return count.get() as unknown as [number, number, number]
  }

  function create(
    { name, color = null }: NewList,
    now: number,
    deleted: number | null,
  ): ListMade | 'too many lists' {
    if (isFull(counted(), deleted !== null)) return 'too many lists'
    const { id } = insert.get(name, color, now, deleted) as { id: number }
    return { list: { id: Number(id), name, color, version: now }, added: 0 }
  }
}
