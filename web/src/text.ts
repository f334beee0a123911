/** Fields of text: what they may hold, and how they are changed while somebody writes in them. */
import { t } from './words.ts'

export type TextField = HTMLInputElement | HTMLTextAreaElement

/** Code points, as the server counts. */
export const longest = { title: 200, notes: 10_000 } as const

/** Why the server would not take it, or ''. */
export function faultOf(text: string, most: number): string {
  const length = [...text].length
  return length > most ? t.tooLong(length - most, most) : ''
}

/** A title as the server takes it: on one line, without characters that control. */
export function titleOf(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

/** Whether there is something to see in it: not blanks, marks of direction and the like alone. */
export function isVisible(title: string): boolean {
  return /[^\s\p{Cc}\p{Cf}\p{Z}\p{Mn}\u115f\u1160\u2800\u3164\uffa0]/u.test(title)
}

/** Changes the text, and leaves the caret where it was in what is the same before and behind it. */
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
