/** Which tabs live: what a closed one did not send, another sends. */

/** 128 bits of chance. `crypto.randomUUID` is there on https pages alone. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

export interface Tab {
  readonly name: string
  /** Whether this is the name of another tab that lives. Without Web Locks (http) nobody knows: then none does. */
  others(): Promise<ReadonlySet<string>>
}

export function openTab(): Tab {
  const name = newKey()
  // Held for as long as the tab lives.
  void navigator.locks?.request(`tab ${name}`, () => new Promise(() => {}))
  return {
    name,
    async others() {
      const { held = [] } = (await navigator.locks?.query()) ?? {}
      return new Set(held.map((lock) => lock.name!.replace(/^tab /, '')).filter((other) => other !== name))
    },
  }
}
