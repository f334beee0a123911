/** What is shown of the list: by the view of the address and the search, and whatever waits for the user or is being written. */
import { currentView, type ViewName } from './address.ts'
import { type Change, isHeld } from './changes.ts'
import { dateOf } from './dates.ts'
import { countsOf, type Group, groupsOf } from './groups.ts'
import { matcher } from './search.ts'
import type { Ref, Task } from './task.ts'
import type { Tasks } from './tasks.ts'

export interface Drawn {
  /** What is shown, in order. Of a folded one it is the heading alone. */
  readonly groups: readonly Group[]
  /** All that have a row. */
  readonly tasks: readonly Task[]
  /** Those among them that somebody else has deleted while they are edited. */
  readonly gone: ReadonlySet<Ref>
  /** What waits for the user. */
  readonly held: ReadonlyMap<Ref, Change>
  readonly today: string
}

export interface Look extends Drawn {
  readonly name: ViewName
  readonly query: string
  readonly all: readonly Task[]
  /** How many of all are open. */
  readonly left: number
  /** How many each view holds. */
  readonly counts: Readonly<Record<ViewName, number>>
  readonly loaded: boolean
  /** What the server has not acknowledged. */
  readonly changes: readonly Change[]
}

export interface View {
  look(): Look
  /** Is shown whatever view and search say, from now on until `unpin`. */
  pin(task: Task): void
  unpin(ref: Ref): void
  /** Folds a group, or unfolds it. */
  fold(key: string): void
}

export function createView(
  tasks: Tasks,
  search: HTMLInputElement,
  editing: () => ReadonlyMap<Ref, Task>,
): View {
  const pinned = new Map<Ref, Task>()
  const unfolded = new Set<string>()
  let last: readonly Task[] = []

  return {
    look() {
      const { tasks: all, changes, loaded, whole } = tasks.view()
      const [name, query, today] = [currentView(), search.value.trim(), dateOf(new Date())]
      const found = matcher(query)
      const held = heldOf(changes)
      const kept = new Map<Ref, Task>()
      for (const [ref, task] of [...pinned, ...editing()]) kept.set(tasks.keyOf(ref), task)
      const isKept = (task: Task) => held.has(task.ref) || (kept.size > 0 && kept.has(tasks.keyOf(task.ref)))
      const gone = [...kept.values()].filter(({ ref }) => !tasks.find(ref))
      const groups =
        name === 'all'
          ? [
              inOwnOrder(
                all.filter((task) => found(task) || isKept(task)),
                gone,
              ),
            ]
          : groupsOf({
              view: name,
              all,
              today,
              found,
              gone,
              isKept,
              isFolded: (key) => !unfolded.has(key),
            })
      const shown = groups.flatMap((group) => (group.isFolded ? [] : group.tasks))
      last = shown
      const counts = countsOf(all, today)
      return {
        name,
        query,
        all,
        left: counts.all,
        counts,
        loaded,
        changes,
        groups,
        tasks: shown,
        gone: new Set(whole ? gone.map(({ ref }) => ref) : []),
        held,
        today,
      }
    },
    pin(task) {
      pinned.set(task.ref, task)
    },
    unpin(ref) {
      pinned.delete(ref)
    },
    fold(key) {
      if (!unfolded.delete(key)) unfolded.add(key)
    },
  }

  function inOwnOrder(shown: Task[], gone: readonly Task[]): Group {
    for (const task of gone) shown.splice(placeOf(task, shown), 0, task)
    return { key: 'all', title: '', date: '', tasks: shown }
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
