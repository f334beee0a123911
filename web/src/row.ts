/** One row of the list. */
import type { Change } from './changes.ts'
import { formatDue } from './due.ts'
import { editOf } from './editor.ts'
import type { Content, Task } from './task.ts'
import { locale, t } from './words.ts'

/** What the user can do with a row. */
export interface Actions {
  toggle(task: Task, done: boolean): void
  edit(task: Task, wanted: Content): void
  remove(task: Task): void
  insist(change: Change): void
  giveUp(change: Change): void
}

/** All that a row shows. */
export interface Shown {
  readonly task: Task
  /** What waits for the user. */
  readonly held: Change | undefined
  readonly today: string
  /** Its place among those shown, from 1, and how many there are. */
  readonly place: number
  readonly total: number
}

export interface Row {
  readonly element: HTMLLIElement
  readonly checkbox: HTMLInputElement
  readonly grip: HTMLButtonElement
  readonly task: () => Task
  readonly isEditing: () => boolean
  edit(): void
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
  const editButton = find<HTMLButtonElement>('[data-do=edit]')
  const deleteButton = find<HTMLButtonElement>('[data-do=delete]')
  const grip = find<HTMLButtonElement>('.grip')
  let shown: Shown | undefined
  let editing = false

  checkbox.addEventListener('change', () => actions.toggle(shown!.task, checkbox.checked))
  editButton.addEventListener('click', edit)
  deleteButton.addEventListener('click', () => actions.remove(shown!.task))
  text.addEventListener('dblclick', edit)
  text.addEventListener('click', () => {
    // Where there is no pointer to click twice with.
    if (matchMedia('(hover: none)').matches) edit()
  })

  return { element, checkbox, grip, task: () => shown!.task, isEditing: () => editing, edit, update }

  function update(next: Shown) {
    const before = shown
    shown = next
    const { task, held, today, place, total } = next
    if (before?.total !== total) element.setAttribute('aria-setsize', String(total))
    if (before?.place !== place) element.setAttribute('aria-posinset', String(place))
    if (before?.task === task && before.held === held && before.today === today) return
    checkbox.checked = task.done
    checkbox.setAttribute('aria-label', task.title)
    editButton.setAttribute('aria-label', t.edit(task.title))
    deleteButton.setAttribute('aria-label', t.delete(task.title))
    grip.setAttribute('aria-label', t.move(task.title))
    if (title.textContent !== task.title) title.textContent = task.title
    element.classList.toggle('done', task.done)
    showDue(task, today)
    notes.hidden = task.notes === ''
    notes.textContent = task.notes.trim().split('\n', 1)[0]!
    find<HTMLElement>('.item-more').hidden = task.notes === '' && task.due === ''
    if (before?.held !== held) showHeld(held)
  }

  function showDue(task: Task, today: string) {
    due.hidden = task.due === ''
    if (due.hidden) return
    const { text, state } = formatDue(task.due, locale, today)
    // In words, not by colour alone.
    due.lastElementChild!.textContent = state === 'overdue' && !task.done ? `${t.overdue} · ${text}` : text
    due.dataset['state'] = task.done ? 'ahead' : state
  }

  function showHeld(held: Change | undefined) {
    element.classList.toggle('held', held !== undefined)
    find('.conflict')?.remove()
    if (!held) return
    const template = document.getElementById('conflict') as HTMLTemplateElement
    const conflict = (template.content.cloneNode(true) as DocumentFragment).firstElementChild!
    const part = (selector: string) => conflict.querySelector<HTMLElement>(selector)!
    const [insist, giveUp] = wordsFor(held)
    part('.conflict-reason').textContent =
      held.fault !== undefined ? t.refused(held.fault) : held.theirs ? t.changedElsewhere : t.deletedElsewhere
    part('dl').hidden = !(held.kind === 'edit' && held.theirs)
    if (held.kind === 'edit' && held.theirs) {
      part('.yours').textContent = inWords({ ...held.theirs, ...held.wanted }, held.wanted)
      part('.theirs').textContent = inWords(held.theirs, held.wanted)
    }
    part('[data-do=insist]').textContent = insist
    part('[data-do=give-up]').textContent = giveUp
    part('[data-do=insist]').addEventListener('click', () => actions.insist(held))
    part('[data-do=give-up]').addEventListener('click', () => actions.giveUp(held))
    translateNames(conflict)
    body.append(conflict)
  }

  function edit() {
    if (editing) return
    editing = true
    element.classList.add('editing')
    text.hidden = true
    const editor = editOf(shown!.task, {
      done(wanted) {
        editing = false
        element.classList.remove('editing')
        text.hidden = false
        const hadFocus = editor.contains(document.activeElement)
        editor.remove()
        if (wanted) actions.edit(shown!.task, wanted)
        if (hadFocus && element.isConnected) editButton.focus()
      },
      remove: () => actions.remove(shown!.task),
    })
    text.after(editor)
    const input = editor.querySelector('input')!
    input.focus()
    input.setSelectionRange(input.value.length, input.value.length)
  }
}

function wordsFor({ fault, theirs }: Change): [insist: string, giveUp: string] {
  if (fault !== undefined) return [t.retry, t.discard]
  return theirs ? [t.keepMine, t.keepTheirs] : [t.restore, t.letGo]
}

function translateNames(conflict: Element) {
  const [yours, theirs] = conflict.querySelectorAll('dt')
  yours!.textContent = t.yours
  theirs!.textContent = t.theirs
}

/** What is in dispute. */
function inWords(content: Content, disputed: Partial<Content>): string {
  const names = (['title', 'notes', 'due'] as const).filter((name) => name in disputed)
  return names.map((name) => content[name] || `${t[name]}: ${t.none}`).join('\n')
}
