/** What the browser keeps between visits: the last list, what was not sent yet, what can be undone. */
import type { Change } from './changes.ts'
import type { Task } from './task.ts'

export interface KeptList {
  readonly tasks: readonly Task[]
  /** Where the stream of events had come to. */
  readonly eventId: string
  /** What was acknowledged, and no event had brought yet. */
  readonly settled?: readonly Settled[]
}

export interface Settled {
  readonly change: Change
  readonly answer: Task | undefined
}

export interface Storage {
  get<T>(name: string): Promise<T | undefined>
  set(name: string, value: unknown): Promise<void>
  /** Of all tabs, in order. */
  changes(): Promise<Change[]>
  keep(changes: readonly Change[]): Promise<void>
  forget(keys: readonly string[]): Promise<void>
}

/** Where the browser has no IndexedDB, as in some private windows, or has lost it: until the tab is closed. */
export function memoryStorage(): Storage {
  const values = new Map<string, unknown>()
  const changes = new Map<string, Change>()
  return {
    get: async <T>(name: string) => values.get(name) as T | undefined,
    async set(name, value) {
      values.set(name, value)
    },
    changes: async () => [...changes.values()].sort((a, b) => a.order - b.order),
    async keep(more) {
      for (const change of more) changes.set(change.key, change)
    },
    async forget(keys) {
      for (const key of keys) changes.delete(key)
    },
  }
}

export async function openStorage(): Promise<Storage> {
  try {
    return storageIn(await openDatabase())
  } catch {
    return memoryStorage()
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('taskapp', 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore('values')
    request.result.createObjectStore('changes', { keyPath: 'key' })
  }
  return answerOf(request)
}

function storageIn(db: IDBDatabase): Storage {
  // Another version of the page wants to change it.
  db.onversionchange = () => db.close()
  const within = (name: 'values' | 'changes', mode: IDBTransactionMode) =>
    db.transaction(name, mode).objectStore(name)

  return {
    get: (name) => answerOf(within('values', 'readonly').get(name)),
    async set(name, value) {
      await answerOf(within('values', 'readwrite').put(value, name))
    },
    async changes() {
      const all: Change[] = await answerOf(within('changes', 'readonly').getAll())
      return all.sort((a, b) => a.order - b.order)
    },
    async keep(changes) {
      const store = within('changes', 'readwrite')
      await Promise.all(changes.map((change) => answerOf(store.put(change))))
    },
    async forget(keys) {
      const store = within('changes', 'readwrite')
      await Promise.all(keys.map((key) => answerOf(store.delete(key))))
    },
  }
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
