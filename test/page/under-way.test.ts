import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Api, Task } from '../../web/src/api.ts'
import { createTasks } from '../../web/src/tasks.ts'

type Call = [name: string, ...args: unknown[]]

describe('The list of tasks, without a page', () => {
  test('asks for nothing when the intent is back to what the server has', async () => {
    const { tasks, calls } = await listOf('One')
    const [one] = tasks.items()
    tasks.change(one!, { done: true })
    tasks.change(one!, { done: false })
    assert.equal(calls.length, 1)
    calls[0]!.answer({ id: 1, title: 'One', done: true })
    await settled()
    assert.deepEqual(calls.at(-1)!.call, ['change', 1, { done: false }])
    calls.at(-1)!.answer({ id: 1, title: 'One', done: false })
    await settled()
    assert.equal(calls.length, 2)
    assert.equal(one!.wanted!.done, false)
  })

  test('sends an edit made while the task is being created only after its creation', async () => {
    const { tasks, calls } = await listOf()
    const item = tasks.add('One')
    tasks.change(item, { done: true })
    await settled()
    assert.deepEqual(names(calls), ['create'])
    calls[0]!.answer({ id: 7, title: 'One', done: false })
    await settled()
    assert.deepEqual(calls.at(-1)!.call, ['change', 7, { done: true }])
  })

  test('deletes a task that was given up while it was being created', async () => {
    const { tasks, calls } = await listOf()
    const item = tasks.add('One')
    await settled()
    tasks.remove(item)
    calls[0]!.answer({ id: 7, title: 'One', done: false })
    await settled()
    assert.deepEqual(calls.at(-1)!.call, ['remove', 7])
  })

  test('shows a task once when the list is read while it is being created', async () => {
    const { tasks, calls } = await listOf()
    tasks.add('One')
    await settled()
    const reading = tasks.load()
    // The server has committed the task; the list that says so is quicker than the answer to the creation.
    last(calls, 'list').answer([{ id: 7, title: 'One', done: false }])
    await reading
    last(calls, 'create').answer({ id: 7, title: 'One', done: false })
    await settled()
    for (const call of calls) if (call.call[0] === 'list') call.answer([{ id: 7, title: 'One', done: false }])
    await settled()
    assert.deepEqual(
      tasks.items().map((item) => item.id),
      [7],
    )
  })

  test('creates tasks in the order they were added in', async () => {
    const { tasks, calls } = await listOf()
    tasks.add('First')
    tasks.add('Second')
    await settled()
    assert.deepEqual(
      calls.map(({ call }) => call.slice(0, 2)),
      [['create', 'First']],
    )
    calls[0]!.answer({ id: 1, title: 'First', done: false })
    await settled()
    assert.deepEqual(calls.at(-1)!.call.slice(0, 2), ['create', 'Second'])
    const [first, second] = calls.map(({ call }) => call[2])
    assert.match(String(first), /^[\da-f]{32}$/)
    assert.notEqual(first, second)
  })

  test('keeps what was changed while a request for all was under way, also when that fails', async () => {
    const { tasks, calls } = await listOf('One', 'Two')
    const [one] = tasks.items()
    tasks.markAll(true)
    tasks.change(one!, { title: 'Uno' })
    last(calls, 'markAll').fail(503)
    await settled()
    assert.equal(one!.wanted!.title, 'Uno')
    assert.deepEqual(tasks.items()[1]!.wanted, { title: 'Two', done: false })
  })

  test('does not take a list that was read before a deletion for the truth', async () => {
    const { tasks, calls } = await listOf('One')
    const reading = tasks.load()
    const stale = last(calls, 'list')
    tasks.remove(tasks.items()[0]!)
    last(calls, 'remove').answer(undefined)
    await settled()
    stale.answer([{ id: 1, title: 'One', done: false }])
    await reading
    assert.deepEqual(tasks.items(), [])
  })

  test('clears no task that was reopened while requests for all were waiting', async () => {
    const { tasks, calls } = await listOf('Slow', 'x Keep')
    const [slow, keep] = tasks.items()
    tasks.change(slow!, { title: 'Slower' })
    tasks.markAll(true)
    tasks.change(keep!, { done: false })
    tasks.clearCompleted()
    last(calls, 'change').answer({ id: 1, title: 'Slower', done: false })
    await settled()
    for (let next = 1; next < calls.length; next++) {
      assert.notEqual(calls[next]!.call[0], 'removeCompleted', 'the server still has it as completed')
      assert.notDeepEqual(calls[next]!.call, ['remove', 2])
      const [name, id] = calls[next]!.call
      calls[next]!.answer(
        name === 'change' ? { ...tasks.items().find((item) => item.id === id)?.wanted, id } : {},
      )
      await settled()
    }
    assert.deepEqual(tasks.items(), [keep])
  })

  test('clears no task whose reopening failed while the clearing was waiting', async () => {
    const { tasks, calls } = await listOf('x Keep', 'x Clear')
    const [keep] = tasks.items()
    tasks.change(keep!, { done: false })
    tasks.clearCompleted()
    last(calls, 'change').fail(503)
    await settled()
    assert.ok(!names(calls).includes('removeCompleted'))
    assert.deepEqual(last(calls, 'remove').call, ['remove', 2])
    assert.equal(keep!.failure, 'No.')
  })

  test('never creates a task anew because an edit outlived it', async () => {
    const { tasks, calls } = await listOf('One')
    const [one] = tasks.items()
    const reading = tasks.load()
    last(calls, 'list').answer([])
    await reading
    tasks.change(one!, { title: 'Uno' })
    await settled()
    assert.ok(!names(calls).includes('create'))
  })

  test('does not create a deleted task anew when its row is still edited', async () => {
    const { tasks, calls } = await listOf('One')
    const [one] = tasks.items()
    tasks.remove(one!)
    last(calls, 'remove').answer(undefined)
    await settled()
    tasks.change(one!, { title: 'Uno' })
    await settled()
    assert.ok(!names(calls).includes('create'))
  })
})

/** The list after its first read, with every request held until the test answers it. */
async function listOf(...titles: string[]) {
  const calls: {
    call: Call
    answer(value: unknown): void
    fail(status: number): void
  }[] = []
  const hold =
    (name: string) =>
    (...args: unknown[]) =>
      new Promise<never>((resolve, reject) => {
        calls.push({
          call: [name, ...args],
          answer: (value) => resolve(value as never),
          fail: (status) => reject(Object.assign(new Error('No.'), { status })),
        })
      })
  const api: Api = {
    list: hold('list'),
    create: hold('create'),
    change: hold('change'),
    remove: hold('remove'),
    markAll: hold('markAll'),
    removeCompleted: hold('removeCompleted'),
  }
  const tasks = createTasks(
    api,
    () => {},
    () => {},
  )
  const reading = tasks.load()
  calls[0]!.answer(titles.map((title, index) => task(index + 1, title)))
  await reading
  calls.length = 0
  return { tasks, calls }
}

/** Titles that start with "x " are completed. */
function task(id: number, title: string): Task {
  return { id, title: title.replace(/^x /, ''), done: title.startsWith('x ') }
}

function last<T extends { call: Call }>(calls: T[], name: string): T {
  return calls.findLast(({ call }) => call[0] === name)!
}

function names(calls: { call: Call }[]) {
  return calls.map(({ call }) => call[0])
}

/** Lets everything run that waits for no answer. */
function settled() {
  return new Promise((resolve) => setImmediate(resolve))
}
