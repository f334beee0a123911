import { Readable } from 'node:stream'
import { type Call, type Reply, streamed } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { type Kind, memberNames, memberOf } from '../tasks/members.ts'
import type { Task } from '../tasks/task.ts'
import { taskJson, timeText } from './bodies.ts'
import { csvLine, guardText } from './csv.ts'
import { parseParameters } from './query.ts'
import { begun, type Views } from './views.ts'

export function exportRoutes(views: Views): readonly Route[] {
  return [['GET', '/export', exportAll, { query: ['format'] }]]

  async function exportAll(call: Call): Promise<Reply> {
    const { format = 'json' } = parseParameters(call)
    const type = format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/json'
    const write = format === 'csv' ? csvOf : jsonOf
    return views(call, {}, async (view) => {
      const body = Readable.from(write(await begun(view.pages())))
      return streamed(type, body, 'Content-Disposition', `attachment; filename="tasks.${format}"`)
    })
  }
}

async function* jsonOf(pages: AsyncIterable<readonly Task[]>): AsyncGenerator<string> {
  let separator = ''
  yield '['
  for await (const tasks of pages) {
    yield separator + tasks.map((task) => taskJson(task, 'full')).join(',\n')
    separator = ',\n'
  }
  yield ']\n'
}

async function* csvOf(pages: AsyncIterable<readonly Task[]>): AsyncGenerator<string> {
  yield csvLine(memberNames)
  for await (const tasks of pages) yield tasks.map(taskLine).join('')
}

function taskLine(task: Task): string {
  return csvLine(fields.map(({ name, write }) => (task[name] === null ? '' : write(task[name]))))
}

const writers: Readonly<Record<Kind, (value: never) => string>> = {
  id: String,
  text: guardText,
  flag: String,
  time: timeText,
}
const fields = memberNames.map((name) => ({
  name,
  write: writers[memberOf(name).kind] as (value: unknown) => string,
}))
