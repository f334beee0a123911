import { type Fault, Invalid } from './errors.ts'
import { isObject, notAMember, notAnObject, pointerTo } from './parse.ts'
import { listName } from './rules.ts'
import { versionAfter } from './task.ts'

/** A list of tasks. */
export interface List {
  readonly id: number
  readonly name: string
  readonly color: Color | null
  /** Grows with every change of name or color. */
  readonly version: number
}

export interface NewList {
  readonly name: string
  readonly color?: Color | null
}

/** The members to change; null clears the color. */
export type ListChange = Partial<NewList>

export const colors = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'gray'] as const
export type Color = (typeof colors)[number]

/** The changed list, or the same object if nothing changes. */
export function changeList(list: List, change: ListChange, now: number): List {
  const next = { ...list, ...change }
  if (next.name === list.name && next.color === list.color) return list
  return { ...next, version: versionAfter(list.version, now) }
}

/** A new list from a client's JSON. Throws `Invalid`. */
export function parseNewList(value: unknown): NewList {
  const { name, ...rest } = parseListChange(value)
  if (name === undefined) throw new Invalid([{ pointer: '#/name', detail: 'is missing' }])
  return { name, ...rest }
}

/** A merge patch (RFC 7396) of a list from a client's JSON. Throws `Invalid`. */
export function parseListChange(value: unknown): ListChange {
  if (!isObject(value)) throw new Invalid([notAnObject])
  const { name, color, ...others } = value
  const faults = Object.keys(others).map(
    (other): Fault => ({ pointer: pointerTo(other), detail: notAMember }),
  )
  const text = typeof name === 'string' ? name.trim() : undefined
  const fault = text === undefined ? 'must be a string' : listName(text)
  if (name !== undefined && fault !== undefined) faults.push({ pointer: '#/name', detail: fault })
  const known = color === null ? color : colors.find((candidate) => candidate === color)
  if (color !== undefined && known === undefined)
    faults.push({ pointer: '#/color', detail: `must be null or one of ${colors.join(', ')}` })
  if (faults.length > 0) throw new Invalid(faults)
  return { ...(text !== undefined && { name: text }), ...(known !== undefined && { color: known }) }
}
