import { type Call, HttpError } from '../../http/message.ts'
import { limits } from '../../limits.ts'
import { codePoints, isDate, latestDay } from '../rules.ts'
import type { Cursor, Filter } from '../store.ts'

/** Query parameters, each known and given once. */
export interface Parameters {
  list?: number
  done?: boolean
  q?: string
  due?: Pick<Filter, 'due' | 'dueFrom' | 'undated'>
  sort?: 'due'
  view?: 'full'
  limit?: number
  after?: Cursor | number
  format?: 'json' | 'csv'
  key?: string
}

type Name = keyof Parameters

/** Parses the query parameters, which the route has already checked by name. Throws `HttpError` 400 that names the invalid one. */
export function parseParameters({ query }: Call): Parameters {
  const parameters: Record<string, unknown> = {}
  for (const [name, value] of query) parameters[name] = parsers[name as Name](value)
  checkSort(parameters)
  return parameters
}

const parsers: Readonly<Record<Name, (value: string) => unknown>> = {
  list: (value) => parseInteger('list', value, 1, Number.MAX_SAFE_INTEGER),
  done: (value) => oneOf(value, 'done', 'true', 'false') === 'true',
  q(value) {
    if (codePoints(value) > limits.searchLength)
      throw new HttpError(400, `The query parameter q must have at most ${limits.searchLength} characters`)
    return value
  },
  due(value) {
    if (value === 'none') return { undated: true }
    const ends = value.split('..')
    const [from = '', to = ''] = ends.length === 1 ? ['', value] : ends
    const isGood =
      ends.length <= 2 && from + to !== '' && [from, to].every((day) => day === '' || isDate(day))
    if (!isGood || (to !== '' && from > to))
      throw new HttpError(
        400,
        'The query parameter due must be a date such as 2026-12-24, a range such as 2026-12-01..2026-12-24, open at one end at most, or none',
      )
    return { due: to || latestDay, ...(from !== '' && { dueFrom: from }) }
  },
  sort: (value) => oneOf(value, 'sort', 'due'),
  view: (value) => oneOf(value, 'view', 'full'),
  limit: (value) => parseInteger('limit', value, 1, limits.pageSize),
  after: parseCursor,
  format: (value) => oneOf(value, 'format', 'json', 'csv'),
  key: (value) => value,
}

function checkSort({ sort, q, after }: Parameters) {
  if (sort !== undefined && q !== undefined)
    throw new HttpError(400, 'The query parameters sort and q do not go together')
  const isOfSorted = typeof after === 'object' && after.due !== undefined
  if (after !== undefined && after !== 0 && isOfSorted !== (sort !== undefined))
    throw new HttpError(
      400,
      'The query parameter after must be what the Link of a page with the same sort has',
    )
}

/** The id of a task, or a cursor from the Link of a page. */
function parseCursor(value: string): Cursor | number {
  const parts = value.split('.')
  const due = parts.length === 4 ? parts.pop()! : undefined
  const numbers = parts.map((text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : NaN))
  const [id, place, spreads] = numbers
  const isDay = due === undefined || due === 'none' || isDate(due)
  if (![1, 3].includes(numbers.length) || !numbers.every(Number.isSafeInteger) || id! < 0 || !isDay)
    throw new HttpError(
      400,
      'The query parameter after must be the id of a task, or what the Link of a page has',
    )
  if (place === undefined) return id!
  return {
    id: id!,
    place,
    spreads: spreads!,
    ...(due !== undefined && { due: due === 'none' ? null : due }),
  }
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
