import { limits } from '../../limits.ts'
import type { TaskQuery } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { largestId, placeStep } from '../sqlite/order.ts'
import type { Reader } from '../sqlite/reader.ts'
import { type Row, taskColumns, toTask } from '../sqlite/rows.ts'
import { termsOf } from '../sqlite/words.ts'
import { type Fragment, fragment, type Pool, raw } from './connect.ts'
import { matchOf } from './words.ts'

export function openReader({ sql, dedicated, close }: Pool, isEnded: Reader['isEnded']): Reader {
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
    isEnded,
    async *all() {
      const own = await dedicated(limits.postgresAnswerMs)
      try {
        // Holds the view still, and waits for a client that reads slowly.
        await own.sql`begin isolation level repeatable read read only`
        await own.sql`${raw(`set local idle_in_transaction_session_timeout = ${limits.answerMs}`)}`
        let rows: unknown[][]
        let last = Number.MIN_SAFE_INTEGER
        do {
          rows = await own.sql.arrays(
            fragment`select ${columns}, place from tasks where place > ${last} order by place limit ${limits.pageSize}`,
          )
          if (rows.length === 0) return
          last = rows.at(-1)!.at(-1) as number
          yield (rows as Row[]).map(toTask)
        } while (rows.length === limits.pageSize)
      } finally {
        await own.close()
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
