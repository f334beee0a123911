import type { DatabaseSync } from 'node:sqlite'

/**
 * The user's order (decisions/008): each task has a place, a number. One that was never moved has none of its own
 * and stands at `id * placeStep`, so adding tasks costs nothing and new ones come last. Deleted tasks keep their
 * places. No two have the same.
 */
export const placeStep = 2 ** 20

/** A task's place in SQL. */
export const placeSql = `coalesce(place, id * ${placeStep})`

/**
 * How much sparser than the full use of its numbers a range must be to be spread anew, for each bit of its size
 * (Bender et al., Two simplified algorithms for maintaining order in a list, 2002): spreading a range leaves room
 * for as many moves as it costs, but for a factor of the logarithm.
 */
const sparseness = 1.25
const smallestRangeBits = 5
const endStep = 2 ** 6
const largestRangeBits = 52

export interface Order {
  /**
   * A place right before the task `before`, or at the end for null; undefined where `id` stands there already.
   * Within a transaction that is undone when this throws: spreading a range changes several rows.
   */
  placeBefore(before: number | null, id: number): number | undefined
  /** The next task that is not deleted; null after the last. */
  following(id: number): number | null
}

/** The last id ever assigned; null before the first. */
export const selectLastIdSql = "select max(seq) from sqlite_sequence where name = 'tasks'"

/** How often tasks were spread: a sequence of its own, which a journal records as it does that of the ids. */
export const selectSpreadsSql = "select max(seq) from sqlite_sequence where name = 'spreads'"

/** The place of task `:id`, deleted or not. */
export const selectPlaceSql = `select ${placeSql} from tasks where id = :id
  union all select ${placeSql} from deleted_tasks where id = :id`

export function prepareOrder(db: DatabaseSync): Order {
  const selectPlace = prepare(selectPlaceSql)
  const selectLastId = prepare(selectLastIdSql)
  const selectLower = prepare(`select max(at) from (${tables.map(lowerSql).join(' union all ')})`)
  const selectFollowing = prepare(
    `select id from (
       select * from (select id, place as at from tasks where place > :at order by place limit 1)
       union all select * from (select id, id * ${placeStep} from tasks
         where place is null and id > :atId order by id limit 1)
     ) order by at limit 1`,
  )
  const selectCount = prepare(`select count(*) from (${rangeSql})`)
  const selectRange = prepare(`select id, source from (${rangeSql}) order by at`)
  const countSpread = db.prepare("update sqlite_sequence set seq = seq + 1 where name = 'spreads'")
  const countFirstSpread = db.prepare("insert into sqlite_sequence (name, seq) values ('spreads', 1)")
  const updates = tables.map((table) => db.prepare(`update ${table} set place = ? where id = ?`))

  return {
    placeBefore(before, id) {
      for (;;) {
        const upper = before === null ? end() : placeOf(before)
        const lower = lowerThan(upper, id)
        const own = placeOf(id)
        if (own < upper && own > (lower ?? -Infinity)) return undefined
        if (lower === null) return upper - placeStep
        // At the end a fixed step: halving the gap would use it up after twenty tasks.
        const place = lower + Math.min(Math.floor((upper - lower) / 2), before === null ? endStep : Infinity)
        if (place > lower) return place
        spread(upper)
      }
    },
    following(id) {
      const at = placeOf(id)
      const row = selectFollowing.get({ at, atId: Math.floor(at / placeStep) })
      return row === undefined ? null : first(row)
    },
  }

  function placeOf(id: number): number {
    return first(selectPlace.get({ id })) as number
  }

  /** The nearest lower place of any task but `id`; null if there is none. */
  function lowerThan(at: number, id: number): number | null {
    return first(selectLower.get({ at, atId: Math.ceil(at / placeStep), id })) as number | null
  }

  /** The place of the next new task. */
  function end(): number {
    return (Number(first(selectLastId.get())) + 1) * placeStep
  }

  /** Spreads the tasks around the gap below `at` over the smallest range of numbers that is sparse enough. */
  function spread(at: number) {
    for (let bits = smallestRangeBits; ; bits++) {
      const size = 2 ** bits
      const from = Math.floor((at - 1) / size) * size
      const to = Math.min(from + size, end())
      const range = { from, to, fromId: Math.ceil(from / placeStep), toId: Math.ceil(to / placeStep) }
      const gap = Math.floor((to - from) / (Number(first(selectCount.get(range))) + 1))
      if (gap < Math.max(4, sparseness ** bits) && bits < largestRangeBits) continue
      const rows = selectRange.all(range) as unknown as [id: number, source: number][]
      for (const [index, [id, source]] of rows.entries()) updates[source]!.run(from + (index + 1) * gap, id)
      if (countSpread.run().changes === 0) countFirstSpread.run()
      return
    }
  }

  function prepare(sql: string) {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
}

const tables = ['tasks', 'deleted_tasks']

function lowerSql(table: string): string {
  return `select * from (select place as at from ${table}
      where place < :at and id <> :id order by place desc limit 1)
    union all select * from (select id * ${placeStep} from ${table}
      where place is null and id < :atId and id <> :id order by id desc limit 1)`
}

/** All tasks with places from `:from` up to, but not including, `:to`. */
const rangeSql = tables
  .map(
    (table, source) => `select id, place as at, ${source} as source from ${table}
      where place >= :from and place < :to
    union all select id, id * ${placeStep}, ${source} from ${table}
      where place is null and id >= :fromId and id < :toId`,
  )
  .join(' union all ')

function first(row: unknown): number | null {
  return (row as [number | null])[0]
}
