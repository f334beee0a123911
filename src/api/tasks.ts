import { readJson } from '../http/body.ts'
import { tagOfNumbers } from '../http/etag.ts'
import { type Call, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { limits } from '../limits.ts'
import { NotFound } from '../tasks/errors.ts'
import type { TaskQuery, TaskStore } from '../tasks/store.ts'
import {
  isDate,
  parseMark,
  parseNewTask,
  parseTaskChange,
  type Task,
  type TaskChange,
} from '../tasks/task.ts'

const mergePatch = 'application/merge-patch+json'

/** Everything about tasks. `base` is where the API is mounted, for Location. */
export function taskRoutes(store: TaskStore, base: string): readonly Route[] {
  return [
    ['GET', '/tasks', list],
    ['POST', '/tasks', create],
    ['PATCH', '/tasks', markAll],
    ['DELETE', '/tasks', removeCompleted],
    ['GET', '/tasks/{id}', show],
    ['PATCH', '/tasks/{id}', change],
    ['DELETE', '/tasks/{id}', remove],
  ]

  async function list(call: Call): Promise<Reply> {
    const { view, ...query } = parseQuery(call)
    // One more than asked for tells whether there is a next page.
    const tasks = await store.list({ ...query, limit: query.limit + 1 })
    const more = tasks.length > query.limit
    if (more) tasks.pop()
    const body = `[${tasks.map(view === 'full' ? fullJson : taskJson).join(',')}]`
    const link = more ? ['Link', nextPage(query, tasks.at(-1)!, view)] : []
    return json(200, body, tagOfList(tasks), ...link)
  }

  async function create(call: Call): Promise<Reply> {
    const key = parseKey(call)
    const task = await store.create(parseNewTask(await readJson(call, 'application/json')), key)
    return json(201, taskJson(task), tagOf(task), 'Location', `${base}/tasks/${task.id}`)
  }

  async function markAll(call: Call): Promise<Reply> {
    const changed = await store.changeAll(parseMark(await readJson(call, 'application/json', mergePatch)))
    return json(200, JSON.stringify({ changed }))
  }

  async function removeCompleted(call: Call): Promise<Reply> {
    if (parseParameters(call, ['done']).done !== true)
      throw new HttpError(400, 'Say which tasks to delete: only DELETE /tasks?done=true is possible')
    const deleted = await store.removeCompleted()
    return json(200, JSON.stringify({ deleted }))
  }

  async function show(call: Call, id: string): Promise<Reply> {
    const { view } = parseParameters(call, ['view'])
    const task = await store.find(parseId(id))
    if (!task) throw new NotFound(`no task ${id}`)
    return taskReply(task, view)
  }

  async function change(call: Call, id: string): Promise<Reply> {
    const patch = await readJson(call, 'application/json', mergePatch)
    const change: TaskChange = patch === undefined ? { done: 'toggle' } : parseTaskChange(patch)
    return taskReply(await store.change(parseId(id), change, parseIfMatch(call)))
  }

  async function remove(call: Call, id: string): Promise<Reply> {
    await store.remove(parseId(id), parseIfMatch(call))
    return noContent()
  }
}

/** The members in this order and without blanks: clients rely on the very bytes. */
export function taskJson(task: Task): string {
  return `${openTaskJson(task)}}`
}

/** With its times as well. */
function fullJson(task: Task): string {
  const { created, updated, completed } = task
  const done = completed === null ? '' : `,"completed":"${time(completed)}"`
  return `${openTaskJson(task)},"created":"${time(created)}","updated":"${time(updated)}"${done}}`
}

function openTaskJson({ id, title, done, notes, due }: Task): string {
  const plain = `{"id":${id},"title":${JSON.stringify(title)},"done":${done}`
  if (notes === null && due === null) return plain
  const notesMember = notes === null ? '' : `,"notes":${JSON.stringify(notes)}`
  return `${plain}${notesMember}${due === null ? '' : `,"due":"${due}"`}`
}

/** RFC 3339, in UTC, with milliseconds. */
function time(ms: number): string {
  return new Date(ms).toISOString()
}

function taskReply(task: Task, view?: 'full'): Reply {
  const lastModified = new Date(task.updated).toUTCString()
  const body = view === 'full' ? fullJson(task) : taskJson(task)
  return json(200, body, tagOf(task), 'Last-Modified', lastModified)
}

function tagOf(task: Task): string {
  return `"${task.updated}"`
}

/** Each task's id and version stand for its content: a twentieth of the work of hashing the text. */
function tagOfList(tasks: readonly Task[]): string {
  return tagOfNumbers(tasks.flatMap(({ id, updated }) => [id, updated]))
}

/** draft-ietf-httpapi-idempotency-key-header; any visible ASCII will do, with or without its quotes. */
function parseKey({ headers }: Call): string | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key) || key.length > limits.idempotencyKeyLength)
    throw new HttpError(
      400,
      `The Idempotency-Key must be 1 to ${limits.idempotencyKeyLength} visible ASCII characters, given once`,
    )
  return key
}

