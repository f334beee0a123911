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

/** What has to hold of a task's version for a write to be done: all that is given. */
export interface Condition {
  /** It is one of these. */
  readonly versions?: readonly number[]
  /** It is none of these; `any`: there is no such task. */
  readonly not?: readonly number[] | 'any'
  /** It was not changed after this second, in milliseconds since 1970. */
  readonly unchangedSince?: number
}

/** `updated`: the task's version, or that of one which was removed and `exists` no more. */
export function holds({ versions, not, unchangedSince }: Condition, updated: number, exists = true): boolean {
  if (versions !== undefined && !versions.includes(updated)) return false
  if (not === 'any' ? exists : not?.includes(updated)) return false
  return unchangedSince === undefined || Math.floor(updated / 1_000) * 1_000 <= unchangedSince
}

/** The last millisecond that RFC 3339 can write. */
export const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * The version after this one. Where it would be beyond the last time that can be written, which only an import can come near
 * to, versions begin anew with the clock: they were all later ones so far.
 */
export function versionAfter(updated: number, now: number): number {
  return updated < lastTime ? Math.max(now, updated + 1) : now
}

/** The task after the change, or the very same object where the change changes nothing. */
export function changeTask(task: Task, change: TaskChange, now: number): Task {
  const title = change.title ?? task.title
  const done = change.done === 'toggle' ? !task.done : (change.done ?? task.done)
  const notes = change.notes === undefined ? task.notes : change.notes
  const due = change.due === undefined ? task.due : change.due
  if (title === task.title && done === task.done && notes === task.notes && due === task.due) return task
  const updated = versionAfter(task.updated, now)
  const completed = done === task.done ? task.completed : done ? now : null
  return { id: task.id, title, done, notes, due, created: task.created, updated, completed }
}
