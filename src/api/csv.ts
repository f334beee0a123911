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
  const special = /[",\n]/g
  /** Between fields, in one without quotes, in one with, or behind a quote that ends it unless another follows. */
  let state: 'start' | 'bare' | 'quoted' | 'ended' = 'start'
  let line = 1
  let began = 1
  let size = 0

  for await (const text of texts) {
    for (let at = 0; at < text.length; ) {
      special.lastIndex = at
      const end = (state === 'quoted' ? text.indexOf('"', at) : special.exec(text)?.index) ?? -1
      const part = end === -1 ? text.slice(at) : text.slice(at, end)
      at = end === -1 ? text.length : end + 1
      size += part.length + 1
      if (size > limits.importedTaskChars) throw tooLarge(began)
      if (state === 'ended' && part !== '' && part !== '\r')
        throw fault(line, 'a quoted field goes on behind its end')
      if (state !== 'ended') field += part
      if (state === 'quoted') line += part.split('\n').length - 1
      if (state === 'start' && part !== '') state = 'bare'
      if (end === -1) break

      const character = text[end]!
      if (character === '"') {
        if (state === 'bare' || (state === 'ended' && part !== ''))
          throw fault(line, 'a quote within a field that is not quoted')
        if (state === 'ended') field += '"'
        state = state === 'quoted' ? 'ended' : 'quoted'
        continue
      }
      fields.push(state === 'bare' && character === '\n' ? field.replace(/\r$/, '') : field)
      field = ''
      state = 'start'
      if (character === ',') continue
      yield { fields, line: began }
      fields = []
      began = ++line
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
