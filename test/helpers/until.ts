/**
 * All timeouts of the tests. They end tests that hang; on no machine, however slow or busy, does
 * anything else take so long.
 */
export const patience = {
  /** For one condition to become true. */
  waitMs: 5 * 60_000,
  /** For a test, and for a file of tests. */
  testMs: 30 * 60_000,
}

type Truthy<T> = Exclude<T, false | null | undefined>

/** Polls `ask` until its result is truthy, and resolves with that. Rejects with its last failure on timeout. */
export async function until<T>(what: string, ask: () => Promise<T> | T): Promise<Truthy<T>> {
  const giveUp = performance.now() + patience.waitMs
  for (;;) {
    let failure: unknown
    try {
      const answer = await ask()
      if (answer) return answer as Truthy<T>
    } catch (error) {
      failure = error
    }
    if (performance.now() > giveUp) throw new Error(`Waited in vain until ${what}`, { cause: failure })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
