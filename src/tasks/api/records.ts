import { HttpError } from '../../http/message.ts'
import { limits } from '../../limits.ts'

export interface CsvRecord {
  readonly fields: readonly string[]
  /** The line of its first character, from 1. */
  readonly line: number
}

/**
 * Reads records as their text arrives, all but blank lines, and looks at each character once, wherever it is cut. The separator is that of the
 * first record, or what a line `sep=;` before it says, as spreadsheets understand it. Throws `HttpError` 400 and 413 with
 * the line.
 */
export async function* csvRecords(texts: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let separator: number | undefined
  let isFirst = true
  let fields: string[] = []
  /** The part of the field that has arrived. */
  let field = ''
  /** Between fields; in an unquoted or a quoted one; or after a quote that ends it unless another follows. */
  let state = 'start' as 'start' | 'bare' | 'quoted' | 'ended'
  /** Whether the last character was a carriage return that ended a record: a line feed after it is part of the line break. */
  let returned = false
  let line = 1
  let began = 1
  /** Characters of the record in earlier chunks. */
  let before = 0

  for await (const text of texts) {
    /** Where the rest of the field and that of the record begin. */
    let from = 0
    let recordFrom = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (state === 'quoted') {
        if (code === lineFeed) line++
        if (code !== quote) continue
        field += text.slice(from, at)
        state = 'ended'
        continue
      }
      if (code === lineFeed && returned) {
        returned = false
        from = recordFrom = at + 1
        continue
      }
      returned = false
      const ends = code === lineFeed || code === carriageReturn
      if (!ends && !(separator === undefined ? separators.includes(code) : code === separator)) {
        if (code === quote) {
          if (state === 'bare') throw fault(line, 'a quote within a field that is not quoted')
          if (state === 'ended') field += '"'
          state = 'quoted'
          from = at + 1
        } else if (state === 'ended') throw fault(line, 'a quoted field goes on behind its end')
        else state = 'bare'
        continue
      }
      if (state !== 'ended') field += text.slice(from, at)
      fields.push(field)
      field = ''
      state = 'start'
      from = at + 1
      if (before + from - recordFrom > limits.importedTaskChars) throw tooLarge(began)
      if (!ends) {
        separator = code
        continue
      }
      const declared = isFirst ? declaredBy(fields, separator) : undefined
      if (declared !== undefined) separator = declared
      else if (fields.length > 1 || fields[0] !== '') {
        yield { fields, line: began }
        separator ??= comma
        isFirst = false
      }
      fields = []
      returned = code === carriageReturn
      began = ++line
      before = 0
      recordFrom = from
    }
    if (state === 'bare' || state === 'quoted') field += text.slice(from)
    before += text.length - recordFrom
    if (before > limits.importedTaskChars) throw tooLarge(began)
  }
  if (state === 'quoted') throw fault(began, 'a quoted field has no end')
  if (state !== 'start' || fields.length > 0) yield { fields: [...fields, field], line: began }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const quote = 0x22
const comma = 0x2c
/** Field separators: the comma (RFC 4180), and those that spreadsheets use where the comma is the decimal separator. */
const separators = [comma, 0x3b, 0x09]

/**
 * The separator that a line `sep=;` declares; undefined if the record is not such a line. A common separator has already split
 * the line, leaving an empty field.
 */
function declaredBy(fields: readonly string[], separator: number | undefined): number | undefined {
  const [, declared] = /^sep=([^"]?)$/i.exec(fields[0]!) ?? []
  if (declared === '') return fields.length === 2 && fields[1] === '' ? separator : undefined
  return fields.length === 1 ? declared?.charCodeAt(0) : undefined
}

function fault(line: number, what: string): HttpError {
  return new HttpError(400, `Line ${line} is not CSV: ${what}`)
}

export function tooLarge(line: number): HttpError {
  return new HttpError(413, `Line ${line}: one task has more than ${limits.importedTaskChars} characters`)
}
