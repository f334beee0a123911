import { parseCondition, parseKey } from '../../api/headers.ts'
import { parseId } from '../../api/items.ts'
import { readJson } from '../../http/body.ts'
import { type Call, HttpError, json, noContent, type Reply } from '../../http/message.ts'
import type { Route } from '../../http/router.ts'
import { NotFound } from '../../resources/errors.ts'
import { parseNewTask, parseTaskChange, parseTaskMove } from '../parse.ts'
import { parseBulkChange, parseUndo } from '../parse-bulk.ts'
import { isDate } from '../rules.ts'
import type { TaskStore } from '../store.ts'
import type { TaskChange } from '../task.ts'
import { tagOf, taskJson, taskReply } from './bodies.ts'
import { listTasks } from './list.ts'
import { parseParameters } from './query.ts'
import { openTotals } from './totals.ts'
import type { Views } from './views.ts'

const jsonAlone = ['application/json']
const conditional = true
const mergePatch = ['application/merge-patch+json', 'application/json']

/** The routes under /tasks. `base` is where the API is mounted, for Location. */
export function taskRoutes(store: TaskStore, views: Views, base: string): readonly Route[] {
  return [
    [
      'GET',
      '/tasks',
      listTasks(store, views, openTotals(store)),
      { query: ['list', 'done', 'q', 'due', 'sort', 'view', 'limit', 'after'] },
    ],
    ['POST', '/tasks', create, { query: ['view'], content: jsonAlone }],
    ['PATCH', '/tasks', changeMany, { content: mergePatch }],
    ['DELETE', '/tasks', removeCompleted, { query: ['list', 'done'] }],
    ['POST', '/tasks/undo', undo, { content: jsonAlone }],
    ['GET', '/tasks/{id}', show, { query: ['view'] }],
    ['PATCH', '/tasks/{id}', change, { query: ['view'], content: mergePatch, conditional }],
    ['DELETE', '/tasks/{id}', remove, { conditional }],
    ['POST', '/tasks/{id}/restore', restore, { query: ['view'], conditional }],
    ['POST', '/tasks/{id}/move', move, { query: ['view'], content: jsonAlone, conditional }],
  ]

  async function create(call: Call): Promise<Reply> {
    const { view } = parseParameters(call)
    const task = await store.create(parseNewTask(await readJson(call, jsonAlone)), parseKey(call))
    return json(201, taskJson(task, view), tagOf(task), 'Location', `${base}/tasks/${task.id}`)
  }

  async function changeMany(call: Call): Promise<Reply> {
    const change = parseBulkChange(await readJson(call, mergePatch))
    const key = parseKey(call)
    const today = parseToday(call)
    const changed = await ('deleted' in change
      ? store.removeSome(change.ids, key)
      : 'ids' in change
        ? store.changeSome(change.ids, change, key, today)
        : store.changeAll(change, key, today))
    return json(200, JSON.stringify({ changed }))
  }

  async function undo(call: Call): Promise<Reply> {
    const { key } = parseUndo(await readJson(call, jsonAlone))
    const changed = await store.undo(key, parseKey(call), parseToday(call))
    return json(200, JSON.stringify({ changed }))
  }

  async function removeCompleted(call: Call): Promise<Reply> {
    const { list, done } = parseParameters(call)
    if (done !== true)
      throw new HttpError(400, 'Say which tasks to delete: only DELETE /tasks?done=true is possible')
    const deleted = await store.removeCompleted(parseKey(call), list === undefined ? undefined : [list])
    return json(200, JSON.stringify({ deleted }))
  }

  async function show(call: Call, id: string): Promise<Reply> {
    const { view } = parseParameters(call)
    const task = await store.find(parseId(id, 'task'))
    if (!task) throw new NotFound('task')
    return taskReply(task, view)
  }

  async function change(call: Call, id: string): Promise<Reply> {
    const { view } = parseParameters(call)
    const patch = await readJson(call, mergePatch)
    const change: TaskChange = patch === undefined ? { done: 'toggle' } : parseTaskChange(patch)
    const task = await store.change(
      parseId(id, 'task'),
      change,
      parseCondition(call),
      parseKey(call),
      parseToday(call),
    )
    return taskReply(task, view)
  }

  async function remove(call: Call, id: string): Promise<Reply> {
    await store.remove(parseId(id, 'task'), parseCondition(call), parseKey(call))
    return noContent()
  }

  async function restore(call: Call, id: string): Promise<Reply> {
    const { view } = parseParameters(call)
    return taskReply(await store.restore(parseId(id, 'task'), parseCondition(call), parseKey(call)), view)
  }

  async function move(call: Call, id: string): Promise<Reply> {
    const { view } = parseParameters(call)
    const { before, list } = parseTaskMove(await readJson(call, jsonAlone))
    const moved = await store.move(parseId(id, 'task'), before, parseCondition(call), parseKey(call), list)
    return taskReply(moved, view)
  }
}

/** The client's date, for repeating tasks: `Today: 2026-12-24`. Throws `HttpError` 400. */
function parseToday({ headers }: Call): string | undefined {
  const { today } = headers
  if (today === undefined) return undefined
  if (typeof today !== 'string' || !isDate(today))
    throw new HttpError(400, 'Today is a date such as 2026-12-24')
  return today
}
