import { limits } from '../../limits.ts'
import { Unavailable } from '../../tasks/errors.ts'
import type { TaskQuery } from '../../tasks/store.ts'
import type { Task } from '../../tasks/task.ts'
import { largestId, placeStep } from '../sqlite/order.ts'
import type { Reader } from '../sqlite/reader.ts'
import { type Row, taskColumns, toTask } from '../sqlite/rows.ts'
import { termsOf } from '../sqlite/words.ts'
import type { Pool } from './connect.ts'
import { matchOf } from './words.ts'

export function openReader({ sql, within, close }: Pool): Reader {
  return {
    list: select,
    search: select,
    async hasUnindexed() {
      return false
    },
    async find(id) {
      const rows = await within(() =>
        sql.unsafe(`select ${taskColumns} from tasks where id = $1`, [id], prepared).values(),
      )
      return rows[0] && toTask(rows[0] as Row)
    },
    async *all() {
      const own = await within(() => sql.reserve())
      try {
        await own`begin isolation level repeatable read read only`
        const pages = own.unsafe(`select ${taskColumns} from tasks order by place, id`, []).values()
        const tasks = ((await pages) as unknown as Row[]).map(toTask)
        for (let at = 0; at < tasks.length; at += limits.pageSize) yield tasks.slice(at, at + limits.pageSize)
      } catch (error) {
        throw new Unavailable('a read failed', { cause: error })
      } finally {
        await own`rollback`.catch(() => {})
        own.release()
      }
    },
    async ready() {
      await within(() => sql`select 1`)
    },
    bytes: () => undefined,
    close,
  }

  async function select({ text, after, done, due, limit }: TaskQuery): Promise<Task[]> {
    const values: (string | number | null)[] = []
    const value = (given: string | number) => `$${values.push(given)}`
    const conditions: string[] = []
    if (after) {
      const id = value(Math.min(after, Number.MAX_SAFE_INTEGER))
      const otherwise = value(Math.min(after, largestId) * placeStep)
      conditions.push(`place > coalesce((select place from tasks where id = ${id}),
        (select place from deleted_tasks where id = ${id}), ${otherwise}::bigint)`)
    }
    if (done !== undefined) conditions.push(`done = ${value(Number(done))}`)
    if (due !== undefined) conditions.push(`due <= ${value(due)}`)
    if (text !== undefined) {
      const match = matchOf(termsOf(text))
      if (match === undefined) return []
      conditions.push(
        `array_to_tsvector(string_to_array(btrim(words), ' ')) @@ ${value(match.query)}::text::tsquery`,
      )
      for (const phrase of match.phrases) conditions.push(`position(${value(phrase)} in words) > 0`)
    }
    const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''
    const query = `select ${taskColumns} from tasks ${where} order by place limit ${value(limit)}`
    const rows = await within(() => sql.unsafe(query, values, prepared).values())
    return (rows as unknown as Row[]).map(toTask)
  }
}

const prepared = { prepare: true }
