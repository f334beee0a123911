import assert from 'node:assert/strict'
import type { Random } from '../helpers/random.ts'

/** A task as the list shows it. */
export interface Listed {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes?: string | null
}

type Own = { id: number; title: string; done: boolean; notes: string | null; deleted: boolean }

interface Operation {
  readonly method: string
  readonly path: string
  readonly json?: unknown
  /** What it does to the tasks of this client, which are in the user's order. */
  apply(tasks: Own[]): void
  /** Takes the body of the answer. */
  answered?(body: Listed): void
}

interface Import {
  readonly name: string
  readonly size: number
  answered: boolean
}

/** What is sent until it is answered. */
type Pending = { readonly operation: Operation; readonly key: string } | { readonly import: Import }

export interface TortureClient {
  /** Writes one thing after another until the connection breaks. What was not answered is sent again first. */
  work(url: string): Promise<void>
  /** Throws unless the tasks of this client are as acknowledged; what was not answered may be done or not. */
  check(all: readonly Listed[]): void
  readonly figures: { acknowledged: number; repeated: number; imported: number }
}

/**
 * One of many that write at the same time. It changes its own tasks alone and knows how each must be; the last word
 * about their order, too, for nobody else moves them.
 */
export function openClient(name: string, random: Random, imports: boolean): TortureClient {
  const tasks: Own[] = []
  let imported: Import[] = []
  let pending: Pending | undefined
  let number = 0
  const figures = { acknowledged: 0, repeated: 0, imported: 0 }

  return {
    figures,
    async work(url) {
      if (pending && 'key' in pending) figures.repeated++
      for (;;) {
        pending ??= next()
        if (!(await send(url, pending))) return
        // The answer may be lost on its way back: a repeat is answered the same and changes nothing.
        if ('key' in pending && random.once(16) && !(await send(url, pending))) return
        if ('operation' in pending) pending.operation.apply(tasks)
        pending = undefined
        figures.acknowledged++
      }
    },
    check(all) {
      const own = all.filter(({ title }) => title.startsWith(`${name} `))
      const expected = [visible(tasks)]
      if (pending && 'operation' in pending) {
        const after = structuredClone(tasks)
        pending.operation.apply(after)
        expected.push(visible(after))
      }
      const found = own.map(({ title, done, notes = null }) => ({ title, done, notes }))
      if (!expected.some((one) => same(one, found))) assert.deepEqual(found, expected[0])
      for (const one of imported) {
        const there = all.filter(({ title }) => title.startsWith(`${one.name} `)).length
        if (there !== one.size) assert.ok(!one.answered && there === 0, `${there} of ${one.size} imported`)
      }
      imported = imported.filter(({ answered }) => answered)
      if (pending && 'import' in pending) pending = undefined
    },
  }

  /** Whether it was answered. */
  async function send(url: string, sent: Pending): Promise<boolean> {
    const { method, path, json } =
      'import' in sent
        ? { method: 'POST', path: '/import', json: titles(sent.import).map((title) => ({ title })) }
        : sent.operation
    let status: number
    let text: string
    try {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
          ...('key' in sent && { 'Idempotency-Key': sent.key }),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      })
      status = response.status
      text = await response.text()
    } catch {
      return false
    }
    assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${text}`)
    if ('import' in sent) {
      assert.deepEqual(JSON.parse(text), { imported: sent.import.size })
      sent.import.answered = true
      figures.imported += sent.import.size
    } else if (text !== '') {
      sent.operation.answered?.(JSON.parse(text))
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
    return { operation: choose(), key: `${name}-${number}` }
  }

  function choose(): Operation {
    const live = tasks.filter(({ deleted }) => !deleted)
    const gone = tasks.filter(({ deleted }) => deleted)
    const kind = random.below(10)
    if (live.length === 0 || (kind < 3 && live.length < 40)) return create()
    const { id, title, done } = random.pick(live)
    const of = (list: Own[]) => list.find((task) => task.id === id)!
    if (kind < 5) {
      return {
        method: 'PATCH',
        path: `/tasks/${id}`,
        apply: (list) => {
          of(list).done = !done
        },
        answered: (body) => assert.deepEqual([body.title, body.done], [title, !done]),
      }
    }
    if (kind < 7) {
      const notes = `as of ${number}`
      return {
        method: 'PATCH',
        path: `/tasks/${id}`,
        json: { notes },
        apply: (list) => {
          of(list).notes = notes
        },
      }
    }
    if (kind < 8) {
      const before = random.once(4) ? null : random.pick(live).id
      return {
        method: 'POST',
        path: `/tasks/${id}/move`,
        json: { before },
        apply: (list) => {
          if (before === id) return
          const [task] = list.splice(list.indexOf(of(list)), 1)
          const at = before === null ? list.length : list.findIndex((other) => other.id === before)
          list.splice(at, 0, task!)
        },
      }
    }
    if (kind < 9 || gone.length === 0) {
      return {
        method: 'DELETE',
        path: `/tasks/${id}`,
        apply: (list) => {
          of(list).deleted = true
        },
      }
    }
    const back = random.pick(gone).id
    return {
      method: 'POST',
      path: `/tasks/${back}/restore`,
      apply: (list) => {
        list.find((task) => task.id === back)!.deleted = false
      },
    }
  }

  function create(): Operation {
    const title = `${name} ${number}`
    let id = 0
    return {
      method: 'POST',
      path: '/tasks',
      json: { title },
      apply: (list) => {
        list.push({ id, title, done: false, notes: null, deleted: false })
      },
      answered: (body) => {
        assert.ok(id === 0 || id === body.id, `${title} was made as ${id} and as ${body.id}`)
        id = body.id
      },
    }
  }
}

function titles({ name, size }: Import): string[] {
  return Array.from({ length: size }, (_, index) => `${name} ${index}`)
}

function visible(tasks: readonly Own[]): Omit<Own, 'id' | 'deleted'>[] {
  return tasks.filter(({ deleted }) => !deleted).map(({ title, done, notes }) => ({ title, done, notes }))
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
