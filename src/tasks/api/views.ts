import type { Readable } from 'node:stream'
import { type Call, HttpError, type Reply } from '../../http/message.ts'
import { type ClientOf, shareOf } from '../../http/share.ts'
import { limits } from '../../limits.ts'
import type { TaskQuery, TaskStore, View } from '../store.ts'

/**
 * Answers from a snapshot, for lists longer than a page. The snapshot is closed when the body of the reply from `make` ends. Throws
 * `HttpError` 503 and 429 while too many are in progress.
 */
export type Views = (
  call: Call,
  query: Omit<TaskQuery, 'limit'>,
  make: (view: View) => Promise<Reply>,
) => Promise<Reply>

export function openViews(store: TaskStore, clientOf: ClientOf): Views {
  let underWay = 0
  const share = shareOf(limits.views, 'long answers', clientOf)

  return async (call, query, make) => {
    if (underWay >= limits.views)
      throw new HttpError(503, `${limits.views} long answers are under way already; try again`, [
        'Retry-After',
        String(limits.retryAfterSeconds),
      ])
    const giveBack = share(call)
    underWay++
    let view: View | undefined
    const end = () => {
      underWay--
      giveBack()
      void view?.close()
    }
    try {
      view = await store.view(query)
      const reply = await make(view)
      const body = reply.body as Readable
      body.once('close', end)
      return reply
    } catch (error) {
      end()
      throw error
    }
  }
}

/** Reads the first item, so that a storage fault results in an error status and not in an aborted answer. */
export async function begun<T>(iterable: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const items = iterable[Symbol.asyncIterator]()
  const first = await items.next()
  return (async function* () {
    try {
      for (let item = first; !item.done; item = await items.next()) yield item.value
    } finally {
      await items.return?.()
    }
  })()
}
