/** The name and the colour of a list, its place, and its end. */
import { element, openDialog } from '../shell/dialog.ts'
import { longest, titleOf } from '../shell/text.ts'
import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'
import type { List } from './load-lists.ts'

export interface ListDialog {
  readonly t: Words
  /** Undefined for one that is to be made. */
  readonly list?: List
  /** All reject with what went wrong, in words. */
  save(wanted: { name: string; color: string }): Promise<void>
  remove?(): Promise<void>
  step?(by: 1 | -1): Promise<void>
}

/** As the server takes them. */
const colors = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'gray'] as const

export function openListDialog({ t, list, save, remove, step }: ListDialog) {
  const name = element('input', {
    type: 'text',
    dir: 'auto',
    autocomplete: 'off',
    maxLength: longest.list,
    value: list?.name ?? '',
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
      checked: value === (list?.color ?? ''),
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
  if (!list) name.select()
  let isBusy = false
  dialog.querySelector('form')!.addEventListener('submit', (event) => {
    if ((event.submitter as HTMLButtonElement | null)?.value !== 'save') return
    event.preventDefault()
    const wanted = titleOf(name.value)
    name.ariaInvalid = String(wanted === '')
    if (wanted === '') {
      fault.textContent = l.listNameFault
      name.focus()
    } else {
      const color = swatches.querySelector<HTMLInputElement>(':checked')!.value
      void attempt(() => save({ name: wanted, color }), true)
    }
  })

  /** Says what went wrong, and keeps what was typed. */
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
