import { limits } from '../limits.ts'
import { rememberClients } from './remember.ts'

/** Throttles wrong tokens: each beyond the first few makes the client wait longer before the next is checked. */
export interface Attempts {
  /** Counts a wrong token. Returns the seconds that the client still had to wait; 0 if none. */
  failed(client: string): number
  /** Resets the client. */
  succeeded(client: string): void
}

interface Failures {
  readonly count: number
  /** When the wait is over. */
  readonly until: number
}

/** `report` is called for clients that keep trying. */
export function countAttempts(
  report: (client: string, failures: number) => void = () => {},
  now = () => performance.now(),
): Attempts {
  const clients = rememberClients<Failures>((known) => known.count > limits.freeAttempts && isRecent(known), {
    now,
  })
  /** All those for whom there is no room beside others that wait. */
  let others: Failures = { count: 0, until: 0 }

  return {
    failed(client) {
      const known = clients.get(client)
      if (known && known.until > now()) return secondsUntil(known.until)
      const next = following(known)
      if (clients.set(client, next)) {
        if (next.count > limits.freeAttempts) report(client, next.count)
        return 0
      }
      if (others.until > now()) return secondsUntil(others.until)
      others = following(others)
      return 0
    },
    succeeded(client) {
      clients.delete(client)
    },
  }

  function following(known: Failures | undefined): Failures {
    const count = (known && isRecent(known) ? known.count : 0) + 1
    const over = Math.max(0, count - limits.freeAttempts)
    const delay = over === 0 ? 0 : Math.min(limits.attemptDelayMs, 1_000 * 2 ** (over - 1))
    return { count, until: now() + delay }
  }

  function isRecent({ until }: Failures): boolean {
    return now() - until < limits.attemptMemoryMs
  }

  function secondsUntil(time: number): number {
    return Math.max(1, Math.ceil((time - now()) / 1_000))
  }
}
