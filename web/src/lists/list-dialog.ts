/** The dialog of a list: its name, colour, position and deletion. */
import { element, openDialog } from '../shell/dialog.ts'
import { longest, titleOf } from '../shell/text.ts'
import type { Written } from '../tasks/drafts.ts'
import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'
import type { List } from './load-lists.ts'

export interface ListDialog {
  readonly t: Words
  /** Undefined for a new list. */
  readonly list?: List
  /** The draft to resume. */
  readonly written: Written | undefined
  /** Stores the current draft; undefined if there is none. */
  keep(written: Written | undefined): void
  /** All reject with a message for the user. */
  save(wanted: Wanted): Promise<void>
  remove?(): Promise<void>
  step?(by: 1 | -1): Promise<void>
}

export interface Wanted {
  readonly name: string
  readonly color: string
}

/** The values that the server accepts. */
const colors = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'gray'] as const

export function openListDialog({ t, list, written, keep, save, remove, step }: ListDialog) {
  const { name: firstName, color: firstColor = '' } = list ?? { name: '' }
  const name = element('input', {
    type: 'text',
    dir: 'auto',
    autocomplete: 'off',
    maxLength: longest.list,
    value: written?.texts['name'] ?? firstName,
  })
  name.setAttribute('aria-label', l.listName)
  name.setAttribute('placeholder', l.listName)
  const swatches = element('fieldset', { className: 'swatches' })
  swatches.append(element('legend', { className: 'visually-hidden', textContent: l.listColor }))
  for (const value of ['', ...colors]) {
    const choice = element('input', {
      type: 'radio',
      name: 'color',
      value,
      checked: value === (written?.texts['color'] ?? firstColor),
      title: l.colors[value]!,
    })
    choice.ariaLabel = l.colors[value]!
    choice.dataset['color'] = value
    swatches.append(choice)
  }
  const fault = element('p', { className: 'fault', role: 'alert' })
  const tools = element('div', { className: 'list-tools' })
  const act = (textContent: string, run: () => Promise<void>, end: boolean) => {
    const button = element('button', { type: 'button', className: 'link', textContent })
    button.addEventListener('click', () => attempt(run, end))
    tools.append(button)
    return button
  }
  if (step) {
    act(t.moveUp, () => step(-1), false)
    act(t.moveDown, () => step(1), false)
  }
  if (remove) act(t.remove, remove, true).classList.add('danger')
  const { element: dialog } = openDialog(
    list ? l.editList(list.name) : l.newList,
    [name, swatches, fault, ...(list ? [tools] : [])],
    [
      ['save', t.save],
      ['', t.cancel],
    ],
  )
  name.focus()
  let isBusy = false
  if (written?.focus) name.setSelectionRange(written.focus.from, written.focus.to)
  if (written) keepNow()
  for (const event of ['input', 'keyup', 'pointerup']) dialog.addEventListener(event, keepNow)
  dialog.addEventListener('close', () => keep(undefined))
  // A click beside the dialog closes it, and what was typed would be gone.
  dialog.addEventListener(
    'click',
    (event) => {
      if (event.target === dialog && isChanged()) event.stopImmediatePropagation()
    },
    true,
  )
  dialog.querySelector('form')!.addEventListener('submit', (event) => {
    if ((event.submitter as HTMLButtonElement | null)?.value !== 'save') return
    event.preventDefault()
    const title = titleOf(name.value)
    name.ariaInvalid = String(title === '')
    if (title === '') {
      fault.textContent = l.listNameFault
      name.focus()
    } else void attempt(() => save({ ...wanted(), name: title }), true)
  })

  function keepNow() {
    if (!isChanged()) return keep(undefined)
    const { selectionStart: from, selectionEnd: to } = name
    const focus = document.activeElement === name && { focus: { field: 'name', from: from!, to: to! } }
    keep({ texts: { ...wanted() }, ...focus })
  }

  function wanted(): Wanted {
    return { name: name.value, color: swatches.querySelector<HTMLInputElement>(':checked')!.value }
  }

  function isChanged(): boolean {
    const { name, color } = wanted()
    return name !== firstName || color !== firstColor
  }

  /** Shows the error, and keeps the input. */
  async function attempt(run: () => Promise<void>, end: boolean) {
    if (isBusy) return
    isBusy = true
    fault.textContent = ''
    try {
      await run()
      if (end) dialog.close()
    } catch (error) {
      fault.textContent = (error as Error).message
    } finally {
      isBusy = false
    }
  }
}
