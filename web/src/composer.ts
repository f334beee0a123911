/** The form that adds a task. */
import { dueFieldOf } from './due-field.ts'
import { faultOf, longest } from './editor.ts'
import type { Content } from './task.ts'

export function listenToComposer(form: HTMLFormElement, add: (content: Content) => void) {
  const input = form.querySelector<HTMLInputElement>('[name=title]')!
  const fault = form.querySelector<HTMLElement>('.fault')!
  const due = dueFieldOf(form.querySelector<HTMLElement>('.due-field')!)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const title = input.value.trim()
    const date = due.read()
    tell(faultOf(title, longest.title))
    if (title === '' || fault.textContent !== '' || date === undefined) return
    add({ title, done: false, notes: '', due: date })
    input.value = ''
    due.write('')
    input.focus()
  })
  input.addEventListener('input', () => tell(''))

  function tell(what: string) {
    fault.textContent = what
    input.setAttribute('aria-invalid', String(what !== ''))
  }
}
