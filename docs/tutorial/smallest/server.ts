/** The service in its first hundred lines: `node docs/tutorial/smallest/server.ts`. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

export interface Task {
  readonly id: number
  readonly title: string
  readonly done: boolean
}

/** Where tasks are kept. What finds none returns undefined. */
export interface Store {
  list(): Task[]
  create(title: string): Task
  toggle(id: number): Task | undefined
  remove(id: number): Task | undefined
}

export function openStore(db: DatabaseSync): Store {
  db.exec(`create table if not exists tasks (
    id integer primary key autoincrement, title text not null, done integer not null default 0)`)
  const select = db.prepare('select id, title, done from tasks order by id')
  const insert = db.prepare('insert into tasks (title) values (?) returning id, title, done')
  const update = db.prepare('update tasks set done = not done where id = ? returning id, title, done')
  const remove = db.prepare('delete from tasks where id = ? returning id, title, done')
  return {
    list: () => select.all().map(toTask),
    create: (title) => toTask(insert.get(title)!),
    toggle: (id) => maybe(update.get(id)),
    remove: (id) => maybe(remove.get(id)),
  }
}

type Row = ReturnType<ReturnType<DatabaseSync['prepare']>['all']>[number]
const toTask = ({ id, title, done }: Row): Task => ({
  id: Number(id),
  title: String(title),
  done: done === 1,
})
const maybe = (row: Row | undefined) => row && toTask(row)

/** What a handler returns. One place makes a response of it. */
type Reply = readonly [status: number, body?: unknown]
type Route = readonly [method: string, path: RegExp, handler: (id: number, body: unknown) => Reply]

export function routesOf(store: Store): Route[] {
  const found = (task: Task | undefined, status = 200): Reply =>
    task ? [status, status === 204 ? undefined : task] : problem(404, 'Task not found')
  return [
    ['GET', /^\/healthz$/, () => [200, { status: 'ok' }]],
    ['GET', /^\/tasks$/, () => [200, store.list()]],
    ['POST', /^\/tasks$/, (_, body) => create(store, body)],
    ['PATCH', /^\/tasks\/(\d{1,15})$/, (id) => found(store.toggle(id))],
    ['DELETE', /^\/tasks\/(\d{1,15})$/, (id) => found(store.remove(id), 204)],
  ]
}

function create(store: Store, body: unknown): Reply {
  const title = body instanceof Object && 'title' in body ? body.title : undefined
  const length = typeof title === 'string' ? [...title.trim()].length : 0
  if (length < 1 || length > 200) return problem(422, 'title: expected 1 to 200 characters')
  return [201, store.create(String(title).trim())]
}

const problem = (status: number, detail: string): Reply => [status, { status, detail }]

export function serve(store: Store): Server {
  const routes = routesOf(store)
  return createServer(async (req, res) => {
    const [status, body] = await answer(routes, req).catch(() => problem(500, 'Internal error'))
    if (body === undefined) res.writeHead(status).end()
    else res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
}

async function answer(routes: readonly Route[], req: IncomingMessage): Promise<Reply> {
  const path = req.url!.split('?', 1)[0]!
  const there = routes.filter(([, pattern]) => pattern.test(path))
  if (there.length === 0) return problem(404, 'Not found')
  const [, pattern, handler] = there.find(([method]) => method === req.method) ?? []
  if (!handler) return problem(405, `Possible: ${there.map(([method]) => method).join(', ')}`)
  let text = ''
  for await (const chunk of req.setEncoding('utf8')) text += chunk
  try {
    return handler(Number(pattern!.exec(path)![1]), text === '' ? undefined : JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return problem(400, 'The body is no JSON')
    throw error
  }
}

if (import.meta.main) {
  const port = Number(process.env['PORT'] ?? 8000)
  const store = openStore(new DatabaseSync('smallest.db'))
  serve(store).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
}
