import { HttpError } from '../http/message.ts'
import { limits } from '../limits.ts'

/** The columns of an export, in order. */
export const csvColumns = ['id', 'title', 'done', 'notes', 'due', 'created', 'updated', 'completed'] as const

/** A record of RFC 4180, with its line end. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(quote).join(',')}\r\n`
}

function quote(field: string): string {
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field
}

/**
 * Spreadsheets take a text that begins so for a formula, and run it (https://owasp.org/www-community/attacks/CSV_Injection).
 * An apostrophe before it makes it text again; a text that begins with one gets another, so that `bareText` knows.
 */
const formula = /^['=+\-@\t\r\n＝＋－＠]/

export function guardText(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

/** The text that was guarded, if it was. */
export function bareText(text: string): string {
  return text.startsWith("'") && formula.test(text.slice(1)) ? text.slice(1) : text
}

export interface CsvRecord {
  readonly fields: readonly string[]
  /** Of its first character, from 1. */
  readonly line: number
}

/** Reads records as their text arrives. Throws `HttpError` 400 and 413 with the line. */
export async function* csvRecords(texts: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let fields: string[] = []
  let field = ''
  /** Between fields, in one without quotes, in one with, or behind a quote that ends it unless another follows. */
  let state: 'start' | 'bare' | 'quoted' | 'ended' = 'start'
  let line = 1
  let began = 1
  let size = 0

  for await (const text of texts) {
    for (const character of text) {
      size += character.length
      if (size > limits.importedTaskChars) throw tooLarge(began)
      if (state === 'quoted') {
        if (character === '"') state = 'ended'
        else field += character
      } else if (character === '"' && state !== 'bare') {
        if (state === 'ended') field += '"'
        state = 'quoted'
      } else if (character === ',' || character === '\n') {
        fields.push(state === 'bare' && character === '\n' ? field.replace(/\r$/, '') : field)
        field = ''
        state = 'start'
      } else if (state === 'ended') {
        if (character !== '\r') throw fault(line, 'a quoted field goes on behind its end')
      } else {
        if (character === '"') throw fault(line, 'a quote within a field that is not quoted')
        state = 'bare'
        field += character
      }
      if (character !== '\n') continue
      line++
      if (state !== 'start') continue
      yield { fields, line: began }
      fields = []
      began = line
      size = 0
    }
  }
  if (state === 'quoted') throw fault(began, 'a quoted field has no end')
  if (state !== 'start' || fields.length > 0) yield { fields: [...fields, field], line: began }
}

function fault(line: number, what: string): HttpError {
  return new HttpError(400, `Line ${line} is not CSV: ${what}`)
}

export function tooLarge(line: number): HttpError {
  return new HttpError(413, `Line ${line}: one task has more than ${limits.importedTaskChars} characters`)
}
