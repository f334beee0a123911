import { HttpError } from '../http/message.ts'
import { limits } from '../limits.ts'
import { tooLarge } from './csv.ts'

export interface Element {
  readonly value: unknown
  /** Of its first character, from 1. */
  readonly line: number
}

/** The elements of a JSON array as their text arrives. Throws `HttpError` 400 and 413 with the line. */
export async function* jsonElements(texts: AsyncIterable<string>): AsyncGenerator<Element> {
  const interesting = /["\\[\]{},\n]/g
  let state: 'before' | 'within' | 'behind' = 'before'
  let element = ''
  let depth = 0
  let inString = false
  let count = 0
  let line = 1
  let began = 1

  for await (const text of texts) {
    let from = 0
    // A backslash at the end of a text takes the first character of the next.
    interesting.lastIndex = inString && element.endsWith('\\') && oddEscapes(element) ? 1 : 0
    for (let found = interesting.exec(text); found !== null; found = interesting.exec(text)) {
      const [character] = found
      if (character === '\n') {
        line++
        // Dropped, so that no text is looked at twice however many lines of it are blank.
        if (state === 'within' && element === '' && blank(text.slice(from, found.index))) {
          began = line
          from = found.index + 1
        }
      } else if (inString) {
        if (character === '"') inString = false
        if (character === '\\') interesting.lastIndex++
      } else if (character === '"') {
        inString = true
      } else if (state === 'before') {
        if (character !== '[' || !blank(text.slice(from, found.index)))
          throw fault(line, 'it must be an array')
        state = 'within'
        began = line
        from = found.index + 1
      } else if (state === 'within' && depth === 0 && (character === ',' || character === ']')) {
        element += text.slice(from, found.index)
        if (element.length > limits.importedTaskChars) throw tooLarge(began)
        from = found.index + 1
        if (character === ']') state = 'behind'
        if (character === ',' || count > 0 || !blank(element)) {
          yield { value: parse(element, began), line: began }
          count++
        }
        element = ''
        began = line
      } else if (character === '[' || character === '{') {
        depth++
      } else if (character === ']' || character === '}') {
        depth--
      }
    }
    if (state !== 'within' && !blank(text.slice(from)))
      throw fault(line, 'it must be one array and nothing else')
    if (state === 'within' && !(element === '' && blank(text.slice(from)))) element += text.slice(from)
    if (element.length > limits.importedTaskChars) throw tooLarge(began)
  }
  if (state !== 'behind') throw fault(line, 'it ends too early')
}

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw fault(line, (error as Error).message)
  }
}

/** Whether an escape has begun that is not over. */
function oddEscapes(text: string): boolean {
  return (/\\+$/.exec(text)?.[0].length ?? 0) % 2 === 1
}

function blank(text: string): boolean {
  return /^[ \t\r\n]*$/.test(text)
}

function fault(line: number, what: string): HttpError {
  return new HttpError(400, `Line ${line} is not JSON: ${what}`)
}
