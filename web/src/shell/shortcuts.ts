/** Keys that work everywhere on the page. */
import { historyKey, isCommand, isText, keyOf } from './keys.ts'
import { ofBrowser } from './local.ts'

export interface Shortcuts {
  /** By key; single-character shortcuts can be turned off (WCAG 2.1.4). */
  readonly keys: Readonly<Record<string, () => void>>
  /** Replaces the browser's find in page. Undefined if that finds everything. */
  find(): (() => void) | undefined
  /** Shows all commands, also from a text field. */
  commands(): void
  undo(): void
  redo(): void
}

/** Whether single-character shortcuts are on, as stored in the browser. */
export const singleKeys = {
  isOn: () => ofBrowser.get('single keys') !== 'off',
  turn: (on: boolean) => ofBrowser.set('single keys', on ? 'on' : 'off'),
}

export function listenToShortcuts({ keys, find, commands, undo, redo }: Shortcuts) {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return
    const { target } = event
    const run = commandOf(event)
    if (!run || (isText(target) && !(historyKey(event) && isBlank(target)))) return
    event.preventDefault()
    run()
  })
  // A field emptied by submitting has nothing to undo.
  addEventListener('input', ({ target }) => isText(target) && written.add(target), true)
  addEventListener('keydown', (event) => {
    const key = isCommand(event) && !event.shiftKey && !event.altKey ? keyOf(event) : ''
    const open = key === 'k' ? commands : key === 'f' ? find() : undefined
    if (!open || document.querySelector('dialog[open]')) return
    event.preventDefault()
    open()
  })

  function commandOf(event: KeyboardEvent): (() => void) | undefined {
    const way = historyKey(event)
    if (way) return way === 'undo' ? undo : redo
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys.isOn()) return undefined
    return keys[keyOf(event)]
  }
}

/** Fields with their own undo history of user input. */
const written = new WeakSet<EventTarget>()

/** To be called when a field is emptied: from then on it has nothing to undo. */
export function forgetWriting(...fields: readonly HTMLElement[]) {
  for (const field of fields) written.delete(field)
}

/** Whether the field has nothing of its own to undo. */
function isBlank(field: HTMLInputElement | HTMLTextAreaElement): boolean {
  return !written.has(field) && (field.value === '' || field.closest('.editor') !== null)
}
