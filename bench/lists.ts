/**
 * `node bench/lists.ts [ROUNDS]`: 100,000 tasks in 1,000 lists beside as many in one, and 10,000 repeating tasks completed beside as
 * many plain ones. Prints the median milliseconds of each round, of ours and of the base, a line of JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../src/storage/sqlite/schema/open.ts'
import { type Server, startServer } from './measure.ts'

export interface Compared {
  readonly what: string
  readonly aim: string
  readonly ms: number[]
  readonly base: number[]
}

const rounds = Number(process.argv[2] ?? 5)
const tasks = 100_000
const lists = 1_000
const repeating = 10_000
const requests = 100
const inMany = '100,000 tasks in 1,000 lists'
const home = mkdtempSync(join(tmpdir(), 'taskapp-bench-lists-'))
try {
  console.log(JSON.stringify([...(await inLists()), ...(await completed())]))
} finally {
  rmSync(home, { recursive: true })
}

async function inLists(): Promise<Compared[]> {
  const [flat, many] = [await start('flat', tasks, ''), await start('many', tasks, 'list')]
  let turn = 0
  const at = (of: number) => ((turn++ * 7_919) % of) + 1
  const title = (list?: number) => JSON.stringify({ title: 'Task of the bench', ...(list && { list }) })
  const page = '/tasks?limit=100'
  const id = () => at(tasks)
  type Request = readonly [method: string, path: string, body?: string]
  const operations: readonly [what: string, ofMany: () => Request, ofFlat: () => Request][] = [
    [
      'GET a page of a list, to one of all with one list',
      () => ['GET', `${page}&list=${at(lists)}`],
      () => ['GET', `${page}&after=${id()}`],
    ],
    ['GET a page of all, to that with one list', ...both(() => ['GET', `${page}&after=${id()}`])],
    [
      'search in a list, to that of all with one list',
      () => ['GET', `${page}&q=number+${id()}&list=${at(lists)}`],
      () => ['GET', `${page}&q=number+${id()}`],
    ],
    [
      'POST a task, to that with one list',
      () => ['POST', '/tasks', title(1 + at(lists - 1))],
      () => ['POST', '/tasks', title()],
    ],
    ['PATCH toggle, to that with one list', ...both(() => ['PATCH', `/tasks/${id()}`])],
    ['move, to that with one list', ...both(() => ['POST', `/tasks/${id()}/move`, `{"before":${id()}}`])],
    [
      'PATCH to another list, to that of notes with one list',
      () => ['PATCH', `/tasks/${id()}`, `{"list":${at(lists)}}`],
      () => ['PATCH', `/tasks/${id()}`, `{"notes":"${id()}"}`],
    ],
  ]
  function both(request: () => Request): [() => Request, () => Request] {
    return [request, request]
  }
  // The first search builds the index.
  for (const server of [flat, many]) await ask(server, 'GET', `${page}&q=number`)
  const figures = operations.map(([what]) => compared(`${inMany}: ${what}`, '≤ 1.50'))
  for (let round = 0; round < rounds; round++)
    for (const [index, [, ofMany, ofFlat]] of operations.entries()) {
      figures[index]!.base.push(await median(flat, ofFlat))
      figures[index]!.ms.push(await median(many, ofMany))
    }
  const removed = compared(`${inMany}: DELETE a task, to that with one list`, '≤ 1.50')
  for (let round = 0; round < rounds; round++) {
    let next = round * requests
    const one = (): Request => ['DELETE', `/tasks/${++next}`]
    removed.base.push(await median(flat, one))
    next = round * requests
    removed.ms.push(await median(many, one))
  }
  await Promise.all([flat.stop(), many.stop()])
  return [...figures, removed]

  async function median(server: Server, request: () => Request): Promise<number> {
    const times: number[] = []
    for (let n = 0; n < requests; n++) times.push(await ask(server, ...request()))
    return times.sort((a, b) => a - b)[times.length >> 1]!
  }
}

async function completed(): Promise<Compared[]> {
  const single = compared('10,000 repeating tasks completed one after the other, each, to plain ones', '–')
  const bulk = compared('10,000 repeating tasks completed by one PATCH /tasks, to plain ones', '–')
  for (let round = 0; round < rounds; round++)
    for (const kind of ['repeat', ''] as const) {
      const key = kind === '' ? 'base' : 'ms'
      const one = await start(`single-${round}-${kind}`, repeating, kind)
      const began = performance.now()
      for (let id = 1; id <= repeating; id++) await ask(one, 'PATCH', `/tasks/${id}`, '{"done":true}')
      single[key].push((performance.now() - began) / repeating)
      await one.stop()
      const all = await start(`bulk-${round}-${kind}`, repeating, kind)
      bulk[key].push(await ask(all, 'PATCH', '/tasks', `{"ids":[[1,${repeating}]],"done":true}`))
      await all.stop()
    }
  return [single, bulk]
}

function compared(what: string, aim: string): Compared {
  return { what, aim, ms: [], base: [] }
}

/** With that many tasks, spread over the lists, or all repeating. */
async function start(name: string, count: number, kind: 'list' | 'repeat' | ''): Promise<Server> {
  const file = join(home, `${name}.db`)
  const db = openDatabase(file)
  db.exec('begin')
  if (kind === 'list') {
    const insert = db.prepare('insert into lists (id, name, version, rank) values (?, ?, 1, ?)')
    for (let id = 2; id <= lists; id++) insert.run(id, `List ${id}`, id)
  }
  const insert = db.prepare(
    'insert into tasks (title, created, updated, list, due, repeat) values (?, 1, 1, ?, ?, ?)',
  )
  for (let id = 1; id <= count; id++) {
    const list = kind === 'list' && id % lists > 0 ? (id % lists) + 1 : null
    const [due, repeat] = kind === 'repeat' ? ['2026-12-24', 'FREQ=WEEKLY'] : [null, null]
    insert.run(`Task number ${id} of many`, list, due, repeat)
  }
  db.exec('commit; pragma wal_checkpoint(truncate)')
  db.close()
  return startServer('taskapp', { tasks: 0, databaseUrl: `sqlite:///${file}` })
}

/** Milliseconds until the response was complete. */
async function ask({ url }: Server, method: string, path: string, body?: string): Promise<number> {
  const began = performance.now()
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(url + path, { method, ...(body && { headers, body }) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
  return performance.now() - began
}
