/** The menu of all actions on a task, for users without hover: touch, switches, screen readers. */
import { dateOf } from '../dates/dates.ts'
import { place } from '../shell/popover.ts'
import type { Task } from '../tasks/task.ts'
import { type QuickDay, quickDays } from './groups.ts'

export interface RowMenuActions {
  edit(task: Task): void
  step(task: Task, by: 1 | -1): void
  date(task: Task, day: QuickDay): void
  toList(task: Task): void
  /** Whether there is another list to move it to. */
  hasLists(): boolean
  remove(task: Task): void
}

/** Returns a function that opens it at a button of the task's row. */
export function createRowMenu(
  menu: HTMLElement,
  { edit, step, date, toList, hasLists, remove }: RowMenuActions,
): (task: Task, button: HTMLElement) => void {
  let opened: { task: Task; button: HTMLElement } | undefined
  const actions: Readonly<Record<string, (task: Task) => void>> = {
    edit,
    up: (task) => step(task, -1),
    down: (task) => step(task, 1),
    list: (task) => toList(task),
    remove,
    today: (task) => date(task, 'today'),
    tomorrow: (task) => date(task, 'tomorrow'),
    nextWeek: (task) => date(task, 'nextWeek'),
    noDate: (task) => date(task, 'noDate'),
  }

  menu.addEventListener('click', ({ target }) => {
    const name = (target as Element).closest<HTMLElement>('[data-do]')?.dataset['do']
    if (!name || !opened) return
    const { task, button } = opened
    menu.hidePopover()
    button.focus()
    actions[name]!(task)
  })

  return (task, button) => {
    opened = { task, button }
    const days = quickDays(dateOf(new Date()))
    for (const item of menu.querySelectorAll<HTMLElement>('[data-do]'))
      item.hidden =
        item.dataset['do'] === 'list' ? !hasLists() : days[item.dataset['do'] as QuickDay] === task.due
    menu.showPopover()
    place(button, menu)
    menu.querySelector('button')!.focus()
  }
}
