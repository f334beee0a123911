/** One row of the list. */

import { formatDue } from '../dates/due.ts'
import { repeatsNow } from '../dates/load-repeats.ts'
import type { List } from '../lists/load-lists.ts'
import { dialogs } from '../load-later.ts'
import type { Change } from '../tasks/changes.ts'
import type { Draft, Written } from '../tasks/drafts.ts'
import type { Content, Task } from '../tasks/task.ts'
import { locale, t } from '../words/words.ts'
import type { Conflict } from './conflict.ts'
import { type Editor, editOf } from './editor.ts'

/** The user's actions on a row. */
export interface Actions {
  toggle(task: Task, done: boolean): void
  /** `base`: the task as the user saw it. */
  edit(task: Task, wanted: Partial<Content>, base: Content): void
  remove(task: Task): void
  /** Opens the menu of all actions at the button. */
  more(task: Task, button: HTMLElement): void
  insist(change: Change): void
  giveUp(change: Change): void
  /** Stores the draft, under this key if there is one, and returns its key. */
  keep(task: Task, base: Content, written: Written | undefined, key: string | undefined): string | undefined
  /** Discards the draft. */
  discard(task: Task, base: Content, written: Written): void
  /** Restores a task that was deleted elsewhere. */
  restore(task: Task, base: Content): void
  /** The name of a list. */
  listName(list: number): string
  /** An editor was opened or closed. */
  edits(): void
}

/** The contents of a row. */
export interface Shown {
  readonly task: Task
  /** It was deleted elsewhere. */
  readonly gone: boolean
  /** The changes that await the user's decision. */
  readonly held: Change | undefined
  readonly today: string
  /** The day in its heading, which the row does not repeat. */
  readonly day: string | undefined
  /** Whether its heading says that it is overdue. */
  readonly saysOverdue: boolean
  /** Its position among the tasks shown, from 1, and their number. */
  readonly place: number
  readonly total: number
  /** Where it does not stand among its like alone. */
  readonly list: List | undefined
}

export interface Row {
  readonly element: HTMLLIElement
  readonly checkbox: HTMLInputElement
  readonly grip: HTMLButtonElement
  readonly task: () => Task
  readonly isEditing: () => boolean
  edit(draft?: Draft): void
  update(shown: Shown): void
}

