/** The field for what is searched, which the address keeps. */
import { currentQuery, keepQuery } from './address.ts'

export interface SearchField {
  /** Writes there what the address says. */
  read(): void
  clear(): void
}

export function listenToSearch(input: HTMLInputElement, changed: () => void): SearchField {
  read()
  input.addEventListener('input', () => {
    keepQuery(input.value.trim())
    changed()
  })
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || input.value === '') return
    input.value = ''
    input.dispatchEvent(new Event('input'))
  })

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
