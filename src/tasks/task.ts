export interface Task {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes: string | null
  /** A date and no time: `2026-12-24`. */
  readonly due: string | null
  /** Milliseconds since 1970, as are the two below. */
  readonly created: number
  /** Grows with every change of this task, whatever the clock does: it is the task's version, too. */
  readonly updated: number
  readonly completed: number | null
}

export interface NewTask {
  readonly title: string
  readonly notes?: string | null
  readonly due?: string | null
}

/** A task from elsewhere, with the times it brings along. */
export interface ImportedTask {
  readonly title: string
  readonly done: boolean
  readonly notes: string | null
  readonly due: string | null
  readonly created: number | null
  readonly updated: number | null
  readonly completed: number | null
}

/** The members to change; those left out stay, null clears. `toggle` turns `done` over. */
export interface TaskChange {
  readonly title?: string
  readonly done?: boolean | 'toggle'
  readonly notes?: string | null
  readonly due?: string | null
}

/** The task after the change, or the very same object where the change changes nothing. */
export function changeTask(task: Task, change: TaskChange, now: number): Task {
  const title = change.title ?? task.title
  const done = change.done === 'toggle' ? !task.done : (change.done ?? task.done)
  const notes = change.notes === undefined ? task.notes : change.notes
  const due = change.due === undefined ? task.due : change.due
  if (title === task.title && done === task.done && notes === task.notes && due === task.due) return task
  const updated = Math.max(now, task.updated + 1)
  const completed = done === task.done ? task.completed : done ? now : null
  return { id: task.id, title, done, notes, due, created: task.created, updated, completed }
}