export function createRow(actions: Actions): Row {
  const template = document.getElementById('item') as HTMLTemplateElement
  const element = (template.content.cloneNode(true) as DocumentFragment).querySelector('li')!
  const find = <T extends Element>(selector: string) => element.querySelector<T>(selector)!
  const checkbox = find<HTMLInputElement>('[type=checkbox]')
  const body = find<HTMLElement>('.item-body')
  const text = find<HTMLElement>('.item-text')
  const title = find<HTMLElement>('.item-title')
  const due = find<HTMLElement>('.due')
  const notes = find<HTMLElement>('.item-notes')
  const inList = find<HTMLElement>('.in-list')
  const [editButton, deleteButton, moreButton] = [
    find<HTMLButtonElement>('[data-do=edit]'),
    find<HTMLButtonElement>('[data-do=delete]'),
    find<HTMLButtonElement>('[data-do=more]'),
  ]
  const grip = find<HTMLButtonElement>('.grip')
  let conflict: Conflict | undefined
  let shown: Shown | undefined
  let editor: Editor | undefined
  let draftKey: string | undefined

  checkbox.addEventListener('change', () => actions.toggle(shown!.task, checkbox.checked))
  deleteButton.addEventListener('click', () => actions.remove(shown!.task))
  moreButton.addEventListener('click', () => actions.more(shown!.task, moreButton))
  // Otherwise Firefox selects a word in the field that replaces the text.
  text.addEventListener('mousedown', (event) => event.detail > 1 && event.preventDefault())
  text.addEventListener('click', (event) => {
    // Allows selected text to be copied, and keeps a touch screen's keyboard closed.
    if (getSelection()?.isCollapsed !== false)
      edit(undefined, (event as PointerEvent).pointerType === 'touch')
  })

  return {
    element,
    checkbox,
    grip,
    task: () => shown!.task,
    isEditing: () => editor !== undefined,
    edit,
    update,
  }

  function update(next: Shown) {
    const before = shown
    shown = next
    const { task, gone, held, today, day, saysOverdue, place, total, list } = next
    if (before?.total !== total) element.setAttribute('aria-setsize', String(total))
    if (before?.place !== place) element.setAttribute('aria-posinset', String(place))
    if (held && !conflict) loadConflict()
    if (
      before?.task === task &&
      before.gone === gone &&
      before.held === held &&
      before.today === today &&
      before.day === day &&
      before.saysOverdue === saysOverdue &&
      before.list === list
    )
      return
    checkbox.checked = task.done
    checkbox.disabled = gone
    checkbox.setAttribute('aria-label', task.title)
    editButton.setAttribute('aria-label', t.edit(task.title))
    deleteButton.setAttribute('aria-label', t.delete(task.title))
    moreButton.setAttribute('aria-label', t.more(task.title))
    grip.setAttribute('aria-label', t.move(task.title))
    if (title.textContent !== task.title) title.textContent = task.title
    element.classList.toggle('done', task.done)
    const isSaid = task.due === '' || task.due === day
    due.hidden = isSaid
    if (!isSaid) showDue(next)
    showRepeat()
    showList(list)
    notes.hidden = task.notes === ''
    notes.textContent = task.notes.trim()
    find<HTMLElement>('.item-more').hidden = !list && task.notes === '' && isSaid && task.repeat === ''
    element.classList.toggle('held', held !== undefined)
    conflict?.show(held)
    editor?.follow(gone ? undefined : task)
  }

  function showRepeat() {
    const { repeat } = shown!.task
    const element = find<HTMLElement>('.repeat')
    element.hidden = repeat === ''
    element.textContent = (repeat && repeatsNow(showRepeat)?.inWords(repeat)) ?? ''
  }

  function showList(list: List | undefined) {
    inList.hidden = !list
    inList.textContent = list?.name ?? ''
    inList.dataset['color'] = list?.color ?? ''
  }

  /** Retried at each render. */
  function loadConflict() {
    dialogs().then(
      ({ conflictOf }) => {
        conflict ??= conflictOf(body, { ...actions, t })
        conflict.show(shown!.held)
      },
      () => {},
    )
  }

  function showDue({ task, today, saysOverdue }: Shown) {
    const { text, state } = formatDue(task.due, locale, today)
    // In words, not only by colour.
    const isTold = state === 'overdue' && !task.done && !saysOverdue
    due.lastElementChild!.textContent = isTold ? `${t.overdue} · ${text}` : text
    due.dataset['state'] = task.done ? 'ahead' : state
  }

  function edit(draft?: Draft, isToRead = false) {
    if (editor) return
    draftKey = draft?.key
    editor = editOf(
      shown!.task,
      {
        save(wanted, base) {
          close()
          if (Object.keys(wanted).length > 0) actions.edit(shown!.task, wanted, base)
          actions.edits()
        },
        discard(written, base) {
          close()
          if (written) actions.discard(shown!.task, base, written)
          actions.edits()
        },
        remove() {
          close()
          actions.remove(shown!.task)
          actions.edits()
        },
        keep(written, base) {
          draftKey = actions.keep(shown!.task, base, written, draftKey)
        },
        restore: (base) => actions.restore(shown!.task, base),
      },
      draft,
    )
    element.classList.add('editing')
    text.hidden = true
    text.after(editor.element)
    editor.follow(shown!.gone ? undefined : shown!.task)
    editor.focus(isToRead)
    actions.edits()
  }

  function close() {
    const form = editor!.element
    const hadFocus = form.contains(document.activeElement)
    actions.keep(shown!.task, shown!.task, undefined, draftKey)
    draftKey = undefined
    editor = undefined
    element.classList.remove('editing')
    text.hidden = false
    form.remove()
    if (!hadFocus || !element.isConnected) return
    editButton.focus()
  }
}
