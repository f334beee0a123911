/** The form that adds tasks. Its draft is saved on every keystroke. */

import { titleFault } from '../shell/faults.ts'
import { forgetWriting } from '../shell/shortcuts.ts'
import { titleOf } from '../shell/text.ts'
import type { Draft, Written } from '../tasks/drafts.ts'
import { blank, type Content } from '../tasks/task.ts'
import { composerDate } from './composer-date.ts'
import { linesOf } from './paste.ts'

export interface Composer {
  readonly input: HTMLInputElement
  /** Whether the form is empty. */
  isEmpty(): boolean
  /** The text has changed by other means than typing. */
  check(): void
  /** Restores a draft; false if the form has other text. */
  restore(draft: Draft): boolean
}

export interface ComposerEvents {
  add(contents: readonly Content[]): void
  /** The current draft; undefined if the form is empty. */
  keep(written: Written | undefined): void
}

export function listenToComposer(form: HTMLFormElement, { add, keep }: ComposerEvents): Composer {
  const input = form.querySelector<HTMLInputElement>('[name=title]')!
  const fault = form.querySelector<HTMLElement>('.fault')!
  const date = composerDate(form, input, keepNow)
  const isEmpty = () => input.value === '' && date.chosen() === ''

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const taken = date.take()
    const title = titleOf(taken.title)
    tell(titleFault(title))
    if (title === '' || fault.textContent !== '') return
    add([{ ...blank, title, due: taken.due, repeat: taken.repeat }])
    clear()
  })
  input.addEventListener('input', () => {
    tell('')
    date.check()
  })
  for (const name of ['input', 'keyup', 'pointerup']) form.addEventListener(name, keepNow)
  // Each line becomes a task.
  input.addEventListener('paste', (event) => {
    const pasted = event.clipboardData?.getData('text/plain') ?? ''
    const { value, selectionStart, selectionEnd } = input
    const lines = linesOf(value.slice(0, selectionStart!) + pasted + value.slice(selectionEnd!))
    if (lines.length < 2) return
    event.preventDefault()
    add(lines)
    clear()
  })

  return {
    input,
    isEmpty,
    check: date.check,
    restore({ texts, focus }) {
      if (!isEmpty()) return false
      input.value = [texts['title'], date.restore(texts)].filter(Boolean).join(' ')
      date.check()
      if (!focus) return true
      input.focus()
      input.setSelectionRange(focus.from, focus.to)
      return true
    },
  }

  function clear() {
    input.value = ''
    date.clear()
    forgetWriting(input)
    input.focus()
    keepNow()
  }

  function keepNow() {
    if (isEmpty()) return keep(undefined)
    keep({
      texts: { title: input.value, ...date.texts() },
      ...(document.activeElement === input && {
        focus: { field: 'title', from: input.selectionStart!, to: input.selectionEnd! },
      }),
    })
  }

  function tell(what: string) {
    fault.textContent = what
    input.setAttribute('aria-invalid', String(what !== ''))
  }
}
