/** Tracks which tabs are open, so that one can take over what a closed tab left. */
import { ofTab } from '../shell/local.ts'

/** 128 random bits. `crypto.randomUUID` exists only in secure contexts. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}

export interface Tab {
  readonly name: string
  /** The name of this tab before the reload. */
  readonly former: string | undefined
  /** The names of other open tabs; none where there are no Web Locks (plain http). */
  others(): Promise<ReadonlySet<string>>
}

export function openTab(): Tab {
  const name = newKey()
  const former = ofTab.get('tab')
  ofTab.set('tab', name)
  // Held until the tab is closed. With cookies blocked the request is refused.
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
