/** What is shown of the list: by filter and search, and whatever waits for the user or is being written. */
import { type Change, isHeld } from './changes.ts'
import { dateOf } from './dates.ts'
import { currentFilter, type Filter, matches } from './filter.ts'
import { matcher } from './search.ts'
import type { Ref, Task } from './task.ts'
import type { Tasks } from './tasks.ts'

export interface Drawn {
  readonly tasks: readonly Task[]
  /** Those among them that somebody else has deleted while they are edited. */
  readonly gone: ReadonlySet<Ref>
  /** What waits for the user. */
  readonly held: ReadonlyMap<Ref, Change>
  readonly today: string
}

export interface Look extends Drawn {
  readonly filter: Filter
  readonly query: string
  readonly all: readonly Task[]
  /** How many of all are open. */
  readonly left: number
  readonly loaded: boolean
  /** What the server has not acknowledged. */
  readonly changes: readonly Change[]
}

export interface View {
  look(): Look
  /** Is shown whatever filter and search say, from now on until `unpin`. */
  pin(task: Task): void
  unpin(ref: Ref): void
}

export function createView(
  tasks: Tasks,
  search: HTMLInputElement,
  editing: () => ReadonlyMap<Ref, Task>,
): View {
  const pinned = new Map<Ref, Task>()
  let last: readonly Task[] = []

  return {
    look() {
      const { tasks: all, changes, loaded, whole } = tasks.view()
      const [filter, query] = [currentFilter(), search.value.trim()]
      const found = matcher(query)
      const held = heldOf(changes)
      const kept = new Map<Ref, Task>()
      for (const [ref, task] of [...pinned, ...editing()]) kept.set(tasks.keyOf(ref), task)
      const isKept = (task: Task) => held.has(task.ref) || (kept.size > 0 && kept.has(tasks.keyOf(task.ref)))
      const shown = all.filter((task) => (matches(filter, task) && found(task)) || isKept(task))
      const gone = [...kept.values()].filter(({ ref }) => !tasks.find(ref))
      for (const task of gone) shown.splice(placeOf(task, shown), 0, task)
      last = shown
      const left = all.reduce((count, { done }) => count + Number(!done), 0)
      const isGone = new Set(whole ? gone.map(({ ref }) => ref) : [])
      return {
        filter,
        query,
        all,
        left,
        loaded,
        changes,
        tasks: shown,
        gone: isGone,
        held,
        today: dateOf(new Date()),
      }
    },
    pin(task) {
      pinned.set(task.ref, task)
    },
    unpin(ref) {
      pinned.delete(ref)
    },
  }

  /** Behind the one that it stood behind. */
  function placeOf({ ref }: Task, shown: readonly Task[]): number {
    const before = last
      .slice(
        0,
        Math.max(
          0,
          last.findIndex((task) => task.ref === ref),
        ),
      )
      .reverse()
    for (const task of before) {
      const at = shown.findIndex((other) => tasks.keyOf(other.ref) === tasks.keyOf(task.ref))
      if (at >= 0) return at + 1
    }
    return 0
  }
}

function heldOf(changes: readonly Change[]): ReadonlyMap<Ref, Change> {
  return new Map(
    changes.flatMap((change) =>
      change.kind !== 'bulk' && isHeld(change) ? [[change.ref, change] as const] : [],
    ),
  )
}
