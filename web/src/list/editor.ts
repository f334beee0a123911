/**
 * The editor in a row. Fields that were not touched follow the task when it changes; only those that were touched are saved. Every
 * keystroke is kept. Leaving the editor in any way saves it; Escape discards it.
 */

import { dateOf } from '../dates/dates.ts'
import { dueFieldOf } from '../dates/due-field.ts'
import { repeatsNow } from '../dates/load-repeats.ts'
import { dialogs } from '../load-later.ts'
import { notesFault, titleFault } from '../shell/faults.ts'
import { isCommand } from '../shell/keys.ts'
import { press } from '../shell/press.ts'
import { notesOf, setText, type TextField, titleOf } from '../shell/text.ts'
import type { Draft, Written } from '../tasks/drafts.ts'
import { blank, type Content, contentNames, pick, type Task } from '../tasks/task.ts'
import { translate } from '../words/words.ts'
import { detailsOf } from './details.ts'

export interface Editor {
  readonly element: HTMLFormElement
  /** The task as it is now; undefined if it was deleted elsewhere. */
  follow(task: Task | undefined): void
  /** Puts the caret at the end of the title or at its former position; in no field if opened for reading. */
  focus(isToRead: boolean): void
}

export interface EditorEvents {
  /** It was closed, and `wanted` differs from `base`, which the user saw. */
  save(wanted: Partial<Content>, base: Content): void
  /** It was closed, and the draft is discarded. */
  discard(written: Written | undefined, base: Content): void
  remove(): void
  /** The current draft; undefined if there is none to keep. */
  keep(written: Written | undefined, base: Content): void
  /** Restores the deleted task. */
  restore(base: Content): void
}

type Name = 'title' | 'notes' | 'due' | 'repeat'

interface Field {
  readonly input: TextField
  /** The value of the task as the user last saw it. */
  base: string
  /** The field's text for that value. */
  shown: string
}