/** The versions that If-Match names (RFC 9110, section 13.1.1); undefined where any will do. */
function parseIfMatch({ headers }: Call): number[] | undefined {
  const ifMatch = headers['if-match']
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined
  // Weak tags and tags that are none of ours stay in the list as NaN: they match nothing.
  return ifMatch.split(',').map((tag) => Number(/^"(\d{1,16})"$/.exec(tag.trim())?.[1] ?? NaN))
}

/** Throws `NotFound` for what can be no id: it names no task. */
function parseId(text: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new NotFound(`no task ${text}`)
  return Number(text)
}

function parseQuery(call: Call): TaskQuery & Pick<Parameters, 'view'> {
  const allowed = ['done', 'due', 'limit', 'after', 'view']
  const { limit = limits.pageSize, ...query } = parseParameters(call, allowed)
  return { ...query, limit }
}

interface Parameters {
  done?: boolean
  due?: string
  limit?: number
  after?: number
  view?: 'full'
}

/** The query's parameters, each known and given once. Throws `HttpError` 400 and names the one that is wrong. */
function parseParameters(call: Call, allowed: readonly string[]): Parameters {
  const parameters: Parameters = {}
  if (call.search === '') return parameters
  const given = new URLSearchParams(call.search)
  for (const [name, value] of given) {
    if (!allowed.includes(name))
      throw new HttpError(400, `Unknown query parameter ${name.slice(0, 50)}; known: ${allowed.join(', ')}`)
    if (given.getAll(name).length > 1)
      throw new HttpError(400, `The query parameter ${name} is given more than once`)
    if (name === 'done') parameters.done = parseBoolean(value)
    if (name === 'due') parameters.due = parseDate(value)
    if (name === 'view') parameters.view = parseView(value)
    if (name === 'limit') parameters.limit = parseInteger(name, value, 1, limits.pageSize)
    if (name === 'after') parameters.after = parseInteger(name, value, 0, Number.MAX_SAFE_INTEGER)
  }
  return parameters
}

function parseBoolean(value: string): boolean {
  if (value !== 'true' && value !== 'false')
    throw new HttpError(400, 'The query parameter done must be true or false')
  return value === 'true'
}

function parseDate(value: string): string {
  if (!isDate(value)) throw new HttpError(400, 'The query parameter due must be a date such as 2026-12-24')
  return value
}

function parseView(value: string): 'full' {
  if (value !== 'full') throw new HttpError(400, 'The query parameter view must be full')
  return value
}

function parseInteger(name: string, value: string, least: number, most: number): number {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN
  if (!(number >= least && number <= most))
    throw new HttpError(400, `The query parameter ${name} must be an integer from ${least} to ${most}`)
  return number
}

/** A Link (RFC 8288) whose target is a query alone: so it holds wherever a proxy mounts the API. */
function nextPage({ done, due, limit }: TaskQuery, last: Task, view?: 'full'): string {
  const filters = { done, due, view, limit, after: last.id }
  const given = Object.entries(filters).filter(([, value]) => value !== undefined)
  return `<?${given.map(([name, value]) => `${name}=${value}`).join('&')}>; rel="next"`
}
