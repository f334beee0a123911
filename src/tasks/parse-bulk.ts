import { type Fault, Invalid } from '../resources/errors.ts'
import { pointerTo } from '../resources/json.ts'
import { type Ids, parseIds } from './ids.ts'

/** A bulk change of all tasks, or of those named. */
export type BulkChange =
  | { readonly done: boolean }
  | { readonly ids: Ids; readonly done: boolean }
  | { readonly ids: Ids; readonly deleted: true }

/** `{"done":bool}`, `{"ids":…,"done":bool}` or `{"ids":…,"deleted":true}` from a client's JSON. Throws `Invalid`. */
export function parseBulkChange(value: unknown): BulkChange {
  const { ids, done, deleted, ...unknown } = membersOf(value)
  const faults: Fault[] = Object.keys(unknown).map((name) => faultAt(name, 'is not a member of this request'))
  const named = ids === undefined ? undefined : parseIds(ids)
  if (typeof named === 'string') faults.push(faultAt('ids', named))
  if (done !== undefined && typeof done !== 'boolean') faults.push(faultAt('done', 'must be true or false'))
  if (deleted !== undefined && deleted !== true) faults.push(faultAt('deleted', 'must be true'))
  if (deleted !== undefined && done !== undefined) faults.push(faultAt('deleted', 'cannot stand beside done'))
  if (deleted !== undefined && ids === undefined) faults.push(faultAt('ids', 'is missing'))
  if (faults.length === 0 && done === undefined && deleted === undefined)
    faults.push(faultAt('done', 'is missing'))
  if (faults.length > 0) throw new Invalid(faults)
  if (named === undefined) return { done: done as boolean }
  return deleted ? { ids: named as Ids, deleted: true } : { ids: named as Ids, done: done as boolean }
}

/** `{"key":…}`, the `Idempotency-Key` of the request to undo. Throws `Invalid`. */
export function parseUndo(value: unknown): { readonly key: string } {
  const { key, ...unknown } = membersOf(value)
  const faults = Object.keys(unknown).map((name) => faultAt(name, 'is not a member of this request'))
  if (typeof key !== 'string')
    faults.push(faultAt('key', key === undefined ? 'is missing' : 'must be a string'))
  if (faults.length > 0) throw new Invalid(faults)
  return { key: key as string }
}

function membersOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Invalid([{ pointer: '#', detail: 'must be a JSON object' }])
  return value as Record<string, unknown>
}

function faultAt(name: string, detail: string): Fault {
  return { pointer: pointerTo(name), detail }
}
