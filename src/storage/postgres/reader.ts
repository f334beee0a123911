import { limits } from '../../limits.ts'
import type { TaskQuery } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { largestId, placeStep } from '../sqlite/order.ts'
import type { Reader } from '../sqlite/reader.ts'
import { type Row, taskColumns, toTask } from '../sqlite/rows.ts'
import { termsOf } from '../sqlite/words.ts'
import { type Fragment, fragment, type Pool, raw } from './connect.ts'
import { matchOf } from './words.ts'

export function openReader({ sql, begin, close }: Pool): Reader {
  return {
    list: select,
    search: select,
    async hasUnindexed() {
      return false
    },
    async find(id) {
      const rows = await sql.arrays(fragment`select ${columns} from tasks where id = ${id}`)
      return rows[0] && toTask(rows[0] as Row)
    },
    async *all() {
      // What each page needs is asked for when the one before was taken, within a transaction that holds the view still.
      let page: readonly Task[] | undefined
      let wanted = Promise.withResolvers<boolean>()
      let read = Promise.withResolvers<readonly Task[]>()
      const done = begin(
        async (tx) => {
          void tx`select set_config('idle_in_transaction_session_timeout', ${String(limits.exportMs)}, true)`
          for (let last = -(2 ** 53); await wanted.promise; ) {
            wanted = Promise.withResolvers()
            const rows = await tx.arrays(
              fragment`select ${columns}, place from tasks where place > ${last}::bigint order by place limit ${limits.pageSize}`,
            )
            if (rows.length > 0) last = rows.at(-1)![8] as number
            read.resolve((rows as Row[]).map(toTask))
          }
        },
        { mode: 'isolation level repeatable read read only' },
      )
      done.catch((error) => read.reject(error))
      try {
        do {
          wanted.resolve(true)
          page = await read.promise
          read = Promise.withResolvers()
          if (page.length > 0) yield page
        } while (page.length === limits.pageSize)
      } finally {
        wanted.resolve(false)
        await done.catch(() => {})
      }
    },
    async ready() {
      await sql`select 1`
    },
    bytes: () => undefined,
    close,
  }

  async function select({ text, after, done, due, limit }: TaskQuery): Promise<Task[]> {
    const conditions: Fragment[] = []
    if (after) {
      const id = Math.min(after, Number.MAX_SAFE_INTEGER)
      const otherwise = Math.min(after, largestId) * placeStep
      conditions.push(fragment`place > coalesce((select place from tasks where id = ${id}),
        (select place from deleted_tasks where id = ${id}), ${otherwise}::bigint)`)
    }
    if (done !== undefined) conditions.push(fragment`done = ${Number(done)}`)
    if (due !== undefined) conditions.push(fragment`due <= ${due}`)
    if (text !== undefined) {
      const match = matchOf(termsOf(text))
      if (match === undefined) return []
      conditions.push(
        fragment`array_to_tsvector(string_to_array(btrim(words), ' ')) @@ ${match.query}::text::tsquery`,
      )
      for (const phrase of match.phrases) conditions.push(fragment`position(${phrase} in words) > 0`)
    }
    const where = conditions.reduce((before, next) => fragment`${before} and ${next}`, fragment`true`)
    const rows = await sql.arrays(
      fragment`select ${columns} from tasks where ${where} order by place limit ${limit}`,
    )
    return (rows as Row[]).map(toTask)
  }
}

const columns = raw(taskColumns)
