/** Until the server assigns an id, a new task has a name made by this tab. */
import type { Ref } from './task.ts'

export interface Names {
  /** Also resolves the task's temporary name. */
  refOf(ref: Ref): Ref
  /** Stays the same for as long as the task is on the page. */
  keyOf(ref: Ref): Ref
  given(from: Ref, to: number): void
}

export function createNames(): Names {
  const keys = new Map<Ref, Ref>()
  const ids = new Map<Ref, number>()
  return {
    refOf: (ref) => ids.get(ref) ?? ref,
    keyOf: (ref) => keys.get(ref) ?? ref,
    given(from, to) {
      keys.set(to, from)
      ids.set(from, to)
    },
  }
}
