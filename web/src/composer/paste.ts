/** Lines of text as tasks. */

import { isVisible, shortened, titleOf } from '../shell/text.ts'
import { blank, type Content } from '../tasks/task.ts'

const bullet = /^(?:[-*+•–▪◦‣]\s+)?(?:\[[ xX]?\]\s+|[☐☑☒]\s*)?/u
const number = /^\d{1,3}[.)]\s+/

/** A task for each non-blank line, without bullets, boxes and numbers. A line too long for a title becomes a note. */
export function linesOf(text: string): Content[] {
  const lines = text
    .split(/\r\n?|[\n\u2028\u2029]/)
    .map((line) => titleOf(line).replace(bullet, ''))
    .filter(isVisible)
  const isNumbered = lines.length > 1 && lines.every((line) => number.test(line))
  return lines.map((line) => contentOf(isNumbered ? line.replace(number, '') : line))
}

function contentOf(line: string): Content {
  const title = shortened(line)
  return { ...blank, title, notes: title === line ? '' : line }
}
