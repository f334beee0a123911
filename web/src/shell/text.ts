/** Text fields: their permitted contents, and edits while the user is typing. */

export type TextField = HTMLInputElement | HTMLTextAreaElement

/** Code points, as the server counts. */
export const longest = { title: 200, notes: 10_000, list: 100 } as const

/** A title as the server accepts it: on one line, without control characters and those that turn the direction of text. */
export function titleOf(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u202a-\u202e\u2066-\u2069]+/g, '')
    .toWellFormed()
    .trim()
}

/** Notes as the server accepts them: without control characters other than tabs and ends of lines. */
export function notesOf(text: string): string {
  return text.trim() === '' ? '' : text.replace(/[^\P{Cc}\t\n\r]+/gu, '').toWellFormed()
}

/** Whether the title is visible by the server's rule: it is not only blanks and format characters. */
export function isVisible(title: string): boolean {
  return /[^\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u.test(
    title,
  )
}

/** The title, cut with an ellipsis if it is longer than the server accepts. */
export function shortened(title: string): string {
  const characters = [...title]
  return characters.length <= longest.title ? title : `${characters.slice(0, longest.title - 1).join('')}…`
}

/** Changes the text, and keeps the caret in place within the common prefix or suffix. */
export function setText(field: TextField, text: string) {
  const old = field.value
  if (old === text) return
  const { selectionStart, selectionEnd } = field
  const isHere = field.ownerDocument.activeElement === field
  field.value = text
  if (!isHere) return
  const from = movedCaret(old, text, selectionStart!)
  field.setSelectionRange(from, movedCaret(old, text, selectionEnd!))
}

function movedCaret(old: string, text: string, at: number): number {
  let before = 0
  while (before < old.length && old[before] === text[before]) before++
  if (at <= before) return at
  let behind = 0
  while (behind < old.length - before && old.at(-1 - behind) === text.at(-1 - behind)) behind++
  return old.length - at <= behind ? text.length - (old.length - at) : Math.min(at, text.length)
}

/** Removes these characters from the end. */
export function withoutEnd(text: string, marks: string): string {
  let end = text.length
  while (end > 0 && marks.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}
