/** The databases of the page: one for each token holder who uses this browser, and one for servers without tokens. */
import { ownName } from '../shell/base.ts'
import { answerOf, open } from './storage.ts'

export const openName = ownName('taskapp')
const kept = ['values', 'steps'] as const
const unsent = ['changes', 'drafts'] as const

export function nameFor(holder: string | undefined): string {
  return holder === undefined ? openName : `${openName} ${holder}`
}

/** The other existing databases; undefined if the browser cannot list them. */
export async function othersThan(own: string): Promise<string[] | undefined> {
  try {
    const all = await indexedDB.databases()
    return all
      .map(({ name }) => name!)
      .filter((name) => name !== own && (name === openName || name.startsWith(`${openName} `)))
  } catch {
    return undefined
  }
}

/** Deletes everything except unsent changes and drafts, which wait for their holder's return. */
export async function strip(name: string): Promise<void> {
  const db = await open(name)
  const transaction = db.transaction([...kept, ...unsent], 'readwrite')
  for (const store of kept) transaction.objectStore(store).clear()
  const counts = await Promise.all(unsent.map((store) => answerOf(transaction.objectStore(store).count())))
  db.close()
  if (counts.every((count) => count === 0)) await remove(name)
}

/** The first holder to sign in takes over what was unsent before the server required tokens. */
export async function inherit(from: string, to: string): Promise<void> {
  const [old, own] = await Promise.all([open(from), open(to)])
  for (const store of unsent) {
    const items = await answerOf(old.transaction(store).objectStore(store).getAll())
    const transaction = own.transaction(store, 'readwrite')
    for (const item of items) transaction.objectStore(store).put(item)
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve
      transaction.onabort = () => reject(transaction.error)
    })
  }
  old.close()
  own.close()
  await remove(from)
}

/** Resolves even if another tab still has it open: it is deleted once that tab closes it. */
export function remove(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = request.onerror = request.onblocked = () => resolve()
  })
}
