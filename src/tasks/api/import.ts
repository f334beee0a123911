import { parseKey } from '../../api/headers.ts'
import { mediaTypeOf } from '../../http/body.ts'
import { type Call, HttpError, json, type Reply } from '../../http/message.ts'
import type { Route } from '../../http/router.ts'
import { type ClientOf, shareOf } from '../../http/share.ts'
import { limits } from '../../limits.ts'
import { Invalid } from '../../resources/errors.ts'
import { type MemberName, memberNames, memberOf } from '../members.ts'
import { parseImported } from '../parse.ts'
import type { TaskStore } from '../store.ts'
import { charsOf, type ImportedTask } from '../task.ts'
import { bareText } from './csv.ts'
import { type Element, jsonElements } from './elements.ts'
import { csvRecords } from './records.ts'

const content = ['application/json', 'text/csv']

export function importRoutes(store: TaskStore, clientOf: ClientOf): readonly Route[] {
  let underWay = 0
  const share = shareOf(limits.imports, 'imports', clientOf)
  return [['POST', '/import', importAll, { content }]]

  async function importAll(call: Call): Promise<Reply> {
    const type = mediaTypeOf(call, content)
    const key = parseKey(call)
    if (underWay >= limits.imports)
      throw new HttpError(503, `${limits.imports} imports are under way already; try again`, [
        'Retry-After',
        String(limits.retryAfterSeconds),
      ])
    const giveBack = share(call)
    underWay++
    try {
      const texts = decoded(call.stream(limits.importBytes))
      const elements = type === 'text/csv' ? csvElements(texts) : jsonElements(texts)
      const imported = await store.addAll(batched(elements), key)
      return json(200, JSON.stringify({ imported }))
    } finally {
      underWay--
      giveBack()
    }
  }
}

async function* decoded(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Buffer) => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch {
      throw new HttpError(400, 'The body is not UTF-8')
    }
  }
  for await (const chunk of chunks) yield decode(chunk)
  yield decode()
}

/** CSV records as objects: empty fields are omitted, and so are records that have only those. */
async function* csvElements(texts: AsyncIterable<string>): AsyncGenerator<Element> {
  let columns: readonly MemberName[] | undefined
  for await (const { fields, line } of csvRecords(texts)) {
    if (fields.every((field) => field === '')) continue
    if (columns === undefined) {
      columns = columnsOf(fields, line)
      continue
    }
    // Spreadsheets write separators for empty columns.
    const { length } = columns
    if (fields.length < length || fields.some((field, at) => at >= length && field !== ''))
      throw new HttpError(400, `Line ${line} has ${fields.length} fields and not ${length}`)
    yield { value: Object.fromEntries(columns.flatMap((name, at) => entryOf(name, fields[at]!))), line }
  }
  if (columns === undefined) throw new HttpError(400, 'Line 1 must name the columns')
}

/** The column names in the first record, in any case. */
function columnsOf(fields: readonly string[], line: number): readonly MemberName[] {
  const names = fields.slice(0, fields.findLastIndex((field) => field !== '') + 1)
  const columns = names.map((name) => name.trim().toLowerCase())
  const known: readonly string[] = memberNames
  const at = columns.findIndex((name, index) => !known.includes(name) || columns.indexOf(name) < index)
  const fault =
    at === -1
      ? columns.includes('title') || 'has no column title'
      : `names the column ${JSON.stringify(names[at]!.slice(0, 50))}, which ${known.includes(columns[at]!) ? 'it has already' : 'is not known'}`
  if (fault === true) return columns as MemberName[]
  throw new HttpError(
    400,
    `Line ${line} ${fault}; it must name the columns, title and any of ${known.join(', ')}, each once`,
  )
}

/** Leaves it to the member's rules to tell what is wrong with a field. */
function entryOf(name: MemberName, field: string): [string, unknown][] {
  const { kind, optional } = memberOf(name)
  if (kind === 'text' || kind === 'ref') return field === '' && optional ? [] : [[name, bareText(field)]]
  if (field === '' || kind === 'id') return []
  return [[name, kind === 'flag' && /^(true|false)$/i.test(field) ? field.toLowerCase() === 'true' : field]]
}

/** Groups tasks into batches for the storage. Throws `Invalid` with the line of the first fault. */
async function* batched(elements: AsyncIterable<Element>): AsyncGenerator<ImportedTask[]> {
  let batch: ImportedTask[] = []
  let chars = 0
  let index = 0
  for await (const { value, line } of elements) {
    const task = parseAt(value, index++, line)
    batch.push(task)
    chars += charsOf(task)
    if (batch.length < limits.stagedAtOnce && chars < limits.stagedChars) continue
    yield batch
    batch = []
    chars = 0
  }
  if (batch.length > 0) yield batch
}

function parseAt(value: unknown, index: number, line: number): ImportedTask {
  try {
    return parseImported(value)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    const faults = error.faults.map(({ pointer, detail }) => ({
      pointer: `#/${index}${pointer.slice(1)}`,
      detail,
      line,
    }))
    throw new Invalid(faults, `Line ${line}: `)
  }
}
