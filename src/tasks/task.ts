import { limits } from '../limits.ts'
import { type Fault, Invalid } from './errors.ts'

export interface Task {
  readonly id: number
  readonly title: string
  readonly done: boolean
  /** Milliseconds since 1970, as are the two below. */
  readonly created: number
  /** Grows with every change of this task, whatever the clock does: it is the task's version, too. */
  readonly updated: number
  readonly completed: number | null
  readonly notes: string | null
  /** A date of the Gregorian calendar, without a time: `2026-12-24`. */
  readonly due: string | null
}

export interface NewTask {
  readonly title: string
  readonly notes?: string | null
  readonly due?: string | null
}

/** The members to change; those left out stay. `toggle` turns `done` over. */
export interface TaskChange {
  readonly title?: string
  readonly done?: boolean | 'toggle'
  readonly notes?: string | null
  readonly due?: string | null
}

/** A new task from a client's JSON. Throws `Invalid`. */
export function parseNewTask(value: unknown): NewTask {
  const { title, faults, ...optional } = parseMembers(value, newTaskMembers)
  if (title === undefined && faults.length === 0) faults.push({ pointer: '#/title', detail: 'is missing' })
  if (faults.length > 0) throw new Invalid(faults)
  return { title: title!, ...optional }
}

/** A merge patch (RFC 7396) of a task from a client's JSON. Throws `Invalid`. */
export function parseTaskChange(value: unknown): TaskChange {
  const { faults, ...change } = parseMembers(value, taskMembers)
  if (faults.length > 0) throw new Invalid(faults)
  return change
}

/** `{"done":bool}`, what all tasks are to be. Throws `Invalid`. */
export function parseMark(value: unknown): { readonly done: boolean } {
  const { done, faults } = parseMembers(value, markMembers)
  if (done === undefined && faults.length === 0) faults.push({ pointer: '#/done', detail: 'is missing' })
  if (faults.length > 0) throw new Invalid(faults)
  return { done: done! }
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
  return { id: task.id, title, done, created: task.created, updated, completed, notes, due }
}

const newTaskMembers: readonly string[] = ['title', 'notes', 'due']
const taskMembers: readonly string[] = ['title', 'done', 'notes', 'due']
const markMembers: readonly string[] = ['done']

interface Members {
  title?: string
  done?: boolean
  notes?: string | null
  due?: string | null
  faults: Fault[]
}

function parseMembers(value: unknown, allowed: readonly string[]): Members {
  const members: Members = { faults: [] }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    members.faults.push({ pointer: '#', detail: 'must be a JSON object' })
    return members
  }
  for (const [name, member] of Object.entries(value)) {
    const fault = allowed.includes(name)
      ? takeMember(members, name, member)
      : 'is not a member of this request'
    if (fault !== undefined) members.faults.push({ pointer: pointerTo(name), detail: fault })
  }
  return members
}

/** Puts the member among the others, or returns what is wrong with it. */
function takeMember(members: Members, name: string, value: unknown): string | undefined {
  if (name === 'done') {
    if (typeof value !== 'boolean') return 'must be true or false'
    members.done = value
    return undefined
  }
  if (value === null && name !== 'title') {
    members[name as 'notes' | 'due'] = null
    return undefined
  }
  if (typeof value !== 'string') return name === 'title' ? 'must be a string' : 'must be a string or null'
  const [text, fault] = name === 'notes' ? [value, notesFault(value)] : oneLine(name, value.trim())
  if (fault === undefined) members[name as 'title' | 'notes' | 'due'] = text === '' ? null! : text
  return fault
}

function oneLine(name: string, text: string): [string, string | undefined] {
  return [text, name === 'title' ? titleFault(text) : dateFault(text)]
}

function dateFault(text: string): string | undefined {
  return isDate(text) ? undefined : 'must be a date such as 2026-12-24'
}

/** Whether it is a day that the calendar has (RFC 3339, full-date). */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/

function titleFault(title: string): string | undefined {
  if (title === '') return 'must not be empty'
  if (title.length > limits.titleLength && codePoints(title) > limits.titleLength)
    return `must have at most ${limits.titleLength} characters`
  if (controlCharacter.test(title)) return 'must not contain control characters'
  if (!title.isWellFormed()) return 'must not contain lone surrogates'
  return undefined
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlButLineBreaks = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

function notesFault(notes: string): string | undefined {
  if (notes.length > limits.notesLength && codePoints(notes) > limits.notesLength)
    return `must have at most ${limits.notesLength} characters`
  if (controlButLineBreaks.test(notes)) return 'must not contain control characters but tabs and line breaks'
  if (!notes.isWellFormed()) return 'must not contain lone surrogates'
  return undefined
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** RFC 6901 as a URI fragment. A lone surrogate has no URI form: `toWellFormed` keeps it from throwing. */
function pointerTo(name: string): string {
  return `#/${encodeURIComponent(name.slice(0, 100).toWellFormed()).replaceAll('~', '~0').replaceAll('%2F', '~1')}`
}
