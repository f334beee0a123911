import { limits } from '../limits.ts'

/** What is known of each client, of so many at most. */
export interface Memory<T> {
  get(client: string): T | undefined
  /** False where there is no room: all that are known must be kept. */
  set(client: string, known: T): boolean
  delete(client: string): void
}

/**
 * Forgets those that were not set for longest, but none that `mustKeep`. Two maps by turns, the older thrown away as a whole:
 * taking the first key out of one that has lost many costs a look at each of those (21 µs a request instead of 2).
 */
export function rememberClients<T>(
  mustKeep: (known: T) => boolean,
  { most = limits.clients, now = () => performance.now() } = {},
): Memory<T> {
  let young = new Map<string, T>()
  let old = new Map<string, T>()
  let full = Number.NEGATIVE_INFINITY

  return {
    get: (client) => young.get(client) ?? old.get(client),
    set(client, known) {
      if (young.size >= most / 2 && !young.has(client) && !turn()) return false
      young.set(client, known)
      return true
    },
    delete(client) {
      young.delete(client)
      old.delete(client)
    },
  }

  /** Makes room for others; false where there is none. */
  function turn(): boolean {
    // Looking at all of them for each that comes would be what an attacker wants.
    if (now() - full < limits.clientsFullMs) return false
    const kept = new Map<string, T>()
    for (const [client, known] of old) if (!young.has(client) && mustKeep(known)) kept.set(client, known)
    if (kept.size >= most / 2) {
      full = now()
      return false
    }
    old = young
    young = kept
    return true
  }
}
