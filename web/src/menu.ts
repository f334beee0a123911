/** What is behind the three dots: export, import, the keys, theme and language. */
import { announce } from './announce.ts'
import type { RequestFailed } from './api.ts'
import { listenToChoices } from './choices.ts'
import { openUnder } from './popover.ts'
import { newKey } from './tab.ts'
import type { Toast } from './toast.ts'
import { upload } from './transfer.ts'
import { t } from './words.ts'

export interface MenuOptions {
  readonly toast: Toast
  readonly help: HTMLDialogElement
  /** What each request bears. */
  readonly fields: () => Record<string, string>
  /** `key` of the request that has imported so many. */
  readonly imported: (count: number, key: string) => void
}

const elsewhere = () => import('./elsewhere.ts')

export function listenToMenu({ toast, help, fields, imported }: MenuOptions) {
  const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
  const menu = element('menu')
  const file = element<HTMLInputElement>('import-file')
  const progress = element<HTMLDialogElement>('importing')
  const bar = progress.querySelector('progress')!

  openUnder(element('show-menu'), menu)
  menu.addEventListener('click', ({ target }) => {
    if (!(target as Element).closest('.choice')) menu.hidePopover()
  })
  listenToChoices(element<HTMLSelectElement>('theme'), element<HTMLSelectElement>('language'))
  element('show-help').addEventListener('click', () => help.showModal())
  element('import').addEventListener('click', () => file.click())
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? []
    if (chosen) void importChosen(chosen)
    file.value = ''
  })
  // A click beside a dialog closes it.
  help.addEventListener('click', ({ target }) => {
    if (target === help) help.close()
  })

  element('show-calendar').addEventListener('click', async () => {
    try {
      const { showCalendar } = await elsewhere()
      await showCalendar({ api: 'api', fields: fields() })
    } catch {
      say(t.noCalendar)
    }
  })

  async function importChosen(chosen: File) {
    const loaded = await elsewhere().catch(() => undefined)
    if (loaded === undefined) return say(t.notImported(t.offline))
    try {
      const wanted = await loaded.toImport(chosen)
      if (wanted) await importFile(wanted)
    } catch {
      // It was moved or deleted since it was chosen.
      say(t.notImported(t.unreadable))
    }
  }

  async function importFile(chosen: File) {
    bar.removeAttribute('value')
    const key = newKey()
    const { count, stop } = upload('api/import', chosen, { ...fields(), 'Idempotency-Key': key }, (part) => {
      // The server goes on working when all was sent.
      if (part < 1) bar.value = part
      else bar.removeAttribute('value')
    })
    progress.onclose = stop
    progress.showModal()
    try {
      imported(await count, key)
    } catch (error) {
      const { message } = error as RequestFailed
      if (message !== '') say(t.notImported(message === 'no answer' ? t.offline : message))
    }
    progress.onclose = null
    progress.close()
  }

  /** What is wrong with a file takes time to read. */
  function say(text: string) {
    toast.show(text, undefined, true)
    announce(text)
  }
}
