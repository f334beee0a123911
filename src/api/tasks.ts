import { readJson } from '../http/body.ts'
import { tagOfNumbers } from '../http/etag.ts'
import { type Call, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { limits } from '../limits.ts'
import { NotFound } from '../tasks/errors.ts'
import type { TaskQuery, TaskStore } from '../tasks/store.ts'
import { parseMark, parseNewTask, parseTaskChange, type Task, type TaskChange } from '../tasks/task.ts'

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
    const query = parseQuery(call)
    // One more than asked for tells whether there is a next page.
    const tasks = await store.list({ ...query, limit: query.limit + 1 })
    const more = tasks.length > query.limit
    if (more) tasks.pop()
    const body = `[${tasks.map(taskJson).join(',')}]`
    const link = more ? ['Link', nextPage(query, tasks.at(-1)!)] : []
    return json(200, body, tagOfList(tasks), ...link)
  }

  async function create(call: Call): Promise<Reply> {
    const task = await store.create(parseNewTask(await readJson(call, 'application/json')))
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

  async function show(_call: Call, id: string): Promise<Reply> {
    const task = await store.find(parseId(id))
    if (!task) throw new NotFound(`no task ${id}`)
    return taskReply(task)
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
export function taskJson({ id, title, done }: Task): string {
  return `{"id":${id},"title":${JSON.stringify(title)},"done":${done}}`
}

function taskReply(task: Task): Reply {
  const lastModified = new Date(task.updated).toUTCString()
  return json(200, taskJson(task), tagOf(task), 'Last-Modified', lastModified)
}

function tagOf(task: Task): string {
  return `"${task.updated}"`
}

/** Each task's id and version stand for its content: a twentieth of the work of hashing the text. */
function tagOfList(tasks: readonly Task[]): string {
  return tagOfNumbers(tasks.flatMap(({ id, updated }) => [id, updated]))
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

function parseQuery(call: Call): TaskQuery {
  const { limit = limits.pageSize, ...query } = parseParameters(call, ['done', 'limit', 'after'])
  return { ...query, limit }
}

interface Parameters {
  done?: boolean
  limit?: number
  after?: number
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

function parseInteger(name: string, value: string, least: number, most: number): number {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN
  if (!(number >= least && number <= most))
    throw new HttpError(400, `The query parameter ${name} must be an integer from ${least} to ${most}`)
  return number
}

/** A Link (RFC 8288) whose target is a query alone: so it holds wherever a proxy mounts the API. */
function nextPage({ done, limit }: TaskQuery, last: Task): string {
  const filter = done === undefined ? '' : `done=${done}&`
  return `<?${filter}limit=${limit}&after=${last.id}>; rel="next"`
}
