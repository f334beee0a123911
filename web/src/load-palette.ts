/** The dialog of all commands, whose script is loaded when somebody first wants it; and the keys beside the items of menus. */
import { plain } from './due.ts'
import { keyName } from './keys.ts'
import { dialogs } from './load-later.ts'
import { t } from './words.ts'

/** Returns what opens it. */
export function listenToCommands(
  dialog: HTMLDialogElement,
  { undo, redo }: { undo(): void; redo(): void },
): () => void {
  const input = dialog.querySelector('input')!
  let loading: Promise<(at: Element | null) => void> | undefined
  for (const element of document.querySelectorAll<HTMLElement>('[data-key]'))
    element.dataset['key'] = named(element.dataset['key']!)
  document.getElementById('show-commands')!.addEventListener('click', open)
  return open

  function open() {
    const at = document.activeElement
    input.value = ''
    // At once: what is typed next is meant for it.
    dialog.showModal()
    input.focus()
    loading ??= load()
    void loading
      .then((show) => show(at))
      .catch(() => {
        loading = undefined
        dialog.close()
      })
  }

  async function load() {
    const { createPalette } = await dialogs()
    return createPalette(dialog, { undo, redo, named, plain, t })
  }
}

function named(keys: string): string {
  return keys.split(' ').map(keyName).join(' ')
}
