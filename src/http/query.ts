import { HttpError } from './message.ts'

const none: ReadonlyMap<string, string> = new Map()

/**
 * The parameters after the first `?` of a request target, form-encoded
 * (https://url.spec.whatwg.org/#concept-urlencoded-parser); but what does not decode is refused, not repaired.
 */
export function parseQuery(target: string): ReadonlyMap<string, string> {
  const start = target.indexOf('?')
  if (start === -1) return none
  const parameters = new Map<string, string>()
  for (const part of target.slice(start + 1).split('&')) {
    if (part === '') continue
    const end = part.indexOf('=')
    const name = decode(end === -1 ? part : part.slice(0, end))
    if (parameters.has(name))
      throw new HttpError(400, `The query parameter ${told(name)} is given more than once`)
    parameters.set(name, end === -1 ? '' : decode(part.slice(end + 1)))
  }
  return parameters
}

/** The name of a parameter, as quoted in an error. */
export function told(name: string): string {
  return name.slice(0, 50)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new HttpError(400, 'The query has a broken percent-encoding')
  }
}
