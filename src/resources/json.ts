/** What requests for any resource have in common: JSON objects with known members. */
import { type Fault, Invalid } from './errors.ts'

export const notAMember = 'is not a member of this request'
export const notAnObject: Fault = { pointer: '#', detail: 'must be a JSON object' }

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** RFC 6901 as a URI fragment. A lone surrogate has no URI form: `toWellFormed` keeps it from throwing. */
export function pointerTo(name: string): string {
  return `#/${encodeURIComponent(name.slice(0, 100).toWellFormed()).replaceAll('~', '~0').replaceAll('%2F', '~1')}`
}

/** `{"before":id or null}`: what to move in front of, or the end. `one`: what is moved, such as "task". Throws `Invalid`. */
export function parseMove(value: unknown, one: string): { readonly before: number | null } {
  if (!isObject(value)) throw new Invalid([notAnObject])
  const { before, ...others } = value
  const faults = Object.keys(others).map((name): Fault => ({ pointer: pointerTo(name), detail: notAMember }))
  if (before === undefined) {
    if (faults.length === 0) faults.push({ pointer: '#/before', detail: 'is missing' })
  } else if (before !== null && !(Number.isSafeInteger(before) && (before as number) > 0))
    faults.push({ pointer: '#/before', detail: `must be the id of a ${one} or null` })
  if (faults.length > 0) throw new Invalid(faults)
  return { before: before as number | null }
}
