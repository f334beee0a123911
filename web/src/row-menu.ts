/** All that can be done with a task, for who has no pointer that hovers: fingers, switches, screen readers. */
import { place } from './popover.ts'
import type { Task } from './task.ts'

export interface RowMenuActions {
  edit(task: Task): void
  step(task: Task, by: 1 | -1): void
  remove(task: Task): void
}

/** Returns what opens it at a button of the task's row. */
export function createRowMenu(
  menu: HTMLElement,
  { edit, step, remove }: RowMenuActions,
): (task: Task, button: HTMLElement) => void {
  let opened: { task: Task; button: HTMLElement } | undefined
  const actions: Readonly<Record<string, (task: Task) => void>> = {
    edit,
    up: (task) => step(task, -1),
    down: (task) => step(task, 1),
    remove,
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
    menu.showPopover()
    place(button, menu)
    menu.querySelector('button')!.focus()
  }
}
