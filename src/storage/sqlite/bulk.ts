import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import { type Ids, idsOf, sizeOf } from '../../tasks/ids.ts'
import { earliestTime, latestTime } from './clock.ts'
import { atomically } from './removal.ts'
import { allColumns, versionSql } from './rows.ts'

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
  mark(ids: Ids, done: boolean, now: number, today?: string): Bulk
  remove(ids: Ids): Bulk
  /** Undefined if no such write is known under the key. */
  undo(key: string, now: number, today?: string): Bulk | undefined
}

/** `follow`: as of `Repeats`. */
export function prepareBulk(
  db: DatabaseSync,
  follow: (id: number, today: string | undefined, now: number) => unknown,
): Bulks {
  const selectToMark = db.prepare(
    'select id, completed from tasks where id between ? and ? and done <> ? order by id',
  )
  const mark = db.prepare(
    `update tasks set done = :to is not null, completed = :to, updated = ${versionSql}
     where id between :first and :last and completed is :from returning id`,
  )
  const selectRepeating = db.prepare(
    'select id from tasks where repeat is not null and id between :first and :last and completed is :from',
  )
  const selectHere = db.prepare('select id from tasks where id between ? and ? and updated <= ? order by id')
  const bury = db.prepare(
    `insert or replace into deleted_tasks (${allColumns}, deleted) select ${allColumns}, ? from tasks where id between ? and ?`,
  )
  const remove = db.prepare('delete from tasks where id between ? and ?')
  const selectGone = db.prepare(
    `select id from deleted_tasks where id between ? and ? and deleted > ?
     and not exists (select 1 from tasks where tasks.id = deleted_tasks.id) order by id`,
  )
  const putBack = db.prepare(
    `insert into tasks (${allColumns}) select ${allColumns} from deleted_tasks where id between ? and ?`,
  )
  const forget = db.prepare('delete from deleted_tasks where id between ? and ?')
  const answer = db.prepare('select outcome from answers where key = ? and time > ?')
  for (const statement of [selectToMark, selectRepeating, mark, selectHere, selectGone])
    statement.setReturnArrays(true)

  return {
    mark(ids, done, now, today) {
      const rows = ids.flatMap(([first, last]) => rowsOf(selectToMark.all(first, last, Number(done))))
      return setMarks(marksOf(rows, done ? now : null), now, today)
    },
    remove: (ids) => removeSome(ids, Number.MAX_SAFE_INTEGER),
    undo(key, now, today) {
      const known = answer.get(key, earliestTime() - limits.keyMs)
      const undo = known && undoOf(String(known['outcome']))
      if (undo === undefined) return undefined
      if (undo.kind === 'marked') return setMarks(undo.marks, now, today)
      return undo.kind === 'removed' ? restore(undo.ids, now) : removeSome(undo.ids, undo.time)
    },
  }

  function setMarks(marks: readonly Marks[], now: number, today?: string): Bulk {
    return atomically(db, () =>
      bulkMarked(
        marks.map(({ ids, from, to }) => {
          const set = ids.flatMap(([first, last]) => {
            const repeating = rowsOf(selectRepeating.all({ first, last, from }))
            const marked = rowsOf(mark.all({ first, last, from, to, now }))
            for (const [id] of repeating) follow(id, today, now)
            return marked
          })
          return { ids: idsOf(set.map(([id]) => id)), from, to }
        }),
      ),
    )
  }

  function removeSome(ids: Ids, unchangedSince: number): Bulk {
    return atomically(db, () => {
      const here = idsIn(selectHere, ids, unchangedSince)
      let count = 0
      for (const [from, to] of here) {
        bury.run(latestTime(), from, to)
        count += Number(remove.run(from, to).changes)
      }
      return { count, undo: { kind: 'removed', ids: here } }
    })
  }

  function restore(ids: Ids, now: number): Bulk {
    return atomically(db, () => {
      const gone = idsIn(selectGone, ids, earliestTime() - limits.restorableMs)
      let count = 0
      for (const [from, to] of gone) {
        count += Number(putBack.run(from, to).changes)
        forget.run(from, to)
      }
      return { count, undo: { kind: 'added', ids: gone, time: now } }
    })
  }

  function idsIn(select: typeof selectHere, ids: Ids, bound: number): Ids {
    return idsOf(ids.flatMap(([from, to]) => rowsOf(select.all(from, to, bound)).map(([id]) => id)))
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
