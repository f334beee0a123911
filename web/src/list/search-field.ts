/** The search field. Its text is part of the URL. */
import { currentQuery, keepQuery } from '../shell/address.ts'

export interface SearchField {
  /** Fills the field from the URL. */
  read(): void
  clear(): void
}

export interface SearchEvents {
  changed(): void
  /** Nothing was found here. The text stays. */
  searchAll(): void
}

/** `button` is shown if only other views or lists have results: Enter in the field presses it, too. */
export function listenToSearch(
  input: HTMLInputElement,
  button: HTMLElement,
  { changed, searchAll }: SearchEvents,
): SearchField {
  read()
  input.addEventListener('input', () => {
    keepQuery(input.value.trim())
    changed()
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.isComposing && button.checkVisibility()) searchAll()
    if (event.key !== 'Escape' || input.value === '') return
    input.value = ''
    input.dispatchEvent(new Event('input'))
  })
  button.addEventListener('click', searchAll)

  return {
    read,
    clear() {
      input.value = ''
      keepQuery('')
    },
  }

  function read() {
    input.value = currentQuery()
  }
}
