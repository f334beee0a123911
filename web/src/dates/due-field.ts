/** A field for a date that people type as they say it, or pick. */

import { dateLocales, locale, t } from '../words/words.ts'
import { dateOf } from './dates.ts'
import { formatDue, parseDue } from './due.ts'

export interface DueField {
  readonly input: HTMLInputElement
  /** `2026-12-24`, '' for none; undefined where it is not a date, which is said beside the field then. */
  read(): string | undefined
  /** Shows the date as people say it. */
  write(due: string): void
  /** How it would show the date. */
  textOf(due: string): string
  /** What it holds, to be kept over midnight: a date where one is meant. `textAfter` shows that again. */
  textFor(): string
  textAfter(kept: string): string
  /** The text has changed by other means than typing. */
  check(): void
}

/** `element` holds a text field, a date field, a button that opens the latter, and room for what is wrong. */
export function dueFieldOf(element: HTMLElement): DueField {
  const input = element.querySelector<HTMLInputElement>('[data-due=text]')!
  const date = element.querySelector<HTMLInputElement>('[type=date]')!
  const hint = element.querySelector<HTMLElement>('.hint')!
  const today = () => dateOf(new Date())
  const textOf = (due: string) => (due === '' ? '' : formatDue(due, locale, today()).text)

  input.addEventListener('input', check)
  element.querySelector('button')!.addEventListener('click', () => {
    date.value = meant() ?? ''
    date.showPicker()
  })
  date.addEventListener('change', () => {
    write(date.value)
    input.dispatchEvent(new Event('input', { bubbles: true }))
    input.focus()
  })

  return {
    input,
    read() {
      const due = meant()
      input.setAttribute('aria-invalid', String(due === undefined))
      if (due === undefined) hint.textContent = t.dueFault
      return due
    },
    write,
    textOf,
    textFor: () => meant() ?? input.value,
    textAfter: (kept) => (/^\d{4}-\d\d-\d\d$/.test(kept) ? textOf(kept) : kept),
    check,
  }

  function meant(): string | undefined {
    return input.value.trim() === '' ? '' : parseDue(input.value, dateLocales, today())
  }

  function write(due: string) {
    input.value = textOf(due)
    check()
  }

  /** Shows what was understood, or that nothing was. */
  function check() {
    const due = meant()
    input.setAttribute('aria-invalid', 'false')
    const text = due === undefined ? t.dueUnknown : textOf(due)
    hint.textContent = text === input.value.trim() ? '' : text
  }
}
