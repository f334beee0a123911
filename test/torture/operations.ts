import assert from 'node:assert/strict'
import { following } from '../../src/tasks/repeat.ts'
import type { Random } from '../helpers/random.ts'
import type { Listed } from './client.ts'

/** A task as its client expects it. */
export interface Own {
  /** 0 for a next task until it is read. */
  id: number
  readonly title: string
  done: boolean
  notes: string | null
  readonly due: string | null
  readonly repeat: string | null
  deleted: boolean
  /** Changed since it was created, so that it stays when the task before it is reopened. */
  touched: boolean
  next: Own | undefined
}

export interface Operation {
  readonly method: string
  readonly path: string
  readonly json?: unknown
  /** The number of concurrent requests, without a key: the write is idempotent. */
  readonly unkeyed?: number
  /** How many repeating tasks it completes or reopens. */
  readonly completes?: number
  readonly reopens?: number
  /** Its effect on the client's tasks, which are in the user's order. */
  apply(tasks: Own[]): void
  /** Called with the response's body. */
  answered?(body: Listed): void
}

const mostPlain = 40
const mostSeries = 20
const rules = ['FREQ=DAILY', 'FREQ=WEEKLY', 'FREQ=MONTHLY']

/**
 * Chooses a client's next write, which is sent with `key`. In a series of repeating tasks exactly one is open at any time:
 * the client completes that one, or reopens the one before it.
 */
export function openChooser(
  client: number,
  random: Random,
): (tasks: readonly Own[], key: string) => Operation {
  let marked: { readonly key: string; readonly ids: readonly number[] } | undefined
  let series = 0

  return (tasks, key) => {
    const last = marked
    marked = undefined
    if (last && random.once(2)) return undo(last)
    return random.below(16) < 7 ? repeating(tasks, key) : plain(tasks, key)
  }

  function plain(tasks: readonly Own[], key: string): Operation {
    const live = tasks.filter(({ deleted }) => !deleted)
    const gone = tasks.filter(({ deleted }) => deleted)
    const ones = live.filter(({ repeat }) => repeat === null)
    const kind = random.below(10)
    if (ones.length === 0 || (kind < 3 && ones.length < mostPlain)) return create(titleOf(key))
    const one = random.pick(ones)
    if (kind < 5) return toggle(one, (task) => Object.assign(task, { done: !one.done }))
    const any = random.pick(live)
    if (kind < 7) return note(any.id, `as of ${key}`)
    if (kind < 8) return move(any.id, random.once(4) ? null : random.pick(live).id)
    if (kind < 9 || gone.length === 0) return remove(one.id)
    return restore(random.pick(gone).id)
  }

  function repeating(tasks: readonly Own[], key: string): Operation {
    const there = tasks.filter(({ repeat, deleted }) => repeat !== null && !deleted)
    const open = there.filter(({ done }) => !done)
    if (open.length === 0 || (open.length < mostSeries && random.once(5))) return begin(titleOf(key))
    const current = random.pick(open)
    const before = there.find(({ next }) => next === current)
    const kind = random.below(10)
    if (kind < 4 && before && !current.touched) return reopen(before)
    if (kind < 5) return note(current.id, `as of ${key}`)
    if (kind < 6) {
      const ids = open.map(({ id }) => id).filter(() => random.once(4))
      if (ids.length === 0) ids.push(current.id)
      marked = { key, ids }
      return completeAll(ids)
    }
    const past = there.filter(({ next }) => next?.done)
    if (kind < 7 && past.length > 0) return remove(random.pick(past).id)
    return complete(current)
  }

  /** Each series has its own days, by which its next task is found. */
  function begin(title: string): Operation {
    const day = 100_000 + (client * mostSeries + series++) * 5_000
    const due = new Date(day * 86_400_000).toISOString().slice(0, 10)
    return create(title, { due, repeat: random.pick(rules) })
  }

  function complete(task: Own): Operation {
    const completes = 1
    if (random.once(2)) return { ...toggle(task, follow), completes }
    return {
      method: 'PATCH',
      path: `/tasks/${task.id}`,
      json: { done: true },
      unkeyed: 1 + random.below(3),
      completes,
      apply: (list) => follow(find(list, task.id), list),
      answered: (body) => assert.deepEqual([body.title, body.done], [task.title, true]),
    }
  }

  function reopen(task: Own): Operation {
    const reopens = 1
    if (random.once(2)) return { ...toggle(task, takeBack), reopens }
    return {
      method: 'PATCH',
      path: `/tasks/${task.id}`,
      json: { done: false },
      unkeyed: 1 + random.below(3),
      reopens,
      apply: (list) => takeBack(find(list, task.id), list),
      answered: (body) => assert.deepEqual([body.title, body.done], [task.title, false]),
    }
  }
}

