import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Api, RequestFailed, type Task } from '../../web/src/api.ts'
import { createTasks, type Item } from '../../web/src/tasks.ts'

/** A server whose answers come when the test lets them, in any order between tasks. */
function fakeServer() {
  const stored = new Map<number, Task>()
  const pending: { settle: () => void; fail: () => void; lose: () => void }[] = []
  const made = new Map<string, Task>()
  let lastId = 0
  /** `work` runs when the request reaches the server, `fail` is one that never did, and `lose` loses the answer, where that can be. */
  const later = <T>(work: () => T, repeatable = false) =>
    new Promise<T>((resolve, reject) => {
      const settle = () => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      }
      const fail = () => reject(new RequestFailed(0, 'cut off'))
      const lose = () => {
        if (repeatable) work()
        fail()
      }
      pending.push({ settle, fail, lose })
    })
  const find = (id: number) => {
    const task = stored.get(id)
    if (!task) throw new RequestFailed(404, 'Task not found.')
    return task
  }
  const put = (task: Task) => {
    stored.set(task.id, task)
    return task
  }
  const api: Api = {
    list: () => later(() => [...stored.values()]),
    create: (title, key) =>
      later(() => {
        const task = made.get(key) ?? put({ id: ++lastId, title, done: false })
        assert.equal(task.title, title)
        made.set(key, task)
        return task
      }, true),
    change: (id, change) => later(() => put({ ...find(id), ...change })),
    remove: (id) => later(() => void stored.delete(find(id).id)),
    markAll: (done) =>
      later(() => {
        for (const task of [...stored.values()]) put({ ...task, done })
      }),
    removeCompleted: () =>
      later(() => {
        for (const { id, done } of [...stored.values()]) if (done) stored.delete(id)
      }),
  }
  return { api, stored, pending }
}

/** Park and Miller's generator: the same numbers for the same seed. */
function generator(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('whatever is done, cut off and tried again in whatever order, the server ends with what the page shows', async () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = generator(seed)
    const server = fakeServer()
    const tasks = createTasks(
      server.api,
      () => {},
      () => {},
    )
    const pick = () => tasks.items().filter((item) => item.wanted !== null)[random(5)]
    for (let step = 0; step < 60; step++) {
      const item = pick()
      const action = random(10)
      if (action < 2) tasks.add(`Task ${seed}.${step}`)
      else if (action < 4 && item) tasks.change(item, { done: !item.wanted!.done })
      else if (action === 4 && item) tasks.change(item, { title: `Renamed ${seed}.${step}` })
      else if (action === 5 && item) tasks.remove(item)
      else if (action === 6) tasks.markAll(random(2) === 0)
      else if (action === 7) tasks.clearCompleted()
      else if (server.pending.length > 0) {
        const [request] = server.pending.splice(random(server.pending.length), 1)
        const fate = random(6)
        if (fate === 0) request!.fail()
        else if (fate === 1) request!.lose()
        else request!.settle()
        await turn()
      }
    }
    for (let rounds = 0; rounds < 1_000; rounds++) {
      const failed = tasks.items().filter((item) => item.failure !== undefined)
      for (const item of failed) tasks.retry(item)
      await turn()
      if (server.pending.length === 0 && failed.length === 0) break
      for (const request of server.pending.splice(0)) request.settle()
      await turn()
    }
    const shown = tasks.items().map(({ id, wanted }) => ({ id, ...wanted }))
    assert.deepEqual(
      shown.toSorted((a, b) => a.id! - b.id!),
      [...server.stored.values()],
      `seed ${seed}`,
    )
  }
})

test('a list read while a change was under way does not undo the change', async () => {
  const server = fakeServer()
  const tasks = createTasks(
    server.api,
    () => {},
    () => {},
  )
  server.stored.set(1, { id: 1, title: 'One', done: false })
  const loaded = tasks.load()
  server.pending.shift()!.settle()
  await loaded
  const one = tasks.items()[0] as Item
  const reloaded = tasks.load()
  const [read] = server.pending.splice(0)
  read!.settle()
  tasks.change(one, { done: true })
  await reloaded
  assert.equal(one.wanted?.done, true)
  server.pending.shift()!.settle()
  await turn()
  assert.equal(server.stored.get(1)?.done, true)
})
