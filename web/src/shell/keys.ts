/** Key names, independent of the keyboard layout. */
import { t } from '../words/words.ts'

/** https://w3c.github.io/uievents-code/: by position, for layouts with non-Latin letters. */
const places: Readonly<Record<string, string>> = {
  Slash: '/',
  Period: '.',
  Comma: ',',
  Minus: '-',
  Equal: '=',
}

export const isMac = /mac|iphone|ipad/i.test(
  (navigator as { userAgentData?: { platform: string } }).userAgentData?.platform ?? navigator.platform,
)

/**
 * The key's name on a Latin keyboard: `z` for the key я of a Russian one. Letters are lower case unless Shift is held.
 * On a Mac, Alt and a letter give another character, so the position counts there, too.
 */
export function keyOf({ key, code, shiftKey, altKey }: KeyboardEvent): string {
  if (key.length > 2 || (key >= ' ' && key <= '~' && !(altKey && isMac)))
    return shiftKey || key.length > 1 ? key : key.toLowerCase()
  const letter = /^Key([A-Z])$/.exec(code)?.[1]
  const place = (shiftKey ? letter : letter?.toLowerCase()) ?? /^Digit(\d)$/.exec(code)?.[1] ?? places[code]
  return place === '/' && shiftKey ? '?' : (place ?? key)
}

/** Whether the key for commands is held: ⌘ on a Mac, Ctrl elsewhere. */
export function isCommand({ ctrlKey, metaKey }: KeyboardEvent): boolean {
  return isMac ? metaKey : ctrlKey
}

/** Whether the key combination undoes or redoes. */
export function historyKey(event: KeyboardEvent): 'undo' | 'redo' | undefined {
  if (!isCommand(event) || event.altKey) return undefined
  const key = keyOf(event).toLowerCase()
  if (key === 'z') return event.shiftKey ? 'redo' : 'undo'
  return key === 'y' && !event.shiftKey ? 'redo' : undefined
}

export function isText(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox], [type=file]), textarea')
}

/** A key's label on this machine's keyboard. */
export function keyName(key: string): string {
  const names: Readonly<Record<string, string>> = isMac
    ? { Ctrl: '⌘', Alt: '⌥', Shift: '⇧', Del: '⌫', Enter: '⏎' }
    : t.keyNames
  return names[key] ?? key
}
