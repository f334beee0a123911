import { limits } from '../../../limits.ts'
import type { Dedicated, Pool } from '../../../storage/postgres/connect.ts'
import { readItems } from '../../../storage/postgres/items.ts'
import { type Fragment, fragment, raw, type Sql } from '../../../storage/postgres/sql.ts'
import { lists } from '../../lists.ts'
import type { Cursor, Filter, Page, TaskQuery, TaskReader, Version, View } from '../../store.ts'
import { moreAt, pageOf, type Row, taskColumns, toTask } from '../rows.ts'
import { placeBehind } from '../sqlite/read/places.ts'
import { isInLists } from './group.ts'
import { charsSql, isOldSql, matchOf } from './words.ts'

export function openTaskReader({ sql, dedicated }: Pick<Pool, 'sql' | 'dedicated'>): TaskReader {
  return {
    page: (query) => select(sql, query),
    async hasUnindexed() {
      return (await sql`select 1 from tasks where ${raw(isOldSql)} limit 1`).length > 0
    },
    async find(id) {
      const rows = await sql.arrays(fragment`select ${columns} from tasks where id = ${id}`)
      return rows[0] && toTask(rows[0] as Row)
    },
    async count({ from, below, most, ...filter }) {
      const range = from === undefined ? raw('true') : fragment`id >= ${from} and id < ${below!}`
      const [row] = await sql`select count(*) as n from
        (select 1 from ${foundBy(filter)} where ${conditionOf(filter)} and ${range} limit ${most ?? null}::bigint) as counted`
      return row!['n']
    },
    async lastId() {
      return (await sql`select last_id from taskapp_state`)[0]!['last_id']
    },
    async view(filter) {
      const own = await dedicated(limits.postgresAnswerMs)
      try {
        // A snapshot, which waits for slow clients.
        await own.sql`begin isolation level repeatable read read only`
        await own.sql`${raw(`set local idle_in_transaction_session_timeout = ${limits.answerMs}`)}`
        const [state] = await own.sql`select spreads from taskapp_state`
        return viewOf(own, filter, state!['spreads'])
      } catch (error) {
        await own.close()
        throw error
      }
    },
  }
}

/** The tasks in the snapshot of the connection, whose transaction has begun. */
function viewOf(
  { sql, close }: Dedicated,
  { after, sort, ...filter }: Omit<TaskQuery, 'limit'>,
  spreads: number,
): View {
  return {
    spreads,
    lists: () => readItems(sql, lists),
    async *versions() {
      let rows: unknown[][]
      let last = await endOf(sql, after)
      do {
        const found = foundAfter({ ...filter, ...(sort && { sort }) }, last, limits.versionsAtOnce)
        rows = await sql.arrays(
          fragment`select id, updated, place, due from ${found} order by ${orderOf(sort)}`,
        )
        yield (sort ? rows : rows.map((row) => row.slice(0, 3))) as unknown as Version[]
        const [, , place, due] = (rows.at(-1) ?? []) as unknown as Version
        last = { place: place!, due: due ?? null }
      } while (rows.length === limits.versionsAtOnce)
    },
    async *pages() {
      for (let next = after; ; ) {
        const page = await select(sql, {
          ...filter,
          ...(sort && { sort }),
          ...(next !== undefined && { after: next }),
          limit: limits.pageSize,
        })
        yield page.tasks
        if (page.next === undefined) return
        next = page.next
      }
    },
    close,
  }
}

async function select(sql: Sql, { after, limit, ...query }: TaskQuery): Promise<Page> {
  const end = await endOf(sql, after)
  const order = orderOf(query.sort)
  // One more than the page; fewer if the texts are long.
  const most = limit + 1
  const ofPage =
    query.text === undefined && query.sort === undefined
      ? fragment`${conditionOf(query)} and place > ${end.place} order by place limit ${most}`
      : fragment`id in (select id from ${foundAfter(query, end, most)})`
  const rows = await sql.arrays(
    fragment`select ${columns}, place, (select spreads from taskapp_state where one) from (
      select ${columns}, place, sum(${raw(charsSql)})
        over (order by ${order} rows between unbounded preceding and 2 preceding) as chars
      from tasks where ${ofPage}
    ) as long where coalesce(chars, 0) < ${limits.pageChars} order by ${order}`,
  )
  return pageOf(rows as Row[], limit, () => rows[0]![moreAt + 1] as number, query.sort)
}

/** Where a page ended, or before all. */
interface End {
  readonly place: number
  /** Null: among tasks without a date. */
  readonly due: string | null
}

function orderOf(sort: TaskQuery['sort']): Fragment {
  return raw(sort ? 'due nulls last, place' : 'place')
}

/** So many tasks behind the end of a page, in no order. */
function foundAfter(
  { sort, ...filter }: Omit<TaskQuery, 'after' | 'limit'>,
  { place, due }: End,
  most: number,
): Fragment {
  const from = fragment`from ${foundBy(filter)} where ${conditionOf(filter)}`
  if (sort === undefined)
    return fragment`(select id, updated, due, place ${from} and place > ${place} order by place limit ${most}) as behind`
  const behind = due === null ? raw('false') : fragment`(due, place) > (${due}, ${place})`
  const undatedFrom = due === null ? place : Number.MIN_SAFE_INTEGER
  // Each by an index of its own.
  return fragment`(select id, updated, due, place from (
      (select id, updated, due, place ${from} and due is not null and ${behind} order by due, place limit ${most})
      union all
      (select id, updated, due, place ${from} and due is null and place > ${undatedFrom} order by place limit ${most})
    ) as both_of_them order by due nulls last, place limit ${most}) as behind`
}

/**
 * The tasks that match a text, found by the index without reading their texts. `offset 0` and `enable_seqscan` (connect.ts) keep
 * PostgreSQL from computing the terms of each task instead, which its planner takes for cheaper but which grows with the texts.
 */
function foundBy({ text }: Filter): Fragment {
  const match = text === undefined ? undefined : matchOf(text)
  if (match === undefined) return raw('tasks')
  return fragment`(select id, list, done, due, updated, place from tasks
    where array_to_tsvector(string_to_array(btrim(words), ' ')) @@ ${match}::text::tsquery offset 0) as found`
}

function conditionOf({ lists, done, due, dueFrom, undated }: Filter): Fragment {
  const conditions = [isInLists(lists)]
  if (done !== undefined) conditions.push(fragment`done = ${Number(done)}`)
  if (due !== undefined) conditions.push(fragment`due <= ${due}`)
  if (dueFrom !== undefined) conditions.push(fragment`due >= ${dueFrom}`)
  if (undated) conditions.push(raw('due is null'))
  return conditions.reduce((before, next) => fragment`${before} and ${next}`, fragment`true`)
}

/** The place behind which a page goes on, as sqlite/read/places.ts has it. */
async function endOf(sql: Sql, after: Cursor | number | undefined): Promise<End> {
  if (after === undefined || after === 0) return { place: Number.MIN_SAFE_INTEGER, due: '' }
  const due = typeof after === 'object' && after.due !== undefined ? after.due : ''
  const id = typeof after === 'number' ? after : after.id
  const [now] = await sql`select last_id, spreads, coalesce(
    (select place from tasks where id = ${id}), (select place from deleted_tasks where id = ${id})) as place
    from taskapp_state`
  const place = placeBehind(after, {
    place: now!['place'] ?? undefined,
    lastId: now!['last_id'],
    spreads: now!['spreads'],
  })
  return { place, due }
}

const columns = raw(taskColumns)
