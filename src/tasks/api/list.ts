import { Readable } from 'node:stream'
import { openTag } from '../../http/etag.ts'
import { type Call, json, type Reply, streamed } from '../../http/message.ts'
import { limits } from '../../limits.ts'
import type { Cursor, Filter, TaskStore, View } from '../store.ts'
import type { Task } from '../task.ts'
import { tasksJson } from './bodies.ts'
import { type Parameters, parseParameters } from './query.ts'
import type { Totals } from './totals.ts'
import { begun, type Views } from './views.ts'

/**
 * GET /tasks: all tasks that match the filters, or a page of them. A short list is sent at once; a longer one is streamed from a
 * snapshot, with the same tag as if it were in one piece.
 */
export function listTasks(store: TaskStore, views: Views, totals: Totals): (call: Call) => Promise<Reply> {
  return async (call) => {
    const query = parseParameters(call)
    const { q, due, list, sort, view: times, limit, after, ...rest } = query
    const filter: Filter = {
      ...rest,
      ...due,
      ...(list !== undefined && { lists: [list] }),
      ...(q !== undefined && { text: q }),
    }
    const where = { ...filter, ...(sort && { sort }), ...(after !== undefined && { after }) }
    const { tasks, next } = await store.page({ ...where, limit: limit ?? limits.pageSize })
    if (next !== undefined && tasks.length !== limit)
      return views(call, where, (view) => stream(call, view, query, filter))
    const tag = openTag()
    for (const { id, updated } of tasks) {
      tag.add(id)
      tag.add(updated)
    }
    const isAll = after === undefined && next === undefined
    const { etag, fields } = await ending(tag, call, next, isAll ? tasks.length : filter)
    return json(200, `[${tasksJson(tasks, times)}]`, etag, ...fields)
  }

  async function stream(call: Call, view: View, query: Parameters, filter: Filter): Promise<Reply> {
    const { limit = Number.POSITIVE_INFINITY, after, view: times } = query
    const tag = openTag()
    let count = 0
    let last: Cursor | undefined
    let next: Cursor | undefined
    reading: for await (const versions of view.versions())
      for (const [id, updated, place, due] of versions) {
        if (count === limit) {
          next = last
          break reading
        }
        tag.add(id)
        tag.add(updated)
        count++
        last = { id, place, spreads: view.spreads, ...(due !== undefined && { due }) }
      }
    const { etag, fields } = await ending(tag, call, next, after === undefined && !next ? count : filter)
    const body = Readable.from(jsonOf(await begun(view.pages()), times, limit))
    return { ...streamed('application/json', body, 'ETag', etag, ...fields), etag }
  }

  /** The tag, and the header fields about the rest of the list, which the tag covers too. */
  async function ending(
    tag: ReturnType<typeof openTag>,
    call: Call,
    next: Cursor | undefined,
    counted: number | Filter,
  ) {
    const total = typeof counted === 'number' ? counted : await totals(counted)
    tag.add(total ?? -1)
    tag.add(next?.place ?? 0)
    const fields: string[] = []
    if (total !== undefined) fields.push('X-Total-Count', String(total))
    if (next !== undefined) fields.push('Link', nextPage(call, next))
    return { etag: tag.text(), fields }
  }
}

async function* jsonOf(
  pages: AsyncIterable<readonly Task[]>,
  times: 'full' | undefined,
  limit: number,
): AsyncGenerator<string> {
  let left = limit
  let separator = '['
  for await (const page of pages) {
    const tasks = page.slice(0, left)
    if (tasks.length > 0) yield separator + tasksJson(tasks, times)
    separator = ','
    left -= tasks.length
    if (left === 0) break
  }
  yield ']'
}

/** A Link (RFC 8288) whose target is just a query, so that it works wherever a proxy mounts the API. */
function nextPage(call: Call, { id, place, spreads, due }: Cursor): string {
  let filters = ''
  for (const name of ['list', 'done', 'q', 'due', 'sort', 'view', 'limit']) {
    const value = call.query.get(name)
    if (value !== undefined) filters += `${name}=${encodeURIComponent(value)}&`
  }
  const day = due === undefined ? '' : `.${due ?? 'none'}`
  return `<?${filters}after=${id}.${place}.${spreads}${day}>; rel="next"`
}
