import { limits } from '../limits.ts'
import { type Fault, Invalid } from './errors.ts'
import type { NewTask, TaskChange } from './task.ts'

/** A new task from a client's JSON. Throws `Invalid`. */
export function parseNewTask(value: unknown): NewTask {
  const { faults, title, ...optional } = parseMembers(value, newTaskMembers)
  if (title === undefined && faults.length === 0) faults.push({ pointer: '#/title', detail: 'is missing' })
  if (faults.length > 0) throw new Invalid(faults)
  return { title: title!, ...optional }
}

/** A merge patch (RFC 7396) of a task from a client's JSON. Throws `Invalid`. */
export function parseTaskChange(value: unknown, titleFault: TitleRule = newTitle): TaskChange {
  const { faults, ...change } = parseMembers(value, taskMembers, titleFault)
  if (faults.length > 0) throw new Invalid(faults)
  return change
}

/** `{"before":id or null}`, the task to stand before, or the end. Throws `Invalid`. */
export function parseMove(value: unknown): { readonly before: number | null } {
  const { before, faults } = parseMembers(value, moveMembers)
  if (before === undefined && faults.length === 0) faults.push({ pointer: '#/before', detail: 'is missing' })
  if (faults.length > 0) throw new Invalid(faults)
  return { before: before! }
}

const newTaskMembers: readonly string[] = ['title', 'notes', 'due']
const taskMembers: readonly string[] = ['title', 'done', 'notes', 'due']
const moveMembers: readonly string[] = ['before']

interface Members {
  title?: string
  done?: boolean
  notes?: string | null
  due?: string | null
  before?: number | null
  faults: Fault[]
}

function parseMembers(value: unknown, allowed: readonly string[], titleFault: TitleRule = newTitle): Members {
  const members: Members = { faults: [] }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    members.faults.push({ pointer: '#', detail: 'must be a JSON object' })
    return members
  }
  for (const [name, member] of Object.entries(value)) {
    const fault = allowed.includes(name)
      ? takeMember(members, name, member, titleFault)
      : 'is not a member of this request'
    if (fault !== undefined) members.faults.push({ pointer: pointerTo(name), detail: fault })
  }
  return members
}

/** Puts the member among the others, or returns what is wrong with it. */
function takeMember(
  members: Members,
  name: string,
  value: unknown,
  titleFault: TitleRule,
): string | undefined {
  if (name === 'done') {
    if (typeof value !== 'boolean') return 'must be true or false'
    members.done = value
    return undefined
  }
  if (name === 'title') {
    if (typeof value !== 'string') return 'must be a string'
    const title = value.trim()
    const fault = titleFault(title)
    if (fault === undefined) members.title = title
    return fault
  }
  if (name === 'before') {
    if (value !== null && !(Number.isSafeInteger(value) && (value as number) > 0))
      return 'must be the id of a task or null'
    members.before = value as number | null
    return undefined
  }
  if (value !== null && typeof value !== 'string') return 'must be a string or null'
  if (name === 'notes') {
    // Empty notes are none.
    members.notes = value || null
    return value ? notesFault(value) : undefined
  }
  members.due = value
  return value === null || isDate(value) ? undefined : 'must be a date such as 2026-12-24'
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/
// Tabs and the ends of lines are text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacterInNotes = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/** What is wrong with a title that is trimmed. */
type TitleRule = (title: string) => string | undefined

/**
 * Format characters and others that show nothing, and blanks that Unicode takes for symbols, letters or marks: of Braille, of
 * hieroglyphs, of Khitan and of music.
 */
const visible = /[^\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u

/** Line separators, and what turns the direction of the text around it (https://trojansource.codes). */
const disorderly = /[\u2028-\u202e\u2066-\u2069]/

/** Of a title that somebody gives now. */
export function newTitle(title: string): string | undefined {
  const fault = anyTitle(title)
  if (fault !== undefined) return fault
  if (disorderly.test(title))
    return 'must not contain line separators or characters that turn the direction of text'
  return visible.test(title) ? undefined : 'must have something visible'
}

/** Of a title in an export, which may be older than the rules on what it shows. */
export function anyTitle(title: string): string | undefined {
  if (title === '') return 'must not be empty'
  return textFault(title, limits.titleLength, controlCharacter)
}

function notesFault(notes: string): string | undefined {
  return textFault(notes, limits.notesLength, controlCharacterInNotes)
}

function textFault(text: string, most: number, forbidden: RegExp): string | undefined {
  if (text.length > most && codePoints(text) > most) return `must have at most ${most} characters`
  if (forbidden.test(text)) return 'must not contain control characters'
  if (!text.isWellFormed()) return 'must not contain lone surrogates'
  return undefined
}

/** Whether the text is a full-date of RFC 3339 that the calendar has. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001') return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** RFC 6901 as a URI fragment. A lone surrogate has no URI form: `toWellFormed` keeps it from throwing. */
export function pointerTo(name: string): string {
  return `#/${encodeURIComponent(name.slice(0, 100).toWellFormed()).replaceAll('~', '~0').replaceAll('%2F', '~1')}`
}
