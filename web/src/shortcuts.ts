/** Keys that work everywhere on the page, and the sheet that tells of all. */

export interface Shortcuts {
  /** By key; those of one character alone can be switched off (WCAG 2.1.4). */
  readonly keys: Readonly<Record<string, () => void>>
  undo(): void
}

export function listenToShortcuts(singleKeys: HTMLInputElement, { keys, undo }: Shortcuts) {
  const name = 'single keys'
  singleKeys.checked = localStorage.getItem(name) !== 'off'
  singleKeys.addEventListener('change', () => localStorage.setItem(name, singleKeys.checked ? 'on' : 'off'))

  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement
    if (event.defaultPrevented) return
    // There the keys write, and undo what was written.
    if (target.matches('input:not([type=checkbox]), textarea') || document.querySelector('dialog[open]'))
      return
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z') {
      event.preventDefault()
      undo()
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys.checked) return
    const run = keys[event.key]
    if (!run) return
    event.preventDefault()
    run()
  })
}
