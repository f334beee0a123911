import { HttpError } from '../../http/message.ts'
import { limits } from '../../limits.ts'
import { tooLarge } from './records.ts'

export interface Element {
  readonly value: unknown
  /** The line of its first character, from 1. */
  readonly line: number
}

/**
 * Splits the text of a JSON array into its elements as it arrives. Scans each character once, however the text is chunked;
 * JSON.parse decides whether an element is valid. Throws `HttpError` 400 and 413 that name the line.
 */
export async function* jsonElements(texts: AsyncIterable<string>): AsyncGenerator<Element> {
  let state: 'before' | 'within' | 'behind' = 'before'
  /** The part of the element that has arrived, without leading whitespace. */
  let element = ''
  let begun = false
  let depth = 0
  let inString = false
  let escaped = false
  let count = 0
  let line = 1
  let began = 1

  for await (const text of texts) {
    /** Where the rest of the element begins. */
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === lineFeed) line++
      if (inString) {
        if (escaped) escaped = false
        else if (code === backslash) escaped = true
        else if (code === quote) inString = false
        continue
      }
      if (code === space || code === lineFeed || code === carriageReturn || code === tab) continue
      if (state === 'before') {
        if (code !== openBracket) throw notAnArray(line)
        state = 'within'
        continue
      }
      if (state === 'behind') throw notAnArray(line)
      const ends = depth === 0 && (code === comma || code === closeBracket)
      if (!begun) {
        begun = true
        from = at
        began = line
      }
      if (ends) {
        element += text.slice(from, at)
        if (element.length > limits.importedTaskChars) throw tooLarge(began)
        if (code === comma || count > 0 || element !== '') {
          yield { value: parse(element, began), line: began }
          count++
        }
        if (code === closeBracket) state = 'behind'
        element = ''
        begun = false
      } else if (code === quote) inString = true
      else if (code === openBracket || code === openBrace) depth++
      else if ((code === closeBracket || code === closeBrace) && depth > 0) depth--
    }
    if (begun) element += text.slice(from)
    if (element.length > limits.importedTaskChars) throw tooLarge(began)
  }
  if (state !== 'behind') throw fault(line, 'it ends too early')
}

const tab = 0x09
const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

function parse(text: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw fault(line, (error as Error).message)
  }
}

function notAnArray(line: number): HttpError {
  return new HttpError(400, `Line ${line}: the body must be one JSON array of tasks`)
}

function fault(line: number, what: string): HttpError {
  return new HttpError(400, `Line ${line} is not JSON: ${what}`)
}
