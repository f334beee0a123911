/** Title, due date and notes of a task, in its row. */
import { dueFieldOf } from './due-field.ts'
import type { Content, Task } from './task.ts'
import { t, translate } from './words.ts'

/** Code points, as the server counts. */
export const longest = { title: 200, notes: 10_000 } as const

export interface EditorEvents {
  /** Without `wanted` nothing is to change. */
  done(wanted?: Content): void
  remove(): void
}

export function editOf(task: Task, { done, remove }: EditorEvents): HTMLFormElement {
  const template = document.getElementById('editor') as HTMLTemplateElement
  const form = (template.content.cloneNode(true) as DocumentFragment).querySelector('form')!
  translate(form)
  const find = <T extends HTMLElement>(selector: string) => form.querySelector<T>(selector)!
  const title = find<HTMLInputElement>('[name=title]')
  const notes = find<HTMLTextAreaElement>('[name=notes]')
  const fault = find('.fault')
  const due = dueFieldOf(find('.due-field'))
  title.value = task.title
  notes.value = task.notes
  due.write(task.due)
  let over = false

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    save()
  })
  form.addEventListener('keydown', (event) => {
    // Enter that picks a suggestion of an input method does not end the edit.
    if (event.isComposing) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      end()
    }
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
  })
  form.addEventListener('focusout', ({ relatedTarget }) => {
    // A picker of dates takes the focus to nowhere; whoever goes on elsewhere has finished.
    if (relatedTarget instanceof Node && !form.contains(relatedTarget)) save()
  })
  find('[data-do=cancel]').addEventListener('click', () => end())
  find('[data-do=remove]').addEventListener('click', () => {
    end()
    remove()
  })
  return form

  function save() {
    if (over) return
    const date = due.read()
    const wanted = title.value.trim()
    fault.textContent = faultOf(wanted, longest.title) || faultOf(notes.value, longest.notes)
    title.setAttribute('aria-invalid', String(faultOf(wanted, longest.title) !== ''))
    if (fault.textContent !== '' || date === undefined) return
    if (wanted === '') {
      end()
      remove()
    } else
      end({ title: wanted, done: task.done, notes: notes.value.trim() === '' ? '' : notes.value, due: date })
  }

  function end(wanted?: Content) {
    if (over) return
    over = true
    done(wanted)
  }
}

/** Why the server would not take it, or ''. */
export function faultOf(text: string, most: number): string {
  const length = [...text].length
  return length > most ? t.tooLong(length - most, most) : ''
}
