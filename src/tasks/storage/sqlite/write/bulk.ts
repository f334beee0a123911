import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { earliestTime, latestTime } from '../../../../storage/sqlite/clock.ts'
import { atomically } from '../../../../storage/sqlite/write/savepoint.ts'
import { type Ids, idsOf, sizeOf } from '../../../ids.ts'
import { allColumns, returningColumns, scopeOf, scopeSql, versionSql } from '../../rows.ts'

/** The result of a write to many tasks: how many, and how to undo it. Stored as the answer to its key. */
export interface Bulk {
  readonly count: number
  readonly undo: Undo
}

export type Undo =
  | { readonly kind: 'marked'; readonly marks: readonly Marks[] }
  | { readonly kind: 'removed'; readonly ids: Ids }
  /** Tasks changed after `time` are skipped. */
  | { readonly kind: 'added'; readonly ids: Ids; readonly time: number }

/** Sets the completion time of tasks, null for open, if it still has its former value. */
export interface Marks {
  readonly ids: Ids
  readonly from: number | null
  readonly to: number | null
}

export interface Bulks {
  mark(ids: Ids, done: boolean, now: number, within: Within): Bulk
  remove(ids: Ids, lists?: readonly number[]): Bulk
  /** Undefined if no such write is known under the key. */
  undo(key: string, now: number, within: Within): Bulk | undefined
}

/** The client's day, and the lists that it may change. */
interface Within {
  readonly today?: string | undefined
  readonly lists?: readonly number[] | undefined
}

/** `follow`: as of `Repeats`. */
export function prepareBulk(
  db: DatabaseSync,
  follow: (id: number, today: string | undefined, now: number) => unknown,
): Bulks {
  const selectToMark = db.prepare(
    `select id, completed from tasks where id between :first and :last and done <> :done and ${scopeSql} order by id`,
  )
  const mark = db.prepare(
    `update tasks set done = :to is not null, completed = :to, updated = ${versionSql}
     where id between :first and :last and completed is :from and ${scopeSql} returning id`,
  )
  const selectRepeating = db.prepare(
    `select id from tasks where repeat is not null and id between :first and :last and completed is :from and ${scopeSql}`,
  )
  const selectHere = db.prepare(
    `select id from tasks where id between :first and :last and updated <= :bound and ${scopeSql} order by id`,
  )
  const bury = db.prepare(
    `insert or replace into deleted_tasks (${allColumns}, deleted) select ${allColumns}, ? from tasks where id between ? and ?`,
  )
  const remove = db.prepare('delete from tasks where id between ? and ?')
  const selectGone = db.prepare(
    `select id from deleted_tasks where id between :first and :last and deleted > :bound and ${scopeSql}
     and not exists (select 1 from tasks where tasks.id = deleted_tasks.id) order by id`,
  )
  const putBack = db.prepare(
    `insert into tasks (${allColumns}) select ${returningColumns} from deleted_tasks where id between ? and ?`,
  )
  const forget = db.prepare('delete from deleted_tasks where id between ? and ?')
  const answer = db.prepare('select outcome from answers where key = ? and time > ?')
  for (const statement of [selectToMark, selectRepeating, mark, selectHere, selectGone])
    statement.setReturnArrays(true)

  return {
    mark(ids, done, now, within) {
      const rows = ids.flatMap(([first, last]) =>
        rowsOf(selectToMark.all({ first, last, done: Number(done), ...scopeOf(within.lists) })),
      )
      return setMarks(marksOf(rows, done ? now : null), now, within)
    },
    remove: (ids, lists) => removeSome(ids, Number.MAX_SAFE_INTEGER, lists),
    undo(key, now, within) {
      const known = answer.get(key, earliestTime() - limits.keyMs)
      const undo = known && undoOf(String(known['outcome']))
      if (undo === undefined) return undefined
      if (undo.kind === 'marked') return setMarks(undo.marks, now, within)
      return undo.kind === 'removed'
        ? restore(undo.ids, now, within.lists)
        : removeSome(undo.ids, undo.time, within.lists)
    },
  }

  function setMarks(marks: readonly Marks[], now: number, { today, lists }: Within): Bulk {
    const scope = scopeOf(lists)
    return atomically(db, () =>
      bulkMarked(
        marks.map(({ ids, from, to }) => {
          const set = ids.flatMap(([first, last]) => {
            const repeating = rowsOf(selectRepeating.all({ first, last, from, ...scope }))
            const marked = rowsOf(mark.all({ first, last, from, to, now, ...scope }))
            for (const [id] of repeating) follow(id, today, now)
            return marked
          })
          return { ids: idsOf(set.map(([id]) => id)), from, to }
        }),
      ),
    )
  }

  function removeSome(ids: Ids, unchangedSince: number, lists?: readonly number[]): Bulk {
    return atomically(db, () => {
      const here = idsIn(selectHere, ids, unchangedSince, lists)
      let count = 0
      for (const [from, to] of here) {
        bury.run(latestTime(), from, to)
        count += Number(remove.run(from, to).changes)
      }
      return { count, undo: { kind: 'removed', ids: here } }
    })
  }

  function restore(ids: Ids, now: number, lists?: readonly number[]): Bulk {
    return atomically(db, () => {
      const gone = idsIn(selectGone, ids, earliestTime() - limits.restorableMs, lists)
      let count = 0
      for (const [from, to] of gone) {
        count += Number(putBack.run(from, to).changes)
        forget.run(from, to)
      }
      return { count, undo: { kind: 'added', ids: gone, time: now } }
    })
  }

  function idsIn(select: typeof selectHere, ids: Ids, bound: number, lists?: readonly number[]): Ids {
    const more = { bound, ...scopeOf(lists) }
    return idsOf(
      ids.flatMap(([first, last]) => rowsOf(select.all({ first, last, ...more })).map(([id]) => id)),
    )
  }
}

/** `count` tasks up to this id were added. */
export function bulkAdded(lastId: number, count: number, time: number): Bulk {
  const ids: Ids = count === 0 ? [] : [[lastId - count + 1, lastId]]
  return { count, undo: { kind: 'added', ids, time } }
}

/** What was set. */
export function bulkMarked(set: readonly Marks[]): Bulk {
  const marks = set
    .filter(({ ids }) => ids.length > 0)
    .map(({ ids, from, to }) => ({ ids, from: to, to: from }))
  return { count: set.reduce((sum, { ids }) => sum + sizeOf(ids), 0), undo: { kind: 'marked', marks } }
}

/** Tasks completed at the same time are set together. */
export function marksOf(
  tasks: readonly (readonly [id: number, completed: number | null])[],
  to: number | null,
): Marks[] {
  const times = Map.groupBy(tasks, ([, completed]) => completed)
  return Array.from(times, ([from, those]) => ({ ids: idsOf(those.map(([id]) => id)), from, to }))
}

export function countOf(made: number | Bulk): number {
  return typeof made === 'number' ? made : made.count
}

/** From a stored outcome; undefined if it cannot be undone. */
export function undoOf(outcome: string): Undo | undefined {
  return (JSON.parse(outcome) as Partial<Bulk>).undo
}

function rowsOf(rows: unknown): [id: number, completed: number | null][] {
  return rows as [number, number | null][]
}
