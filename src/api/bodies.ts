import { json, type Reply } from '../http/message.ts'
import type { Task } from '../tasks/task.ts'

/** The members in this order and without blanks: clients rely on the very bytes. */
export function taskJson({ id, title, done, notes, due }: Task): string {
  const plain = `{"id":${id},"title":${JSON.stringify(title)},"done":${done}`
  return notes === null && due === null ? `${plain}}` : `${plain}${optionalJson(notes, due)}}`
}

/** With the times, of which `completed` stands only where there is one. */
export function fullTaskJson(task: Task): string {
  const completed = task.completed === null ? '' : `,"completed":"${timeText(task.completed)}"`
  return `${taskJson(task).slice(0, -1)},"created":"${timeText(task.created)}","updated":"${timeText(task.updated)}"${completed}}`
}

/** RFC 3339, UTC, milliseconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}

export function taskReply(task: Task, view?: 'full'): Reply {
  // Imported tasks may have a time to come, which no Last-Modified may tell.
  const modified = Math.floor(Math.min(task.updated, Date.now()) / 1_000) * 1_000
  const body = view === 'full' ? fullTaskJson(task) : taskJson(task)
  return { ...json(200, body, tagOf(task), 'Last-Modified', new Date(modified).toUTCString()), modified }
}

export function tagOf(task: Task): string {
  return `"${task.updated}"`
}

function optionalJson(notes: string | null, due: string | null): string {
  const notesJson = notes === null ? '' : `,"notes":${JSON.stringify(notes)}`
  return due === null ? notesJson : `${notesJson},"due":"${due}"`
}
