/** Settings of this browser or tab. With cookies blocked every access to storage throws, and settings last as long as the page. */

export interface Settings {
  get(name: string): string | undefined
  set(name: string, value: string): void
}

export const ofBrowser = settingsIn(() => localStorage)
export const ofTab = settingsIn(() => sessionStorage)

function settingsIn(area: () => Storage): Settings {
  const own = new Map<string, string>()
  return {
    get(name) {
      try {
        return area().getItem(name) ?? own.get(name)
      } catch {
        return own.get(name)
      }
    },
    set(name, value) {
      own.set(name, value)
      try {
        area().setItem(name, value)
      } catch {
        // Kept above.
      }
    },
  }
}
