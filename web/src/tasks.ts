/**
 * The list as the user wants it, and as the server has it. Every change is an intent: drawn at once, then sent,
 * one request at a time for each task, until the server has what the user wants. An answer only ever says what
 * the server has, so a late one cannot overwrite a newer intent. No DOM in here.
 */
import type { Api, Task } from './api.ts'
import { type Content, difference, same, settled, without } from './content.ts'

export interface Item {
  /** Stays the same for as long as the task is on the page; the id comes with the first answer. */
  readonly key: number
  id: number | undefined
  /** What the user wants; null: gone. */
  wanted: Content | null
  /** What the server has; undefined: nothing yet. */
  saved: Content | undefined
  sending: boolean
  /** What was sent to create it. It is sent again just so until it is known whether it was. */
  creation: { readonly title: string; readonly key: string } | undefined
  /** Why the last request failed; nothing is sent again before the user says so. */
  failure: string | undefined
}

export type Happening =
  | { readonly kind: 'failed'; readonly item: Item; readonly reason: string }
  | { readonly kind: 'gone'; readonly item: Item }
  | { readonly kind: 'bulk failed'; readonly reason: string; readonly again: () => void }

export interface Tasks {
  /** All that is to be drawn, in order: also what could not be deleted. */
  readonly items: () => readonly Item[]
  load(): Promise<void>
  add(title: string): Item
  change(item: Item, change: Partial<Content>): void
  remove(item: Item): void
  /** Sends again what failed. */
  retry(item: Item): void
  /** Gives up what failed: back to what the server has. */
  discard(item: Item): void
  markAll(done: boolean): void
  clearCompleted(): void
}

/** One request for many tasks. */
interface Bulk {
  readonly wanted: (item: Item) => Content | null
  readonly send: () => Promise<void>
  /** What was wanted of each task when it was asked for. */
  readonly asked: ReadonlyMap<Item, Content | null>
}

