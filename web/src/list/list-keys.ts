/** Keyboard shortcuts for the focused row. */

import { keyOf } from '../shell/keys.ts'
import type { QuickDay } from './groups.ts'

export type Command =
  /** Moves the task, or the focus. */
  | { readonly does: 'step' | 'go'; readonly by: 1 | -1 }
  | { readonly does: 'date'; readonly day: QuickDay }
  | { readonly does: 'first' | 'last' | 'edit' | 'list' | 'remove' }

const ways: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }
const days: Readonly<Record<string, QuickDay>> = { t: 'today', m: 'tomorrow', w: 'nextWeek', 0: 'noDate' }
const others: Readonly<Record<string, Command>> = {
  Home: { does: 'first' },
  End: { does: 'last' },
  F2: { does: 'edit' },
  e: { does: 'edit' },
  l: { does: 'list' },
  Enter: { does: 'edit' },
  Delete: { does: 'remove' },
  // For keyboards without another key for it, as on a Mac.
  Backspace: { does: 'remove' },
}

export function commandOf(event: KeyboardEvent, grip: HTMLElement): Command | undefined {
  if (event.ctrlKey || event.metaKey || event.defaultPrevented) return undefined
  const key = keyOf(event)
  const by = ways[key]
  if (by !== undefined && (event.altKey || (event.target === grip && key.startsWith('Arrow'))))
    return { does: 'step', by }
  if (event.altKey) return undefined
  if (by !== undefined) return { does: 'go', by }
  // On a button the key presses the button.
  if (key === 'Enter' && !(event.target as Element).matches('[type=checkbox]')) return undefined
  const day = days[key]
  return day ? { does: 'date', day } : others[key]
}
