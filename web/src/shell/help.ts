/** The dialog of keyboard shortcuts. */

import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'
import { element, openDialog } from './dialog.ts'

export interface HelpOptions {
  /** A key as it is written on the keyboard. */
  readonly keyName: (key: string) => string
  /** Single-character shortcuts, which can be turned off (WCAG 2.1.4). */
  readonly singleKeys: { isOn(): boolean; turn(on: boolean): void }
  readonly t: Words
}

export function showHelp({ keyName, singleKeys, t }: HelpOptions) {
  if (document.querySelector('dialog[open]')) return
  const keys = [
    ['N', l.helpAdd],
    ['/', l.helpSearch],
    ['1 2 3 4', l.helpViews],
    ['↓ ↑ J K', l.helpRows],
    ['Space', l.helpToggle],
    ['Enter E F2', l.helpEdit],
    ['Del', l.helpDelete],
    ['Alt ↓ ↑', l.helpMove],
    ['T M W 0', l.helpDay],
    ['G L', l.helpLists],
    ['Ctrl Z', l.helpUndo],
    ['Ctrl Shift Z', l.helpRedo],
    ['Ctrl K', t.commands],
    ['?', l.helpHelp],
  ] as const
  const list = element('dl', { className: 'keys' })
  for (const [those, does] of keys) {
    const term = element('dt')
    term.append(...those.split(' ').flatMap((key) => [element('kbd', { textContent: keyName(key) }), ' ']))
    list.append(term, element('dd', { textContent: does }))
  }
  const box = element('input', { type: 'checkbox', checked: singleKeys.isOn() })
  box.addEventListener('change', () => singleKeys.turn(box.checked))
  const option = element('label', { className: 'option' })
  option.append(box, ' ', l.singleKeys)
  openDialog(t.shortcuts, [list, option], [['', l.close]])
}
