/** Pauses that end early when the network is back or the user tries again. */
export interface Pause {
  /** Longer with each failure in a row: 0.5 s, 1 s, 2 s … 30 s, with jitter, but at least the server's Retry-After. */
  after(failures: number, leastMs?: number): Promise<void>
  end(): void
}

const longestMs = 30_000

export function createPause(): Pause {
  const waiting = new Set<() => void>()
  return {
    after(failures, leastMs = 0) {
      const ms = Math.min(longestMs, 250 * 2 ** failures)
      // Jitter, so that clients do not all reconnect at once when the server is back.
      return new Promise((resolve) => {
        const timer = setTimeout(end, Math.max(leastMs, ms * (0.5 + Math.random() / 2)))
        waiting.add(end)
        function end() {
          clearTimeout(timer)
          waiting.delete(end)
          resolve()
        }
      })
    },
    end() {
      for (const end of waiting) end()
    },
  }
}
