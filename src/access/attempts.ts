import { limits } from '../limits.ts'

/** Who tries tokens that are wrong has to wait longer with each. */
export interface Attempts {
  /** Seconds until this client may try again; 0 for now. */
  wait(client: string): number
  failed(client: string): void
  succeeded(client: string): void
}

export function countAttempts(now = () => performance.now()): Attempts {
  const failures = new Map<string, { count: number; until: number }>()
  return {
    wait(client) {
      return Math.max(0, Math.ceil(((failures.get(client)?.until ?? 0) - now()) / 1_000))
    },
    failed(client) {
      const count = (failures.get(client)?.count ?? 0) + 1
      failures.delete(client)
      // The oldest goes: whoever brings so many addresses needs no patience anyway.
      if (failures.size >= limits.clients) failures.delete(failures.keys().next().value!)
      const over = Math.max(0, count - limits.freeAttempts)
      const delay = over === 0 ? 0 : Math.min(limits.attemptDelayMs, 1_000 * 2 ** (over - 1))
      failures.set(client, { count, until: now() + delay })
    },
    succeeded(client) {
      failures.delete(client)
    },
  }
}
