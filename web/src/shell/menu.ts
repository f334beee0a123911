/** The menu behind the three dots: export, import, keyboard shortcuts, theme and language. */

import { elsewhere } from '../load-later.ts'
import { newKey } from '../tasks/tab.ts'
import { t } from '../words/words.ts'
import { announce } from './announce.ts'
import { listenToChoices } from './choices.ts'
import { openUnder } from './popover.ts'
import type { Toast } from './toast.ts'

export interface MenuOptions {
  readonly toast: Toast
  readonly help: () => void
  /** Header fields of each request. */
  readonly fields: () => Record<string, string>
  /** `key`: of the import request. */
  readonly imported: (count: number, key: string) => void
}

export function listenToMenu({ toast, help, fields, imported }: MenuOptions) {
  const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
  const menu = element('menu')
  const file = element<HTMLInputElement>('import-file')

  openUnder(element('show-menu'), menu)
  menu.addEventListener('click', ({ target }) => {
    if (!(target as Element).closest('.choice')) menu.hidePopover()
  })
  listenToChoices(element<HTMLSelectElement>('theme'), element<HTMLSelectElement>('language'))
  element('show-help').addEventListener('click', help)
  element('import').addEventListener('click', () => file.click())
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? []
    if (chosen) void importChosen(chosen)
    file.value = ''
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
    const key = newKey()
    const answer = await loaded.importFile(chosen, 'api/import', { ...fields(), 'Idempotency-Key': key })
    if (typeof answer === 'number') imported(answer, key)
    else if (answer !== '') say(answer)
  }

  /** Errors in a file take time to read, so the message stays. */
  function say(text: string) {
    toast.show(text, undefined, true)
    announce(text)
  }
}
