import { type Call, HttpError } from '../http/message.ts'
import { limits } from '../limits.ts'
import { codePoints, isDate } from '../tasks/parse.ts'

/** What a query may say, each parameter known and given once. */
export interface Parameters {
  done?: boolean
  q?: string
  due?: string
  view?: 'full'
  limit?: number
  after?: number
  format?: 'json' | 'csv'
}

type Name = keyof Parameters

/** The query's parameters. Throws `HttpError` 400 and names the one that is wrong. */
export function parseParameters(call: Call, ...allowed: Name[]): Parameters {
  const parameters: Record<string, unknown> = {}
  if (call.search === '') return parameters
  const given = new URLSearchParams(call.search)
  for (const [name, value] of given) {
    if (!isAllowed(name, allowed))
      throw new HttpError(
        400,
        `Unknown query parameter ${name.slice(0, 50)}; known: ${allowed.join(', ') || 'none'}`,
      )
    if (given.getAll(name).length > 1)
      throw new HttpError(400, `The query parameter ${name} is given more than once`)
    parameters[name] = parsers[name](value)
  }
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
  after: (value) => parseInteger('after', value, 0, Number.MAX_SAFE_INTEGER),
  format: (value) => oneOf(value, 'format', 'json', 'csv'),
}

function isAllowed(name: string, allowed: readonly Name[]): name is Name {
  return (allowed as readonly string[]).includes(name)
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
