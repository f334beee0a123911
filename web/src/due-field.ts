/** A field for a date that people type as they say it, or pick. */
import { dateOf, formatDue, parseDue } from './due.ts'
import { locale, t } from './words.ts'

export interface DueField {
  /** `2026-12-24`, '' for none; undefined where it is not a date, which is said beside the field then. */
  read(): string | undefined
  write(due: string): void
}

/** `element` holds a text field, a date field, a button that opens the latter, and room for what is wrong. */
export function dueFieldOf(element: HTMLElement): DueField {
  const text = element.querySelector<HTMLInputElement>('[data-due=text]')!
  const date = element.querySelector<HTMLInputElement>('[type=date]')!
  const hint = element.querySelector<HTMLElement>('.hint')!
  const today = () => dateOf(new Date())

  text.addEventListener('input', () => {
    const due = meant()
    text.setAttribute('aria-invalid', 'false')
    // What was understood, so that nobody has to guess.
    hint.textContent = due ? formatDue(due, locale, today()).text : ''
  })
  element.querySelector('button')!.addEventListener('click', () => {
    date.value = meant() ?? ''
    date.showPicker()
  })
  date.addEventListener('change', () => {
    write(date.value)
    text.focus()
  })

  return {
    read() {
      const due = meant()
      text.setAttribute('aria-invalid', String(due === undefined))
      hint.textContent = due === undefined ? t.dueFault : ''
      return due
    },
    write,
  }

  function meant(): string | undefined {
    return text.value.trim() === '' ? '' : parseDue(text.value, locale, today())
  }

  function write(due: string) {
    text.value = due
    text.dispatchEvent(new Event('input'))
  }
}
