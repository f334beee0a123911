/** The form that adds tasks. What is written there is kept with every key. */
import type { Draft, Written } from './drafts.ts'
import { dueFieldOf } from './due-field.ts'
import { linesOf } from './paste.ts'
import { forgetWriting } from './shortcuts.ts'
import { blank, type Content } from './task.ts'
import { titleFault, titleOf } from './text.ts'

export interface Composer {
  readonly input: HTMLInputElement
  /** Whether nothing is written there. */
  isEmpty(): boolean
  /** Brings back what was written; false where something else stands there. */
  restore(draft: Draft): boolean
}

export interface ComposerEvents {
  add(contents: readonly Content[]): void
  /** What is written now, to be kept; undefined: nothing. */
  keep(written: Written | undefined): void
  /** The day that a task gets where none is said: that of the view it is added in; '' for none. */
  defaultDue(): string
}

export function listenToComposer(form: HTMLFormElement, { add, keep, defaultDue }: ComposerEvents): Composer {
  const input = form.querySelector<HTMLInputElement>('[name=title]')!
  const fault = form.querySelector<HTMLElement>('.fault')!
  const due = dueFieldOf(form.querySelector<HTMLElement>('.due-field')!)
  const isEmpty = () => input.value === '' && due.input.value === ''

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const title = titleOf(input.value)
    const date = due.read()
    tell(titleFault(title))
    if (title === '' || fault.textContent !== '' || date === undefined) return
    add([{ ...blank, title, due: date || defaultDue() }])
    clear()
  })
  input.addEventListener('input', () => tell(''))
  for (const name of ['input', 'keyup', 'pointerup']) form.addEventListener(name, keepNow)
  // Several lines are several tasks.
  input.addEventListener('paste', (event) => {
    const pasted = event.clipboardData?.getData('text/plain') ?? ''
    const { value, selectionStart, selectionEnd } = input
    const lines = linesOf(value.slice(0, selectionStart!) + pasted + value.slice(selectionEnd!))
    if (lines.length < 2) return
    event.preventDefault()
    add(lines.map((line) => ({ ...line, due: defaultDue() })))
    clear()
  })

  return {
    input,
    isEmpty,
    restore({ texts, focus }) {
      if (!isEmpty()) return false
      input.value = texts['title'] ?? ''
      due.input.value = due.textAfter(texts['due'] ?? '')
      due.check()
      if (!focus) return true
      const field = focus.field === 'due' ? due.input : input
      field.focus()
      field.setSelectionRange(focus.from, focus.to)
      return true
    },
  }

  function clear() {
    input.value = ''
    due.write('')
    forgetWriting(input, due.input)
    input.focus()
    keepNow()
  }

  function keepNow() {
    if (isEmpty()) return keep(undefined)
    const focused = document.activeElement === due.input ? due.input : input
    keep({
      texts: { title: input.value, due: due.textFor() },
      ...(document.activeElement === focused && {
        focus: {
          field: focused === input ? 'title' : 'due',
          from: focused.selectionStart!,
          to: focused.selectionEnd!,
        },
      }),
    })
  }

  function tell(what: string) {
    fault.textContent = what
    input.setAttribute('aria-invalid', String(what !== ''))
  }
}
