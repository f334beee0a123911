/**
 * The list as the user wants it, and as the server has it. Every change is an intent: drawn at once, then sent,
 * one request at a time for each task, until the server has what the user wants. An answer only ever says what
 * the server has, so a late one cannot overwrite a newer intent. No DOM in here.
 */
import type { Api, Task } from './api.ts'

interface Content {
  readonly title: string
  readonly done: boolean
}

export interface Item {
  /** Stays the same for as long as the task is on the page; the id comes with the first answer. */
  readonly key: number
  id: number | undefined
  /** What the user wants; null: gone. */
  wanted: Content | null
  /** What the server has; undefined: nothing yet. */
  saved: Content | undefined
  sending: boolean
  /** Why the last request failed; nothing is sent again before the user says so. */
  failure: string | undefined
}

export type Happening =
  | { readonly kind: 'failed'; readonly item: Item; readonly reason: string }
  | { readonly kind: 'gone'; readonly item: Item }
  | { readonly kind: 'bulk failed'; readonly reason: string }

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

export function createTasks(api: Api, changed: () => void, happened: (what: Happening) => void): Tasks {
  let items: Item[] = []
  let lastKey = 0
  /** Counts requests that change something, at their start and at their end: a list read meanwhile is old. */
  let writes = 0
  let sending = 0
  let reload = false
  /** The request for many tasks that waits or is under way. */
  let bulk: (() => Promise<void>) | undefined

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
    const tasks = await api.list()
    // What was read beside a change may be older than the change: read anew after it.
    reload = writes !== before
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
    return { key: ++lastKey, id, wanted, saved, sending: false, failure: undefined }
  }

  function want(item: Item, wanted: Content | null) {
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
      while (!same(item.wanted, item.saved)) await step(item)
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
    if (saved === undefined) {
      const task = await api.create(wanted!.title)
      item.id = task.id
      item.saved = { title: task.title, done: task.done }
    } else if (wanted === null) {
      await api.remove(id!)
      item.saved = undefined
    } else {
      const { title, done } = await api.change(id!, difference(saved, wanted))
      item.saved = { title, done }
    }
    settle(item, wanted)
  }

  /** The server trims and the like: where nothing newer is wanted, what it made of it is what is wanted. */
  function settle(item: Item, sent: Content | null) {
    if (
      item.wanted !== null &&
      item.wanted === sent &&
      item.saved !== undefined &&
      item.wanted.done === item.saved.done
    )
      item.wanted = item.saved
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
  function all(wanted: (item: Item) => Content | null, send: () => Promise<void>) {
    // A task whose own change failed would be caught by a request for all: then each goes by itself.
    if (items.some((item) => item.failure !== undefined)) {
      for (const item of [...items]) if (!same(wanted(item), item.wanted)) want(item, wanted(item))
      return
    }
    for (const item of items) item.wanted = wanted(item)
    bulk = send
    changed()
    idle()
  }

  /** What waits until nothing is under way. */
  function idle() {
    if (sending > 0) return
    if (bulk !== undefined) void runBulk(bulk)
    else if (reload) load().catch(() => {})
  }

  async function runBulk(send: () => Promise<void>) {
    sending++
    writes++
    try {
      await send()
    } catch (error) {
      happened({ kind: 'bulk failed', reason: (error as Error).message })
      for (const item of items) if (item.saved) item.wanted = item.saved
    }
    bulk = undefined
    sending--
    writes++
    changed()
    for (const item of [...items]) if (!same(item.wanted, item.saved)) void sendItem(item)
    idle()
  }
}

function same(wanted: Content | null, saved: Content | null | undefined): boolean {
  if (wanted === null || saved === null || saved === undefined)
    return (wanted ?? undefined) === (saved ?? undefined)
  return wanted.title === saved.title && wanted.done === saved.done
}

function difference(saved: Content, wanted: Content): { title?: string; done?: boolean } {
  return {
    ...(wanted.title !== saved.title && { title: wanted.title }),
    ...(wanted.done !== saved.done && { done: wanted.done }),
  }
}
