import { Readable } from 'node:stream'
import { type Call, HttpError, type Reply, streamed } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { type ClientOf, shareOf } from '../http/share.ts'
import { limits } from '../limits.ts'
import type { TaskStore } from '../tasks/store.ts'
import type { Task } from '../tasks/task.ts'
import { fullTaskJson, timeText } from './bodies.ts'
import { csvColumns, csvLine, guardText } from './csv.ts'
import { parseParameters } from './query.ts'

export function exportRoutes(store: TaskStore, clientOf: ClientOf): readonly Route[] {
  let underWay = 0
  const share = shareOf(limits.exports, 'exports', clientOf)
  return [['GET', '/export', exportAll, { query: ['format'] }]]

  async function exportAll(call: Call): Promise<Reply> {
    const { format = 'json' } = parseParameters(call)
    if (underWay >= limits.exports)
      throw new HttpError(503, `${limits.exports} exports are under way already; try again`, [
        'Retry-After',
        String(limits.retryAfterSeconds),
      ])
    const giveBack = share(call)
    underWay++
    try {
      return await begin(format, () => {
        underWay--
        giveBack()
      })
    } catch (error) {
      underWay--
      giveBack()
      throw error
    }
  }

  async function begin(format: 'json' | 'csv', ended: () => void): Promise<Reply> {
    const all = await store.all()
    const pages = Symbol.asyncIterator in all ? all[Symbol.asyncIterator]() : all[Symbol.iterator]()
    // Where the storage cannot be read the client learns it from the status, not from an answer that breaks off.
    const first = await pages.next()
    const rest = startingWith(first, pages)
    const body = Readable.from(format === 'csv' ? csvOf(rest) : jsonOf(rest))
    body.once('close', () => {
      ended()
      // Also when the body was never begun.
      void pages.return?.()
    })
    const type = format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json'
    return streamed(type, body, 'Content-Disposition', `attachment; filename="tasks.${format}"`)
  }
}

async function* startingWith<T>(
  first: IteratorResult<T>,
  rest: Iterator<T> | AsyncIterator<T>,
): AsyncGenerator<T> {
  for (let page = first; !page.done; page = await rest.next()) yield page.value
}

async function* jsonOf(pages: AsyncIterable<readonly Task[]>): AsyncGenerator<string> {
  let separator = ''
  yield '['
  for await (const tasks of pages) {
    yield separator + tasks.map(fullTaskJson).join(',\n')
    separator = ',\n'
  }
  yield ']\n'
}

async function* csvOf(pages: AsyncIterable<readonly Task[]>): AsyncGenerator<string> {
  yield csvLine(csvColumns)
  for await (const tasks of pages) yield tasks.map(taskLine).join('')
}

function taskLine({ id, title, done, notes, due, created, updated, completed }: Task): string {
  return csvLine([
    String(id),
    guardText(title),
    String(done),
    guardText(notes ?? ''),
    due ?? '',
    timeText(created),
    timeText(updated),
    completed === null ? '' : timeText(completed),
  ])
}
