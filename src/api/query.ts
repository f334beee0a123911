import { type Call, HttpError } from '../http/message.ts'
import { limits } from '../limits.ts'
import { codePoints, isDate } from '../tasks/rules.ts'
import type { Cursor } from '../tasks/store.ts'

/** What a query may say, each parameter known and given once. */
export interface Parameters {
  done?: boolean
  q?: string
  due?: string
  view?: 'full'
  limit?: number
  after?: Cursor | number
  format?: 'json' | 'csv'
}

type Name = keyof Parameters

/** The query's parameters, which are those that the route takes. Throws `HttpError` 400 and names the one that is wrong. */
export function parseParameters({ query }: Call): Parameters {
  const parameters: Record<string, unknown> = {}
  for (const [name, value] of query) parameters[name] = parsers[name as Name](value)
  return parameters
}

const parsers: Readonly<Record<Name, (value: string) => unknown>> = {
  done: (value) => oneOf(value, 'done', 'true', 'false') === 'true',
  q(value) {
    if (codePoints(value) > limits.searchLength)
      throw new HttpError(400, `The query parameter q must have at most ${limits.searchLength} characters`)
    return value
  },
  due(value) {
    if (!isDate(value)) throw new HttpError(400, 'The query parameter due must be a date such as 2026-12-24')
    return value
  },
  view: (value) => oneOf(value, 'view', 'full'),
  limit: (value) => parseInteger('limit', value, 1, limits.pageSize),
  after: parseCursor,
  format: (value) => oneOf(value, 'format', 'json', 'csv'),
}

/** The id of a task, or what the Link of a page has. */
function parseCursor(value: string): Cursor | number {
  const numbers = value.split('.').map((text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : NaN))
  const [id, place, spreads] = numbers
  if (![1, 3].includes(numbers.length) || !numbers.every(Number.isSafeInteger) || id! < 0)
    throw new HttpError(
      400,
      'The query parameter after must be the id of a task, or what the Link of a page has',
    )
  return place === undefined ? id! : { id: id!, place, spreads: spreads! }
}

function oneOf<T extends string>(value: string, name: Name, ...choices: T[]): T {
  const choice = choices.find((candidate) => candidate === value)
  if (choice === undefined)
    throw new HttpError(400, `The query parameter ${name} must be ${choices.join(' or ')}`)
  return choice
}

function parseInteger(name: Name, value: string, least: number, most: number): number {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : NaN
  if (!(number >= least && number <= most))
    throw new HttpError(400, `The query parameter ${name} must be an integer from ${least} to ${most}`)
  return number
}
