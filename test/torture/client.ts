import assert from 'node:assert/strict'
import type { Random } from '../helpers/random.ts'
import { type Operation, type Own, openChooser } from './operations.ts'

/** A task in a list. */
export interface Listed {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes?: string | null
  readonly due?: string | null
  readonly repeat?: string | null
}

interface Import {
  readonly name: string
  readonly size: number
  answered: boolean
}

/** Sent until it is acknowledged. */
type Pending = { readonly operation: Operation; readonly key: string } | { readonly import: Import }

export interface TortureClient {
  /** Sends one write after another until the connection breaks, first the one that was not acknowledged. */
  work(url: string): Promise<void>
  /** Throws unless this client's tasks are as acknowledged; an unacknowledged write may be done or not. */
  check(all: readonly Listed[]): void
  readonly figures: {
    acknowledged: number
    repeated: number
    imported: number
    completed: number
    reopened: number
  }
}

/**
 * One of many concurrent writers. It changes only its own tasks and knows the expected state of each, and their order,
 * since nobody else moves them.
 */
export function openClient(client: number, random: Random, imports: boolean): TortureClient {
  const name = `c${client}`
  const choose = openChooser(client, random)
  const tasks: Own[] = []
  let imported: Import[] = []
  let pending: Pending | undefined
  let number = 0
  const figures = { acknowledged: 0, repeated: 0, imported: 0, completed: 0, reopened: 0 }

  return {
    figures,
    async work(url) {
      if (pending && 'key' in pending) figures.repeated++
      for (;;) {
        if (!(await readNext(url))) return
        pending ??= next()
        const times = ('operation' in pending && pending.operation.unkeyed) || 1
        const sent = await Promise.all(Array.from({ length: times }, () => send(url, pending!)))
        if (!sent.includes(true)) return
        // As if the response was lost: a repeat gets the same and changes nothing.
        if ('key' in pending && random.once(16) && !(await send(url, pending))) return
        if ('operation' in pending) {
          const { operation } = pending
          operation.apply(tasks)
          figures.completed += operation.completes ?? 0
          figures.reopened += operation.reopens ?? 0
        }
        pending = undefined
        figures.acknowledged++
        if (sent.includes(false)) return
      }
    },
    check(all) {
      const own = all.filter(({ title }) => title.startsWith(`${name} `))
      for (const title of new Set(tasks.filter(({ repeat }) => repeat !== null).map((task) => task.title))) {
        const open = own.filter((task) => task.title === title && !task.done).length
        assert.equal(open, 1, `of the tasks that repeat as ${title} ${open} are open`)
      }
      const expected = [visible(tasks)]
      if (pending && 'operation' in pending) {
        const after = structuredClone(tasks)
        pending.operation.apply(after)
        expected.push(visible(after))
      }
      const found = own.map(shown)
      if (!expected.some((one) => same(one, found))) assert.deepEqual(found, expected[0])
      for (const one of imported) {
        const there = all.filter(({ title }) => title.startsWith(`${one.name} `)).length
        if (there !== one.size) assert.ok(!one.answered && there === 0, `${there} of ${one.size} imported`)
      }
      imported = imported.filter(({ answered }) => answered)
      if (pending && 'import' in pending) pending = undefined
    },
  }

  /** Whether there was a response. */
  async function send(url: string, sent: Pending): Promise<boolean> {
    const { method, path, json } =
      'import' in sent
        ? { method: 'POST', path: '/import', json: titles(sent.import).map((title) => ({ title })) }
        : sent.operation
    const hasKey = 'key' in sent && sent.operation.unkeyed === undefined
    const text = await ask(url + path, {
      method,
      headers: {
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...(hasKey && { 'Idempotency-Key': sent.key }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    })
    if (text === undefined) return false
    if ('import' in sent) {
      assert.deepEqual(JSON.parse(text), { imported: sent.import.size })
      sent.import.answered = true
      figures.imported += sent.import.size
    } else if (text !== '') {
      sent.operation.answered?.(JSON.parse(text))
    }
    return true
  }

  /** Reads the ids of next tasks, each the only one on its day. Whether there was a response. */
  async function readNext(url: string): Promise<boolean> {
    for (const task of tasks) {
      if (task.id !== 0) continue
      const text = await ask(`${url}/tasks?view=full&due=${task.due}..${task.due}`)
      if (text === undefined) return false
      const found: readonly Listed[] = JSON.parse(text)
      assert.deepEqual(found.map(shown), visible([task]))
      task.id = found[0]!.id
    }
    return true
  }

  function next(): Pending {
    number++
    if (imports && random.once(30)) {
      const one = { name: `${name}i${number}`, size: 300 + random.below(500), answered: false }
      imported.push(one)
      return { import: one }
    }
    const key = `${name}-${number}`
    return { operation: choose(tasks, key), key }
  }
}

/** The response's body; undefined if the connection broke. */
async function ask(url: string, options?: RequestInit): Promise<string | undefined> {
  let status: number
  let text: string
  try {
    const response = await fetch(url, options)
    status = response.status
    text = await response.text()
  } catch {
    return undefined
  }
  assert.ok(status >= 200 && status < 300, `${options?.method} ${url}: ${status} ${text}`)
  return text
}

function titles({ name, size }: Import): string[] {
  return Array.from({ length: size }, (_, index) => `${name} ${index}`)
}

function visible(tasks: readonly Own[]) {
  return tasks.filter(({ deleted }) => !deleted).map(shown)
}

function shown({ title, done, notes = null, due = null, repeat = null }: Omit<Listed, 'id'>) {
  return { title, done, notes, due, repeat }
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
