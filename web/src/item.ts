/** One row of the list. */
import type { Item } from './tasks.ts'

/** What the user can do with a row. */
export interface Actions {
  toggle(item: Item, done: boolean): void
  rename(item: Item, title: string): void
  remove(item: Item): void
  retry(item: Item): void
  discard(item: Item): void
}

export interface Row {
  readonly element: HTMLLIElement
  readonly checkbox: HTMLInputElement
  /** Draws the item as it is now. */
  update(): void
}

export function createRow(item: Item, actions: Actions): Row {
  const template = document.getElementById('item') as HTMLTemplateElement
  const element = (template.content.cloneNode(true) as DocumentFragment).querySelector('li')!
  const find = <T extends Element>(selector: string) => element.querySelector<T>(selector)!
  const checkbox = find<HTMLInputElement>('[type=checkbox]')
  const title = find<HTMLElement>('.item-title')
  const edit = find<HTMLInputElement>('.item-edit')
  const fault = find<HTMLElement>('.fault')
  const editButton = find<HTMLButtonElement>('[data-do=edit]')
  const deleteButton = find<HTMLButtonElement>('[data-do=delete]')

  checkbox.addEventListener('change', () => actions.toggle(item, checkbox.checked))
  title.addEventListener('dblclick', startEdit)
  element.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-do]')
    if (button === editButton) startEdit()
    if (button === deleteButton) actions.remove(item)
    if (button?.dataset['do'] === 'retry') actions.retry(item)
    if (button?.dataset['do'] === 'discard') actions.discard(item)
  })
  element.addEventListener('keydown', (event) => {
    if (event.key === 'F2' && edit.hidden) {
      event.preventDefault()
      startEdit()
    }
  })
  edit.addEventListener('blur', () => endEdit(true))
  edit.addEventListener('keydown', (event) => {
    // Enter that picks a suggestion of an input method does not end the edit.
    if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.preventDefault()
    endEdit(event.key === 'Enter')
    if (element.isConnected) editButton.focus()
  })

  return { element, checkbox, update }

  function update() {
    const shown = item.wanted ?? item.saved!
    checkbox.checked = shown.done
    checkbox.setAttribute('aria-label', shown.title)
    editButton.setAttribute('aria-label', `Edit ${shown.title}`)
    deleteButton.setAttribute('aria-label', `Delete ${shown.title}`)
    if (title.textContent !== shown.title) title.textContent = shown.title
    element.classList.toggle('done', shown.done)
    element.classList.toggle('failed', item.failure !== undefined)
    fault.hidden = item.failure === undefined
    const what = item.wanted === null ? 'Not deleted' : 'Not saved'
    fault.firstElementChild!.textContent = item.failure === undefined ? '' : `${what}: ${item.failure}`
  }

  function startEdit() {
    if (item.wanted === null) return
    edit.value = item.wanted.title
    showEdit(true)
    edit.focus()
    edit.setSelectionRange(edit.value.length, edit.value.length)
  }

  function endEdit(save: boolean) {
    if (edit.hidden) return
    showEdit(false)
    const text = edit.value.trim()
    if (!save || text === item.wanted?.title) return
    if (text === '') actions.remove(item)
    else actions.rename(item, text)
  }

  function showEdit(editing: boolean) {
    edit.hidden = !editing
    title.hidden = editing
    element.classList.toggle('editing', editing)
  }
}
