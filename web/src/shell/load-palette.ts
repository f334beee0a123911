/** The dialog of all commands, whose script is loaded at first use; and the keys shown beside menu items. */
import { plain } from '../dates/due.ts'
import { dialogs } from '../load-later.ts'
import { t } from '../words/words.ts'
import { keyName } from './keys.ts'
import type { Choice, createPalette, Given } from './palette.ts'

/** Returns a function that opens it: for all commands, for a list to open, or for a list to move a task to. */
export function listenToCommands(dialog: HTMLDialogElement, given: Given): (choice?: Choice) => void {
  const input = dialog.querySelector('input')!
  let loading: Promise<ReturnType<typeof createPalette>> | undefined
  for (const element of document.querySelectorAll<HTMLElement>('[data-key]'))
    element.dataset['key'] = named(element.dataset['key']!)
  document.getElementById('show-commands')!.addEventListener('click', () => open())
  return open

  function open(choice?: Choice) {
    const at = document.activeElement
    input.value = ''
    // Most choices are visible: no on-screen keyboard should cover them.
    input.inputMode = choice ? 'none' : 'text'
    // At once: the next keystrokes are meant for the palette.
    dialog.showModal()
    input.focus()
    loading ??= load()
    void loading
      .then((show) => show(at, choice))
      .catch(() => {
        loading = undefined
        dialog.close()
      })
  }

  async function load() {
    const loaded = await dialogs()
    return loaded.createPalette(dialog, { ...given, named, plain, t })
  }
}

function named(keys: string): string {
  return keys.split(' ').map(keyName).join(' ')
}
