import type { Sql } from '../../../storage/postgres/sql.ts'
import { placeStep } from '../sqlite/write/order.ts'

const sparseness = 1.25
const endStep = 2 ** 6

/** As `placeBefore` of sqlite/write/order.ts, where every row has its place. `lastId`: of any task so far. */
export async function placeBefore(tx: Sql, before: number | null, id: number, lastId: number) {
  const end = (lastId + 1) * placeStep
  for (;;) {
    const upper = before === null ? end : await placeOf(before)
    const [row] = await tx`select max(place) as lower from (
      (select place from tasks where place < ${upper} and id <> ${id} order by place desc limit 1) union all
      (select place from deleted_tasks where place < ${upper} and id <> ${id} order by place desc limit 1)) as both_of_them`
    const lower: number | null = row!['lower']
    const own = await placeOf(id)
    if (own < upper && own > (lower ?? -Infinity)) return undefined
    if (lower === null) return upper - placeStep
    const place = lower + Math.min(Math.floor((upper - lower) / 2), before === null ? endStep : Infinity)
    if (place > lower) return place
    await spread(upper)
  }

  async function placeOf(task: number): Promise<number> {
    const [row] = await tx`select place from tasks where id = ${task}`
    return row!['place']
  }

  /** Spreads the tasks around the gap below `at` over the smallest range of numbers that is sparse enough. */
  async function spread(at: number) {
    for (let bits = 5; ; bits++) {
      const size = 2 ** bits
      const from = Math.floor((at - 1) / size) * size
      const to = Math.min(from + size, end)
      const [row] = await tx`select (select count(*) from tasks where place >= ${from} and place < ${to})
        + (select count(*) from deleted_tasks where place >= ${from} and place < ${to}) as n`
      const gap = Math.floor((to - from) / (row!['n'] + 1))
      if (gap < Math.max(4, sparseness ** bits) && bits < 52) continue
      const spreadSql = tx`select id, deleted, ${from}::bigint + row_number() over (order by place) * ${gap}::bigint as at from (
        select id, place, false as deleted from tasks where place >= ${from} and place < ${to} union all
        select id, place, true from deleted_tasks where place >= ${from} and place < ${to}) as range`
      const rows = await spreadSql
      for (const deleted of [false, true]) {
        const some = rows.filter((found) => found['deleted'] === deleted)
        const ids = some.map((found) => found['id'])
        const places = some.map((found) => found['at'])
        if (deleted)
          await tx`update deleted_tasks t set place = n.place from unnest(${ids}::bigint[], ${places}::bigint[]) as n (id, place) where t.id = n.id`
        else
          await tx`update tasks t set place = n.place from unnest(${ids}::bigint[], ${places}::bigint[]) as n (id, place) where t.id = n.id`
      }
      await tx`update taskapp_state set spreads = spreads + 1`
      return
    }
  }
}
