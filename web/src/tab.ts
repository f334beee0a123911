/** Which tabs live: what a closed one left, another takes over. */
import { ofTab } from './local.ts'

/** 128 bits of chance. `crypto.randomUUID` is there on https pages alone. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

export interface Tab {
  readonly name: string
  /** What this tab was called before it was loaded anew. */
  readonly former: string | undefined
  /** The names of other open tabs; none where there are no Web Locks (plain http). */
  others(): Promise<ReadonlySet<string>>
}

export function openTab(): Tab {
  const name = newKey()
  const former = ofTab.get('tab')
  ofTab.set('tab', name)
  // Held for as long as the tab lives. Where cookies are blocked it is refused.
  navigator.locks?.request(`tab ${name}`, () => new Promise(() => {})).catch(() => {})
  return {
    name,
    former,
    async others() {
      const { held = [] } = (await navigator.locks?.query().catch(() => undefined)) ?? {}
      return new Set(held.map((lock) => lock.name!.replace(/^tab /, '')).filter((other) => other !== name))
    },
  }
}