export function editOf(task: Task, events: EditorEvents, draft?: Draft): Editor {
  const template = document.getElementById('editor') as HTMLTemplateElement
  const form = (template.content.cloneNode(true) as DocumentFragment).querySelector('form')!
  translate(form)
  const find = <T extends HTMLElement>(selector: string) => form.querySelector<T>(selector)!
  const [fault, gone] = [find('.editor > .fault'), find('.gone')]
  const due = dueFieldOf(find('.due-field'))
  const details = detailsOf(form)
  const textOf = (name: Name, value: string) => (name === 'due' ? due.textOf(value) : value)
  const base = draft?.base ?? task
  const fieldOf = (name: Name, input: TextField): Field => {
    const shown = textOf(name, base[name])
    const text = draft?.texts[name]
    input.value = text === undefined ? shown : name === 'due' ? due.textAfter(text) : text
    return { input, base: base[name], shown }
  }
  const fields: Readonly<Record<Name, Field>> = {
    title: fieldOf('title', find<HTMLTextAreaElement>('[name=title]')),
    due: fieldOf('due', due.input),
    repeat: fieldOf('repeat', find<HTMLInputElement>('[name=repeat]')),
    notes: fieldOf('notes', find<HTMLTextAreaElement>('[name=notes]')),
  }
  const names = Object.keys(fields) as Name[]
  let checkRepeat = () => {}
  let latest: Task | undefined = task
  let over = false
  /** Whether an input method is composing; changing the field would break the composition. */
  let composing = false
  due.check()
  showDetails()
  showRepeat()

  // The second click of a double click that opened the editor must not select a word.
  let isFresh = true
  form.addEventListener('mousedown', (event) => {
    if (event.detail < 2) isFresh = false
    else if (isFresh) event.preventDefault()
  })
  form.addEventListener('input', () => {
    const { input } = fields.title
    // Also removes pasted line breaks: a title is one line, even if it wraps.
    if (!composing) setText(input, input.value.replace(/[\r\n]+/g, ' '))
    showDetails()
  })
  // Enter on any keyboard, except when it accepts an input method's suggestion.
  fields.title.input.addEventListener('beforeinput', (event) => {
    if ((event as InputEvent).inputType !== 'insertLineBreak') return
    event.preventDefault()
    save(true)
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    save(true)
  })
  form.addEventListener('keydown', (event) => {
    // Enter that accepts an input method's suggestion does not end the edit.
    if (event.isComposing) return
    if (event.key === 'Escape') {
      event.preventDefault()
      event.stopPropagation()
      discard()
    }
    if (event.key === 'Enter' && isCommand(event)) save(true)
  })
  for (const name of ['input', 'keyup', 'pointerup'])
    form.addEventListener(name, ({ target }) => {
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) keep()
    })
  form.addEventListener('compositionstart', () => {
    composing = true
  })
  form.addEventListener('compositionend', () => {
    composing = false
    follow(latest)
  })
  form.addEventListener('focusout', ({ relatedTarget }) => {
    // A press outside waits for its click: if the row shrank before it, the click would hit another row.
    if (relatedTarget instanceof Node && !form.contains(relatedTarget) && !press.isDown()) leave()
  })
  addEventListener('click', onClick, true)
  find('[data-do=cancel]').addEventListener('click', discard)
  find('[data-do=remove]').addEventListener('click', () => {
    end()
    events.keep(undefined, baseOf())
    events.remove()
  })
  find('[data-do=restore]').addEventListener('click', () => events.restore(baseOf()))
  if (draft) keep()

  return {
    element: form,
    follow,
    focus(isToRead) {
      if (isToRead) return form.focus({ preventScroll: true })
      const { field = 'title', from = Infinity, to = Infinity } = draft?.focus ?? {}
      const { input } = fields[field as Name] ?? fields.title
      input.focus()
      const end = input.value.length
      input.setSelectionRange(Math.min(from, end), Math.min(to, end))
    },
  }

  function follow(now: Task | undefined) {
    latest = now
    if (composing || over) return
    gone.hidden = now !== undefined
    if (!now) return
    for (const name of names) {
      const field = fields[name]
      if (isTouched(name) || now[name] === field.base) continue
      field.base = now[name]
      field.shown = textOf(name, now[name])
      setText(field.input, field.shown)
      if (name === 'due') due.check()
      if (name === 'repeat') checkRepeat()
    }
    showDetails()
  }

  function showDetails() {
    details.show({ title: fields.title.input.value, notes: fields.notes.input.value }, latest ?? task)
  }

  function showRepeat() {
    const rules = repeatsNow(showRepeat)
    // Their style sheet.
    dialogs().catch(() => {})
    if (rules) checkRepeat = rules.fieldAround(fields.repeat.input as HTMLInputElement)
  }

  function isTouched(name: Name): boolean {
    return fields[name].input.value !== fields[name].shown
  }

  function baseOf(): Content {
    const bases = Object.fromEntries(names.map((name) => [name, fields[name].base]))
    return { ...blank, ...pick(base, contentNames), ...bases }
  }

  function written(): Written | undefined {
    if (!names.some(isTouched)) return undefined
    const touched = names.filter(isTouched)
    const focused = names.find((name) => fields[name].input === document.activeElement)
    const { selectionStart: from, selectionEnd: to } = focused ? fields[focused].input : {}
    return {
      texts: Object.fromEntries(
        touched.map((name) => [name, name === 'due' ? due.textFor() : fields[name].input.value]),
      ),
      ...(focused && { focus: { field: focused, from: from!, to: to! } }),
    }
  }

  function keep() {
    if (!over) events.keep(written(), baseOf())
  }

  /** `explicit`: the user saved deliberately rather than by leaving the editor. */
  function save(explicit: boolean) {
    if (over) return
    const title = titleOf(fields.title.input.value)
    const notes = notesOf(fields.notes.input.value)
    const touched = names.filter(isTouched)
    const given = touched.includes('due') ? due.read() : fields.due.base
    const repeat = fields.repeat.input.value
    const begins = given === '' && repeat !== '' && isTouched('repeat')
    const date = begins ? (repeatsNow(() => {})?.firstDay(repeat, dateOf(new Date())) ?? '') : given
    fault.textContent = titleFault(title) || notesFault(notes)
    fields.title.input.setAttribute('aria-invalid', String(titleFault(title) !== ''))
    if (fault.textContent !== '' || date === undefined) return
    if (title === '' && explicit) {
      end()
      events.keep(undefined, baseOf())
      return events.remove()
    }
    const values = { title: title || fields.title.base, notes, due: date, repeat }
    const wanted = Object.fromEntries(
      names
        .filter((name) => (isTouched(name) || begins) && values[name] !== fields[name].base)
        .map((name) => [name, values[name]]),
    )
    end()
    events.save(wanted, baseOf())
  }

  function leave() {
    save(false)
  }

  function discard() {
    if (over) return
    const text = written()
    end()
    events.discard(text, baseOf())
  }

  function end() {
    over = true
    removeEventListener('click', onClick, true)
  }

  function onClick({ target }: Event) {
    const from = press.origin() ?? target
    // A press inside released outside is a text selection; the toast stays usable.
    const isWithin = (node: EventTarget | null) =>
      node instanceof Element && (form.contains(node) || node.closest('.dock') !== null)
    if (!isWithin(from) && !isWithin(target)) leave()
  }
}