function create(
  title: string,
  more: { readonly due: string; readonly repeat: string } | object = {},
): Operation {
  let id = 0
  return {
    method: 'POST',
    path: '/tasks',
    json: { title, ...more },
    apply: (list) => {
      list.push({ ...blank, id, title, ...more })
    },
    answered: (body) => {
      assert.ok(id === 0 || id === body.id, `${title} was made as ${id} and as ${body.id}`)
      id = body.id
    },
  }
}

function toggle({ id, title, done }: Own, apply: (task: Own, list: Own[]) => void): Operation {
  return {
    method: 'PATCH',
    path: `/tasks/${id}`,
    apply: (list) => apply(find(list, id), list),
    answered: (body) => assert.deepEqual([body.title, body.done], [title, !done]),
  }
}

function note(id: number, notes: string): Operation {
  return {
    method: 'PATCH',
    path: `/tasks/${id}`,
    json: { notes },
    apply: (list) => {
      Object.assign(find(list, id), { notes, touched: true })
    },
  }
}

function move(id: number, before: number | null): Operation {
  return {
    method: 'POST',
    path: `/tasks/${id}/move`,
    json: { before },
    apply: (list) => {
      if (before === id) return
      const [task] = list.splice(list.indexOf(find(list, id)), 1)
      const at = before === null ? list.length : list.findIndex((other) => other.id === before)
      list.splice(at, 0, task!)
    },
  }
}

function remove(id: number): Operation {
  return {
    method: 'DELETE',
    path: `/tasks/${id}`,
    apply: (list) => {
      find(list, id).deleted = true
    },
  }
}

function restore(id: number): Operation {
  return {
    method: 'POST',
    path: `/tasks/${id}/restore`,
    apply: (list) => {
      find(list, id).deleted = false
    },
  }
}

function completeAll(ids: readonly number[]): Operation {
  return {
    method: 'PATCH',
    path: '/tasks',
    json: { ids, done: true },
    completes: ids.length,
    apply: (list) => {
      for (const id of ids) follow(find(list, id), list)
    },
    answered: (body) => assert.deepEqual(body, { changed: ids.length }),
  }
}

function undo({ key, ids }: { readonly key: string; readonly ids: readonly number[] }): Operation {
  return {
    method: 'POST',
    path: '/tasks/undo',
    json: { key },
    reopens: ids.length,
    apply: (list) => {
      for (const id of ids) takeBack(find(list, id), list)
    },
    answered: (body) => assert.deepEqual(body, { changed: ids.length }),
  }
}

/** Completing creates the next task, right before it. */
function follow(task: Own, list: Own[]) {
  const next = following(task.due!, task.repeat!, '2026-01-01')!
  task.next = { ...blank, title: task.title, notes: task.notes, ...next }
  list.splice(list.indexOf(task), 0, task.next)
  Object.assign(task, { done: true, touched: true })
}

function takeBack(task: Own, list: Own[]) {
  list.splice(list.indexOf(task.next!), 1)
  Object.assign(task, { done: false, touched: true, next: undefined })
}

function find(list: readonly Own[], id: number): Own {
  return list.find((task) => task.id === id)!
}

/** `c0-17` makes `c0 17`. */
function titleOf(key: string): string {
  return key.replace('-', ' ')
}

const blank = {
  id: 0,
  done: false,
  notes: null,
  due: null,
  repeat: null,
  deleted: false,
  touched: false,
  next: undefined,
} as const
