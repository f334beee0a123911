/** The HTTP request for a change. */

import { dateOf } from '../dates/dates.ts'
import type { Change } from './changes.ts'
import { effectRefs } from './effects.ts'
import { blank, type Content, contentNames, pick, type Ref } from './task.ts'

export interface Request {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly headers: Readonly<Record<string, string>>
}

export function requestOf(change: Change): Request {
  // A repeating task recurs after the day on which the user completed it.
  const headers: Record<string, string> = {
    'Idempotency-Key': change.key,
    Today: dateOf(new Date(change.order)),
  }
  if (change.kind === 'bulk') {
    const { of, effect } = change
    if (of !== undefined) return { method: 'POST', path: '/tasks/undo', body: { key: of }, headers }
    const ids = idsOf(effectRefs(effect))
    const wanted = effect.kind === 'mark' ? { done: effect.marks[0]![1] > 0 } : { deleted: true }
    return { method: 'PATCH', path: '/tasks', body: { ids, ...wanted }, headers }
  }
  const path = `/tasks/${change.ref}`
  switch (change.kind) {
    case 'create':
      return {
        method: 'POST',
        path: '/tasks',
        body: members(change.content),
        headers,
      }
    case 'edit': {
      const { wanted, seen } = change
      // Setting `done` is right whatever else has changed; a text must not overwrite another's.
      const overwrites = Object.keys(wanted).some((name) => name !== 'done')
      if (overwrites && seen.version > 0) headers['If-Match'] = `"${seen.version}"`
      const body = Object.fromEntries(
        Object.entries(wanted).map(([name, value]) => [name, value === '' ? null : value]),
      )
      return { method: 'PATCH', path, body, headers }
    }
    case 'remove':
      return { method: 'DELETE', path, headers }
    case 'restore':
      return { method: 'POST', path: `${path}/restore`, headers }
    case 'move':
      return { method: 'POST', path: `${path}/move`, body: { before: change.before }, headers }
  }
}

/** Whether the server knows none of its tasks, so that nothing needs to be sent. */
export function isEmpty(change: Change): boolean {
  return (
    change.kind === 'bulk' &&
    change.of === undefined &&
    effectRefs(change.effect).every((ref) => typeof ref === 'string')
  )
}

/** Inclusive ranges of the ids known to the server: compact for thousands of tasks. */
export function idsOf(refs: readonly Ref[]): (number | [number, number])[] {
  const ids = refs.filter((ref) => typeof ref === 'number').sort((a, b) => a - b)
  const ranges: [number, number][] = []
  for (const id of ids) {
    const last = ranges.at(-1)
    if (last && id <= last[1] + 1) last[1] = id
    else ranges.push([id, id])
  }
  return ranges.map(([from, to]) => (from === to ? from : [from, to]))
}

/** The members that differ from their defaults. */
function members(content: Content): object {
  return pick(
    content,
    contentNames.filter((name) => content[name] !== blank[name]),
  )
}