export function createTasks(api: Api, changed: () => void, happened: (what: Happening) => void): Tasks {
  let items: Item[] = []
  let lastKey = 0
  /** Counts requests that change something, at their start and at their end: a list read meanwhile is old. */
  let writes = 0
  let sending = 0
  let reload = false
  /** The request for many tasks that waits or is under way. */
  let bulk: Bulk | undefined
  /** Creations go one by one: the order they reach the server in is the order of the list. */
  let creation: Promise<void> = Promise.resolve()

  return {
    items: () => items.filter((item) => item.wanted !== null || item.failure !== undefined),
    load,
    add(title) {
      const item = newItem(undefined, { title, done: false })
      items.push(item)
      want(item, item.wanted)
      return item
    },
    change: (item, change) => want(item, { ...(item.wanted ?? item.saved!), ...change }),
    remove: (item) => want(item, null),
    retry: (item) => want(item, item.wanted),
    discard(item) {
      item.failure = undefined
      item.wanted = item.saved ?? null
      if (item.saved === undefined) drop(item)
      changed()
    },
    markAll: (done) =>
      all(
        (item) => item.wanted && { ...item.wanted, done },
        async () => {
          await api.markAll(done)
          for (const item of items) if (item.saved) item.saved = { ...item.saved, done }
        },
      ),
    clearCompleted: () =>
      all(
        (item) => (item.wanted?.done ? null : item.wanted),
        async () => {
          await api.removeCompleted()
          for (const item of [...items]) if (item.saved?.done) drop(item)
        },
      ),
  }

  async function load() {
    const before = writes
    const beside = sending > 0
    const tasks = await api.list()
    // What was read beside a change may be older than the change, or hold a new task whose id is still on its
    // way to us: read anew after it.
    reload = beside || writes !== before
    if (reload) return void idle()
    const known = new Map(items.map((item) => [item.id, item]))
    const unsent = items.filter((item) => item.id === undefined)
    const ids = new Set(tasks.map((task) => task.id))
    for (const item of items)
      if (item.failure && item.id && !ids.has(item.id)) happened({ kind: 'gone', item })
    items = tasks.map((task) => adopt(known.get(task.id), task)).concat(unsent)
    changed()
  }

  function adopt(item: Item | undefined, { id, title, done }: Task): Item {
    const content = { title, done }
    if (!item) return newItem(id, content, content)
    const idle = item.failure === undefined && same(item.wanted, item.saved)
    item.saved = content
    if (idle) item.wanted = content
    return item
  }

  function newItem(id: number | undefined, wanted: Content, saved?: Content): Item {
    return { key: ++lastKey, id, wanted, saved, sending: false, creation: undefined, failure: undefined }
  }

  function want(item: Item, wanted: Content | null) {
    // A running edit can outlive its task, when that was deleted elsewhere.
    if (!items.includes(item)) return
    item.wanted = wanted
    item.failure = undefined
    changed()
    void sendItem(item)
  }

  /** Brings the server to what the user wants of this task. */
  async function sendItem(item: Item) {
    if (item.sending || bulk !== undefined) return
    item.sending = true
    sending++
    writes++
    try {
      while (!isSettled(item)) await step(item)
    } catch (error) {
      fail(item, error as { status?: number; message: string })
    }
    item.sending = false
    sending--
    writes++
    if (item.wanted === null && item.failure === undefined) drop(item)
    changed()
    idle()
  }

  /** One request, after which the server has a little more of what is wanted. */
  async function step(item: Item) {
    const { wanted, saved, id } = item
    if (saved === undefined) return create(item)
    if (wanted === null) {
      await api.remove(id!)
      item.saved = undefined
    } else {
      const { title, done } = await api.change(id!, difference(saved, wanted))
      item.saved = { title, done }
    }
    item.wanted = settled(item.wanted, wanted, item.saved)
  }

  function create(item: Item): Promise<void> {
    const created = creation.then(async () => {
      const { wanted } = item
      if (item.creation === undefined) {
        // Given up while it waited.
        if (wanted === null) return
        item.creation = { title: wanted.title, key: newKey() }
      }
      const { id, title, done } = await createOnce(item, item.creation)
      item.creation = undefined
      item.id = id
      item.saved = { title, done }
      item.wanted = settled(item.wanted, wanted, item.saved)
    })
    creation = created.catch(() => {})
    return created
  }

  async function createOnce(item: Item, { title, key }: { title: string; key: string }): Promise<Task> {
    try {
      return await api.create(title, key)
    } catch (error) {
      const { status = 0 } = error as { status?: number }
      // Refused for good, so the next attempt may differ.
      if (status >= 400 && status < 500) item.creation = undefined
      throw error
    }
  }

  function fail(item: Item, { status, message }: { status?: number; message: string }) {
    if (status === 404) {
      if (item.wanted !== null) happened({ kind: 'gone', item })
      item.wanted = null
      item.saved = undefined
      return
    }
    item.failure = message
    happened({ kind: 'failed', item, reason: message })
  }

  function drop(item: Item) {
    items = items.filter((other) => other !== item)
  }

  /** One request for many tasks. It goes alone: after what is under way, before what comes later. */
  function all(wanted: Bulk['wanted'], send: Bulk['send']) {
    // The same holds for tasks that wait for another such request: then each goes by itself.
    if (bulk !== undefined || anyFailed()) {
      for (const item of [...items]) if (!same(wanted(item), item.wanted)) want(item, wanted(item))
      return
    }
    for (const item of items) item.wanted = wanted(item)
    bulk = { wanted, send, asked: new Map(items.map((item) => [item, item.wanted])) }
    changed()
    idle()
  }

  /** What waits until nothing is under way. */
  function idle() {
    if (sending > 0) return
    if (bulk !== undefined && anyFailed()) endBulk()
    else if (bulk !== undefined) void runBulk(bulk)
    else if (reload) load().catch(() => {})
  }

  async function runBulk({ wanted, send, asked }: Bulk) {
    sending++
    writes++
    try {
      await send()
    } catch (error) {
      for (const [item, was] of asked) if (item.saved) item.wanted = without(was, item.wanted, item.saved)
      const again = () => all(wanted, send)
      happened({ kind: 'bulk failed', reason: (error as Error).message, again })
    }
    sending--
    writes++
    endBulk()
  }

  /** Sends what is still wanted, each by itself. */
  function endBulk() {
    bulk = undefined
    changed()
    for (const item of [...items]) if (item.failure === undefined && !isSettled(item)) void sendItem(item)
    idle()
  }

  /** The server has another idea of such a task than the user, and a request for all would act on it. */
  function anyFailed(): boolean {
    return items.some((item) => item.failure !== undefined)
  }
}

/** A creation whose answer was lost is sent again, also for a task that is to be deleted by now. */
function isSettled({ creation, wanted, saved }: Item): boolean {
  return creation === undefined && same(wanted, saved)
}

/** 128 bits of chance. `crypto.randomUUID` is there on https pages alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
