/** Rules for texts: each returns what is wrong, if anything is. */
import { limits } from '../limits.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/
// Tabs and line breaks are text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const controlCharacterInNotes = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/**
 * Invisible characters: format characters, and blanks that Unicode classes as symbols, letters or marks (Braille, hieroglyphs,
 * Khitan, music).
 */
const visible = /[^\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u

/** Line separators, and characters that change the direction of the text around them (https://trojansource.codes). */
const disorderly = /[\u2028-\u202e\u2066-\u2069]/

/** For a title that is given now. */
export function newTitle(title: string): string | undefined {
  const fault = anyTitle(title)
  if (fault !== undefined) return fault
  if (disorderly.test(title))
    return 'must not contain line separators or characters that turn the direction of text'
  return visible.test(title) ? undefined : 'must have something visible'
}

/** For a title from an export, which may be older than the rules on visibility. */
export function anyTitle(title: string): string | undefined {
  if (title === '') return 'must not be empty'
  return textFault(title, limits.titleLength, controlCharacter)
}

/** For the name of a list: as a title, and shorter. */
export function listName(name: string): string | undefined {
  return newTitle(name) ?? textFault(name, limits.listNameLength, controlCharacter)
}

export function notesFault(notes: string): string | undefined {
  return textFault(notes, limits.notesLength, controlCharacterInNotes)
}

function textFault(text: string, most: number, forbidden: RegExp): string | undefined {
  if (text.length > most && codePoints(text) > most) return `must have at most ${most} characters`
  if (forbidden.test(text)) return 'must not contain control characters'
  if (!text.isWellFormed()) return 'must not contain lone surrogates'
  return undefined
}

export function dateFault(text: string): string | undefined {
  return isDate(text) ? undefined : 'must be a date such as 2026-12-24'
}

/** The latest date that a task can have. */
export const latestDay = '9999-12-31'

/** Whether the text is an RFC 3339 full-date that exists. */
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
