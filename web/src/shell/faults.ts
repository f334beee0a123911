/** The reason why the server would reject a text, in words. */

import { t } from '../words/words.ts'
import { isVisible, longest } from './text.ts'

/** Why the server would reject the title, or ''. */
export function titleFault(title: string): string {
  return lengthFault(title, longest.title) || (title !== '' && !isVisible(title) ? t.invisible : '')
}

/** Why the server would reject the notes, or ''. */
export function notesFault(notes: string): string {
  return lengthFault(notes, longest.notes)
}

function lengthFault(text: string, most: number): string {
  const length = [...text].length
  return length > most ? t.tooLong(length - most, most) : ''
}
