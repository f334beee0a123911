import { Readable } from 'node:stream'
import { type Call, type Reply, streamed } from '../../http/message.ts'
import type { Route } from '../../http/router.ts'
import { type Kind, memberNames, memberOf } from '../members.ts'
import type { View } from '../store.ts'
import type { Task } from '../task.ts'
import { exportJson, timeText } from './bodies.ts'
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
      const body = Readable.from(write(await begun(view.pages()), await namesOf(view)))
      return streamed(type, body, 'Content-Disposition', `attachment; filename="tasks.${format}"`)
    })
  }
}

type ListName = (id: number) => string | undefined

async function namesOf(view: View): Promise<ListName> {
  const names = new Map((await view.lists()).map(({ id, name }) => [id, name]))
  return (id) => names.get(id)
}

async function* jsonOf(pages: AsyncIterable<readonly Task[]>, listName: ListName): AsyncGenerator<string> {
  let separator = ''
  yield '['
  for await (const tasks of pages) {
    yield separator + tasks.map((task) => exportJson(task, listName)).join(',\n')
    separator = ',\n'
  }
  yield ']\n'
}

async function* csvOf(pages: AsyncIterable<readonly Task[]>, listName: ListName): AsyncGenerator<string> {
  yield csvLine(memberNames)
  for await (const tasks of pages) yield tasks.map((task) => taskLine(task, listName)).join('')
}

function taskLine(task: Task, listName: ListName): string {
  return csvLine(fields.map(({ name, write }) => (task[name] === null ? '' : write(task[name], listName))))
}

const writers: Readonly<Record<Kind, (value: never, listName: ListName) => string>> = {
  id: String,
  text: guardText,
  ref: (id, listName) => guardText(listName(id) ?? ''),
  flag: String,
  time: timeText,
}
const fields = memberNames.map((name) => ({
  name,
  write: writers[memberOf(name).kind] as (value: unknown, listName: ListName) => string,
}))
