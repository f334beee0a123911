import { type Fault, Invalid } from '../resources/errors.ts'
import { isObject, notAMember, notAnObject, parseMove, pointerTo } from '../resources/json.ts'
import { lastTime } from '../resources/version.ts'
import {
  flagNames,
  givenNames,
  type MemberName,
  memberNames,
  memberOf,
  type Rule,
  textNames,
} from './members.ts'
import { isDate } from './rules.ts'
import { blankOf, firstList, type ImportedTask, type NewTask, type TaskChange } from './task.ts'

/** A new task from a client's JSON. Throws `Invalid`. */
export function parseNewTask(value: unknown): NewTask {
  const { faults, values } = parseMembers(value, givenNames)
  if (faults.length === 0) faults.push(...missing(values), ...undated(values))
  if (faults.length > 0) throw new Invalid(faults)
  return values as unknown as NewTask
}

const changeable = [...givenNames, ...flagNames]

/** A merge patch (RFC 7396) of a task from a client's JSON. Throws `Invalid`. */
export function parseTaskChange(value: unknown): TaskChange {
  const { faults, values } = parseMembers(value, changeable)
  // Only the storage knows whether the task has a date.
  if (faults.length === 0 && 'due' in values) faults.push(...undated(values))
  if (faults.length > 0) throw new Invalid(faults)
  return values
}

const importable = memberNames.filter((name) => name !== 'id')

/** A task from an export. Its id is ignored: it gets a new one. Throws `Invalid`. */
export function parseImported(value: unknown): ImportedTask {
  if (!isObject(value)) throw new Invalid([notAnObject])
  const { faults, values } = parseMembers(value, memberNames, true)
  faults.push(...missing(value))
  if (faults.length === 0) faults.push(...undated(values))
  if ((values['completed'] ?? null) !== null && values['done'] !== true)
    faults.push({ pointer: '#/completed', detail: 'must not be there unless the task is done' })
  if (faults.length > 0) throw new Invalid(faults)
  const task: Record<string, unknown> = {}
  for (const name of importable) task[name] = values[name] ?? blankOf(name)
  return task as ImportedTask
}

/** Like `parseMove`, optionally with another list. Throws `Invalid`. */
export function parseTaskMove(value: unknown): {
  readonly before: number | null
  readonly list?: number | null
} {
  if (!isObject(value) || !('list' in value)) return parseMove(value, 'task')
  const { list, ...move } = value
  const parsed = parseMember('list', list, false)
  if ('fault' in parsed) throw new Invalid([{ pointer: '#/list', detail: parsed.fault }])
  return { ...parseMove(move, 'task'), list: parsed.value as number | null }
}

/** Also for a change to a task without one. */
export const repeatNeedsDue: Fault = { pointer: '#/repeat', detail: 'needs a date in due to begin with' }

type Value = string | number | boolean | null

function parseMembers(value: unknown, allowed: readonly MemberName[], imports = false) {
  if (!isObject(value)) throw new Invalid([notAnObject])
  const faults: Fault[] = []
  const values: Record<string, Value> = {}
  for (const [name, member] of Object.entries(value)) {
    const known = allowed.find((candidate) => candidate === name)
    const parsed = known === undefined ? { fault: notAMember } : parseMember(known, member, imports)
    if ('fault' in parsed) faults.push({ pointer: pointerTo(name), detail: parsed.fault })
    else values[name] = parsed.value
  }
  return { faults, values }
}

/** A client's value for a member, or its error. */
function parseMember(
  name: MemberName,
  value: unknown,
  imports: boolean,
): { readonly value: Value } | { readonly fault: string } {
  const { kind, optional, clean, rule, ruleOfImports } = memberOf(name)
  switch (kind) {
    case 'id':
      return { value: null }
    case 'flag':
      return typeof value === 'boolean' ? { value } : { fault: 'must be true or false' }
    case 'time': {
      const ms = value === null ? null : timeOf(value)
      return ms === undefined
        ? { fault: 'must be a time such as 2026-12-24T18:00:00Z, in UTC from 1970 to 9999' }
        : { value: ms }
    }
    case 'ref':
      if (imports) return nameOf(value, ruleOfImports!)
      if (value === null || value === firstList) return { value: null }
      return Number.isSafeInteger(value) && (value as number) > 0
        ? { value: value as number }
        : { fault: 'must be the id of a list or null' }
    case 'text': {
      if (value === null && optional) return { value }
      if (typeof value !== 'string')
        return { fault: optional ? 'must be a string or null' : 'must be a string' }
      const text = clean ? clean(value) : value
      const fault = text === null ? undefined : ((imports && ruleOfImports) || rule)?.(text)
      return fault === undefined ? { value: text } : { fault }
    }
  }
}

/** The name that replaces an id in an import. */
function nameOf(value: unknown, rule: Rule): { readonly value: string | null } | { readonly fault: string } {
  if (value === null) return { value }
  if (typeof value !== 'string') return { fault: 'must be the name of a list or null' }
  const name = value.trim()
  const fault = rule(name)
  return fault === undefined ? { value: name } : { fault }
}

/** A task that repeats needs a due date. */
function undated({ due = null, repeat = null }: { readonly [name: string]: Value }): Fault[] {
  return repeat !== null && due === null ? [repeatNeedsDue] : []
}

/** The required texts that are missing. */
function missing(values: object): Fault[] {
  return textNames
    .filter((name) => !memberOf(name).optional && !(name in values))
    .map((name) => ({ pointer: pointerTo(name), detail: 'is missing' }))
}

/** Milliseconds of a valid RFC 3339 date-time within the range that an export can write; undefined for anything else. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const [, date] =
    /^(\d{4}-\d\d-\d\d)[Tt](?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/.exec(
      value,
    ) ?? []
  if (date === undefined || !isDate(date)) return undefined
  const ms = Date.parse(value.toUpperCase())
  return ms >= 0 && ms <= lastTime ? ms : undefined
}
