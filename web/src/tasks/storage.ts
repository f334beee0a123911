/**
 * The data stored between visits. Every write starts at once, and a failed one is retried with the next: a full
 * disk, private windows and browsers whose database never opens keep what they can while the tab is open.
 */

import { ofTab } from '../shell/local.ts'
import type { Answer } from './api.ts'
import type { Change } from './changes.ts'
import type { Task } from './task.ts'

/** The last list. */
export interface KeptList {
  readonly tasks: readonly Task[]
  /** The id of the last event received. */
  readonly eventId: string
  /** Acknowledged changes whose events have not arrived yet. */
  readonly settled?: readonly Settled[]
}

export interface Settled {
  readonly change: Change
  readonly answer: Answer
}

/** Shared by all tabs: unsent changes, drafts, and undo steps. */
export type StoreName = 'changes' | 'drafts' | 'steps'

export interface Keyed {
  readonly key: string
}

export interface Storage {
  /** Single values, all of which can be recomputed. */
  get<T>(name: string): Promise<T | undefined>
  set(name: string, value: unknown): Promise<void>
  all<T extends Keyed>(store: StoreName): Promise<T[]>
  /** These never reject: failed writes are retried. */
  put(store: StoreName, items: readonly Keyed[]): void
  remove(store: StoreName, keys: readonly string[]): void
  /** Whether stored data outlives the tab. */
  isLasting(): boolean
  /** Stops storing: the holder has signed out. */
  end(): void
}

/** The timeout after which the page works without its database (Safari 14, some embedded browsers). */
const patienceMs = 2_000
/** The same timeout when even the database's name is unknown. */
const namelessMs = 5_000
/** The tab's storage for writes that found no database. */
const waitingRoom = 'waiting'

interface Write {
  readonly store: StoreName
  readonly key: string
  readonly item?: Keyed | undefined
}

interface Left {
  /** The intended database; '' while the holder was unknown. */
  readonly owner: string
  readonly writes: readonly Write[]
}

/** `name`: of the database. `changed` is called when `isLasting` changes, and when a database opens late. */
export function createStorage(name: Promise<string>, changed: () => void): Storage {
  const waiting = new Map<string, Write>()
  const values = new Map<string, unknown>()
  let db: IDBDatabase | undefined
  let isFailing = false
  let isOver = false
  let owner = ''
  restore()
  addEventListener('pagehide', leaveWaiting)
  const opening = name.then(open)
  opening.then(
    (found) => {
      use(found)
      flush()
      changed()
    },
    () => turn(true),
  )
  const opened = Promise.race([opening, name.then(() => after(patienceMs)), after(namelessMs)])
    .catch(() => {})
    .then(() => turn(db === undefined))

  return {
    async get<T>(name: string) {
      await opened
      return (
        db ? await answerOf(db.transaction('values').objectStore('values').get(name)) : values.get(name)
      ) as T | undefined
    },
    async set(name, value) {
      await opened
      if (isOver) return
      values.set(name, value)
      if (db) await finished(db, ['values'], (of) => of('values').put(value, name))
      if (db) values.delete(name)
    },
    async all<T extends Keyed>(store: StoreName) {
      await opened
      const items = new Map<string, T>()
      const kept: T[] = db
        ? await answerOf(db.transaction(store).objectStore(store).getAll()).catch(() => [])
        : []
      for (const item of kept) items.set(item.key, item)
      for (const { key, item } of [...waiting.values()].filter((each) => each.store === store))
        if (item) items.set(key, item as T)
        else items.delete(key)
      return [...items.values()]
    },
    put(store, items) {
      for (const item of items) waiting.set(`${store} ${item.key}`, { store, key: item.key, item })
      if (items.length > 0) flush()
    },
    remove(store, keys) {
      for (const key of keys) waiting.set(`${store} ${key}`, { store, key, item: undefined })
      if (keys.length > 0) flush()
    },
    isLasting: () => !isFailing,
    end() {
      isOver = true
      waiting.clear()
      values.clear()
      db?.close()
      db = undefined
    },
  }

  /** What this tab could not store when it was closed: the current holder wrote it, or the same holder is back. */
  function restore() {
    const left: Left = JSON.parse(ofTab.get(waitingRoom) || '{"owner":"","writes":[]}')
    ofTab.set(waitingRoom, '')
    const takeFrom = (from: string) => {
      if (left.owner === from)
        for (const write of left.writes) waiting.set(`${write.store} ${write.key}`, write)
    }
    takeFrom(owner)
    void name.then((known) => {
      owner = known
      takeFrom(owner)
    })
  }

  function leaveWaiting() {
    if (db || isOver || waiting.size === 0) return
    const left: Left = { owner, writes: [...waiting.values()] }
    ofTab.set(waitingRoom, JSON.stringify(left))
  }

  function use(opened: IDBDatabase) {
    if (isOver) return opened.close()
    db = opened
    // Another version of the page changes it, or the browser has thrown it away.
    db.onversionchange = () => again(opened)
    db.onclose = () => again(opened)
  }

  function again(old: IDBDatabase) {
    old.close()
    db = undefined
    if (isOver) return
    name.then(open).then(use, () => turn(true))
  }

  function flush() {
    if (!db) return
    const writes = [...waiting]
    finished(db, ['changes', 'drafts', 'steps'], (of) => {
      for (const [, { store, key, item }] of writes) item ? of(store).put(item) : of(store).delete(key)
    }).then(
      () => {
        for (const [name, write] of writes) if (waiting.get(name) === write) waiting.delete(name)
        if (waiting.size === 0) turn(false)
      },
      () => turn(true),
    )
  }

  function turn(failing: boolean) {
    if (failing === isFailing) return
    isFailing = failing
    changed()
  }
}

function after(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** In memory, until the tab is closed. */
export function memoryStorage(): Storage {
  const values = new Map<string, unknown>()
  const stores = { changes: new Map(), drafts: new Map(), steps: new Map() }
  return {
    get: async <T>(name: string) => values.get(name) as T | undefined,
    async set(name, value) {
      values.set(name, value)
    },
    all: async <T extends Keyed>(store: StoreName) => [...stores[store].values()] as T[],
    put(store, items) {
      for (const item of items) stores[store].set(item.key, item)
    },
    remove(store, keys) {
      for (const key of keys) stores[store].delete(key)
    },
    isLasting: () => false,
    end() {},
  }
}

export function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 2)
  request.onupgradeneeded = ({ oldVersion }) => {
    const db = request.result
    if (oldVersion < 1) {
      db.createObjectStore('values')
      db.createObjectStore('changes', { keyPath: 'key' })
    }
    if (oldVersion < 2) {
      db.createObjectStore('drafts', { keyPath: 'key' })
      db.createObjectStore('steps', { keyPath: 'key' })
    }
  }
  return answerOf(request)
}

/** Writes in one transaction, committed explicitly so that the write survives if the tab crashes right after. */
function finished(
  db: IDBDatabase,
  names: string[],
  write: (of: (name: string) => IDBObjectStore) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, 'readwrite')
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
    write((name) => transaction.objectStore(name))
    transaction.commit()
  })
}

export function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
