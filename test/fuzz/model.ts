import assert from 'node:assert/strict'
import type { Reply } from './pipeline.ts'
import type { Request } from './requests.ts'

interface Task {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes?: string | null
  readonly due?: string | null
  readonly list?: number | null
}

interface List {
  readonly id: number
  readonly name: string
  readonly color?: string | null
  /** Of one that is deleted: the tasks that went with it. */
  readonly gone?: readonly Task[]
}

export interface Model {
  /** The largest id so far. */
  readonly last: number
  /** Throws if the reply does not follow from the requests before it. */
  check(request: Request, reply: Reply): void
}

const statuses = new Set([200, 201, 204, 304, 400, 403, 404, 405, 409, 412, 413, 414, 415, 417, 422, 431])

/** The expected tasks of a service, from a sequence of requests and their replies. */
export function openModel(): Model {
  let last = 0
  const tasks = new Map<number, Task>()
  let order: number[] = []
  /** Tasks that were restored: the next list shows their places. */
  const unplaced = new Set<number>()
  const keys = new Set<string>()
  let imported = 0
  const lists = new Map<number, List>([[1, { id: 1, name: 'Tasks' }]])

  return {
    get last() {
      return last
    },
    check(request, reply) {
      const { status, body } = reply
      assert.ok(statuses.has(status), `status ${status}: ${body}`)
      const { method } = request
      if (status >= 400) {
        if (method !== 'HEAD' && status !== 417) assert.equal(JSON.parse(body).status, status)
        if (status === 404) checkMissing(request)
        return
      }
      const hosts = request.fields.filter(([name]) => name === 'Host').length
      assert.ok(hosts === 1 || (hosts === 0 && request.bytes.includes(' HTTP/1.0\r\n')), `${hosts} hosts`)
      if (method === 'GET') checkRead(request, reply)
      else if (method === 'POST' || method === 'PATCH' || method === 'DELETE') apply(request, reply)
    },
  }

  function checkMissing({ method, target, body }: Request) {
    const list = Number(/^\/lists\/([1-9]\d*)$/.exec(target)?.[1] ?? 0)
    assert.ok(!isThere(list), `${method} ${target} ${body} found nothing`)
    const id = /^\/tasks\/([1-9]\d*)(?:\/move)?$/.exec(target)?.[1]
    if (id !== undefined && !(target.endsWith('/move') && method !== 'POST'))
      assert.ok(!tasks.has(Number(id)), `${method} ${target} ${body} found nothing`)
  }

  function checkRead({ target }: Request, { status, body }: Reply) {
    if (status === 304) return
    const id = Number(/^\/tasks\/(\d+)$/.exec(target)?.[1])
    if (id) assert.equal(body, jsonOf(known(id)))
    if (target === '/tasks') checkList(JSON.parse(body))
    if (target === '/lists') checkLists(JSON.parse(body))
    const list = Number(/^\/tasks\?list=(\d+)$/.exec(target)?.[1])
    if (!list || imported > 0 || unplaced.size > 0) return
    const found = (JSON.parse(body) as Task[]).map((task) => task.id)
    assert.deepEqual(
      found,
      order.filter((each) => listOf(known(each)) === list),
    )
  }

  function checkLists(all: readonly List[]) {
    // Those that an import has made.
    for (const list of all) if (!lists.has(list.id)) lists.set(list.id, list)
    const ids = [...lists.keys()].filter(isThere)
    assert.deepEqual(new Set(all.map(({ id }) => id)), new Set(ids))
    for (const list of all) assert.equal(JSON.stringify(list), listJson(lists.get(list.id)!))
  }

  function isThere(list: number): boolean {
    const known = lists.get(list)
    return known !== undefined && known.gone === undefined
  }

  function checkList(list: readonly Task[]) {
    const ids = list.map(({ id }) => id)
    if (imported > 0) {
      const added = list.slice(-imported)
      for (const task of added) {
        assert.ok(task.id > last, 'an import took an id again')
        last = task.id
        add(task)
      }
      imported = 0
    }
    if (unplaced.size > 0) {
      const placed = (of: readonly number[]) => of.filter((id) => !unplaced.has(id))
      assert.deepEqual(placed(ids), placed(order))
      order = ids
      unplaced.clear()
    }
    assert.deepEqual(ids, order)
    assert.equal(tasks.size, order.length)
    for (const task of list) assert.equal(JSON.stringify(task), jsonOf(known(task.id)))
  }

  function apply({ method, target, fields, body }: Request, reply: Reply) {
    const [path = '', query = ''] = target.split('?', 2)
    const key = fields.find(([name]) => name === 'Idempotency-Key')?.[1].trim()
    if (key !== undefined) {
      if (keys.has(key)) return
      keys.add(key)
    }
    if (path === '/import') {
      imported = JSON.parse(reply.body).imported
      return
    }
    const [, kind, text = '', verb] = decodeURIComponent(path).split('/')
    const id = Number(text)
    const said = () => JSON.parse(String(body))
    if (kind === 'lists') applyToLists(method, Number(text), verb, reply.body, said)
    else if (method === 'POST' && text === '') create(JSON.parse(reply.body), said())
    else if (method === 'PATCH' && text === '') markAll(said().done, JSON.parse(reply.body).changed)
    else if (method === 'DELETE' && text === '') clearCompleted(query, JSON.parse(reply.body).deleted)
    else if (method === 'PATCH') change(id, body?.length ? said() : undefined, reply.body)
    else if (method === 'DELETE') remove(id)
    else if (verb === 'restore') restore(JSON.parse(reply.body))
    else if (verb === 'move') move(id, said(), reply.body)
    else assert.fail(`${method} ${target} succeeded`)
  }

  function applyToLists(
    method: string,
    id: number,
    verb: string | undefined,
    body: string,
    said: () => Partial<List>,
  ) {
    const list = lists.get(id)
    if (method === 'POST' && !id) {
      const made: List = JSON.parse(body)
      assert.ok(!lists.has(made.id), `list ${made.id} is there already`)
      assert.equal(made.name, said().name!.trim())
      lists.set(made.id, made)
    } else if (method === 'PATCH') {
      const { name = list!.name, color = list!.color } = said()
      const changed = { id, name: name.trim(), color: color ?? null }
      assert.ok(isThere(id))
      assert.equal(body, listJson(changed))
      lists.set(id, changed)
    } else if (method === 'DELETE') {
      assert.ok(isThere(id) && id !== 1)
      const gone = [...tasks.values()].filter((task) => task.list === id)
      lists.set(id, { ...list!, gone })
      for (const task of gone) remove(task.id)
    } else if (verb === 'restore') {
      const { gone, ...back } = list!
      assert.equal(body, listJson(back))
      lists.set(id, back)
      for (const task of gone ?? []) {
        add(task)
        unplaced.add(task.id)
      }
    } else {
      assert.equal(verb, 'move')
      assert.equal(body, listJson(list!))
    }
  }

  function create(task: Task, said: Partial<Task>) {
    assert.ok(task.id > last, `id ${task.id} after ${last}`)
    assert.equal(task.title, said.title!.trim())
    assert.equal(task.done, false)
    assert.equal(listOf(task), said.list ?? 1)
    last = task.id
    add(task)
  }

  function change(id: number, said: Partial<Task> | undefined, body: string) {
    const old = known(id)
    const changed = said === undefined ? { ...old, done: !old.done } : { ...old, ...said }
    const task = { ...changed, title: changed.title.trim() }
    assert.equal(body, jsonOf(task))
    tasks.set(id, task)
  }

  function markAll(done: boolean, changed: number) {
    let count = 0
    for (const task of tasks.values())
      if (task.done !== done) {
        tasks.set(task.id, { ...task, done })
        count++
      }
    assert.equal(changed, count)
  }

  function clearCompleted(query: string, deleted: number) {
    assert.match(query, /done=true/)
    const list = Number(/(?:^|&)list=(\d+)/.exec(query)?.[1])
    const completed = [...tasks.values()].filter((task) => task.done && (!list || listOf(task) === list))
    assert.equal(deleted, completed.length)
    for (const { id } of completed) remove(id)
  }

  function remove(id: number) {
    known(id)
    tasks.delete(id)
    unplaced.delete(id)
    order = order.filter((other) => other !== id)
  }

  function restore(task: Task) {
    const old = tasks.get(task.id)
    if (old) assert.equal(JSON.stringify(task), jsonOf(old))
    if (old) return
    assert.ok(task.id <= last)
    assert.ok(isThere(listOf(task)))
    // It does not come back with its list once more.
    for (const [id, { gone, ...list }] of lists)
      if (gone) lists.set(id, { ...list, gone: gone.filter((other) => other.id !== task.id) })
    add(task)
    unplaced.add(task.id)
  }

  function move(id: number, { before, list }: { before: number | null; list?: number | null }, body: string) {
    const task = list === undefined ? known(id) : { ...known(id), list }
    assert.equal(body, jsonOf(task))
    tasks.set(id, task)
    if (id === before) return
    order = order.filter((other) => other !== id)
    order.splice(before === null ? order.length : order.indexOf(known(before).id), 0, id)
    // Before one whose place is unknown.
    if (before !== null && unplaced.has(before)) unplaced.add(id)
    else unplaced.delete(id)
  }

  function add(task: Task) {
    tasks.set(task.id, task)
    order.push(task.id)
  }

  function known(id: number): Task {
    const task = tasks.get(id)
    assert.ok(task, `task ${id} should not be there`)
    return task
  }
}

function listOf({ list }: Task): number {
  return list ?? 1
}

function listJson({ id, name, color }: List): string {
  return JSON.stringify({ id, name, color: color ?? undefined })
}

function jsonOf(task: Task): string {
  const { id, title, done, notes, due } = task
  const list = listOf(task) === 1 ? undefined : listOf(task)
  return JSON.stringify({ id, title, done, notes: notes ?? undefined, due: due ?? undefined, list })
}
