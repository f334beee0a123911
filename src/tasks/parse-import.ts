import { type Fault, Invalid } from './errors.ts'
import { anyTitle, isDate, parseTaskChange } from './parse.ts'
import { type ImportedTask, lastTime } from './task.ts'

const times = ['created', 'updated', 'completed'] as const

/** A task as an export has it. Its id is left aside: it gets one of its own. Throws `Invalid`. */
export function parseImported(value: unknown): ImportedTask {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Invalid([{ pointer: '#', detail: 'must be a JSON object' }])
  const { id: _, created, updated, completed, ...members } = value as Record<string, unknown>
  const faults: Fault[] = []
  const { title, done = false, notes = null, due = null } = membersOf(members, faults)
  if (members['title'] === undefined) faults.push({ pointer: '#/title', detail: 'is missing' })
  const [createdMs, updatedMs, completedMs] = [created, updated, completed].map((time, index) => {
    const ms = time === undefined || time === null ? null : timeOf(time)
    if (ms === undefined)
      faults.push({
        pointer: `#/${times[index]}`,
        detail: 'must be a time such as 2026-12-24T18:00:00Z, in UTC from 1970 to 9999',
      })
    return ms ?? null
  }) as [number | null, number | null, number | null]
  if (completedMs !== null && !done)
    faults.push({ pointer: '#/completed', detail: 'must not be there unless the task is done' })
  if (faults.length > 0) throw new Invalid(faults)
  return {
    title: title!,
    done: done === true,
    notes,
    due,
    created: createdMs,
    updated: updatedMs,
    completed: completedMs,
  }
}

function membersOf(members: object, faults: Fault[]) {
  try {
    return parseTaskChange(members, anyTitle)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    faults.push(...error.faults)
    return {}
  }
}

/** Milliseconds of a date-time of RFC 3339 that the calendar has, and an export can write; undefined for anything else. */
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
