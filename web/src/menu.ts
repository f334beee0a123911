/** What is behind the three dots: export, import, the keys. */
import { announce } from './announce.ts'
import type { RequestFailed } from './api.ts'
import { newKey } from './tab.ts'
import type { Toast } from './toast.ts'
import { upload } from './transfer.ts'
import { t } from './words.ts'

export interface MenuOptions {
  readonly toast: Toast
  readonly help: HTMLDialogElement
}

export function listenToMenu({ toast, help }: MenuOptions) {
  const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
  const menu = element('menu')
  const file = element<HTMLInputElement>('import-file')
  const progress = element<HTMLDialogElement>('importing')
  const bar = progress.querySelector('progress')!

  menu.addEventListener('click', () => menu.hidePopover())
  element('show-help').addEventListener('click', () => help.showModal())
  element('import').addEventListener('click', () => file.click())
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? []
    if (chosen) void importFile(chosen)
    file.value = ''
  })
  // A click beside a dialog closes it.
  help.addEventListener('click', ({ target }) => {
    if (target === help) help.close()
  })

  async function importFile(chosen: File) {
    bar.removeAttribute('value')
    const { imported, stop } = upload('/api/import', chosen, newKey(), (part) => {
      // The server goes on working when all was sent.
      if (part < 1) bar.value = part
      else bar.removeAttribute('value')
    })
    progress.onclose = stop
    progress.showModal()
    try {
      say(t.imported(await imported))
    } catch (error) {
      const { message } = error as RequestFailed
      if (message !== '') say(t.notImported(message === 'no answer' ? t.offline : message))
    }
    progress.onclose = null
    progress.close()
  }

  function say(text: string) {
    toast.show(text)
    announce(text)
  }
}
