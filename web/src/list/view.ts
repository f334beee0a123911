/** Which tasks are shown: those of the current view and search, and those that wait for the user or are being edited. */

import { dateOf } from '../dates/dates.ts'
import type { List } from '../lists/load-lists.ts'
import { currentList, currentView, type ViewName } from '../shell/address.ts'
import { ofBrowser } from '../shell/local.ts'
import { type Change, isHeld } from '../tasks/changes.ts'
import type { Ref, Task } from '../tasks/task.ts'
import type { Tasks } from '../tasks/tasks.ts'
import { t } from '../words/words.ts'
import { countsOf, type Group, groupsOf, type Wanted } from './groups.ts'
import { matcher } from './search.ts'

export interface Drawn {
  /** The entries shown, in order. A collapsed group has only its heading. */
  readonly groups: readonly Group[]
  /** All tasks with a row. */
  readonly tasks: readonly Task[]
  /** Tasks being edited that were deleted elsewhere. */
  readonly gone: ReadonlySet<Ref>
  /** Changes that await the user's decision. */
  readonly held: ReadonlyMap<Ref, Change>
  readonly today: string
  /** By id, if tasks of several lists are shown. */
  readonly lists: ReadonlyMap<number, List> | undefined
}

export interface Look extends Drawn {
  readonly name: ViewName
  /** The id of the only list shown; 0 for all lists. */
  readonly list: number
  readonly title: string
  readonly query: string
  readonly all: readonly Task[]
  /** The number of open tasks. */
  readonly left: number
  /** The number of tasks in each view. */
  readonly counts: Readonly<Record<ViewName, number>>
  readonly loaded: boolean
  /** The unacknowledged changes. */
  readonly changes: readonly Change[]
  /** Where the view has nothing that is searched: how much of all has it. */
  readonly elsewhere: number
}

export interface View {
  look(): Look
  /** Shows the task regardless of view and search, until `unpin`. */
  pin(task: Task): void
  unpin(ref: Ref): void
  /** Collapses or expands a group, also for later visits. */
  fold(key: string): void
}

const titleOf: Readonly<Record<ViewName, string>> = {
  today: t.today,
  upcoming: t.upcoming,
  all: t.allTasks,
  completed: t.completedTasks,
}

/** The storage key of the expanded groups. */
const place = 'unfolded'

export function createView(
  tasks: Tasks,
  search: HTMLInputElement,
  editing: () => ReadonlyMap<Ref, Task>,
  listsNow: () => ReadonlyMap<number, List>,
): View {
  const pinned = new Map<Ref, Task>()
  const unfolded = new Set((ofBrowser.get(place) ?? '').split(' '))
  /** Search results are expanded until the user collapses them. */
  const foldedInSearch = new Set<string>()
  let last: readonly Task[] = []

  return {
    look() {
      const { tasks: all, changes, loaded, whole } = tasks.view()
      const [name, query, today] = [currentView(), search.value.trim(), dateOf(new Date())]
      const [list, lists] = [currentList(), listsNow()]
      const matches = matcher(query)
      // Tasks of a list that is not known yet are shown in the first list.
      const isHere = (task: Task) => !list || task.list === list || (list === 1 && !lists.has(task.list))
      const found = (task: Task) => isHere(task) && matches(task)
      const held = heldOf(changes)
      const kept = new Map<Ref, Task>()
      for (const [ref, task] of [...pinned, ...editing()]) kept.set(tasks.keyOf(ref), task)
      const isKept = (task: Task) => held.has(task.ref) || (kept.size > 0 && kept.has(tasks.keyOf(task.ref)))
      const gone = [...kept.values()].filter(({ ref }) => !tasks.find(ref))
      const isFolded = (key: string) => (query === '' ? !unfolded.has(key) : foldedInSearch.has(key))
      const groups =
        name === 'all'
          ? inOwnOrder({ all, found, isKept, gone, isFolded: isFolded('completed') })
          : groupsOf({ view: name, all, today, found, gone, isKept, isFolded })
      const shown = groups.flatMap((group) => (group.isFolded ? [] : group.tasks))
      last = shown
      const counts = countsOf(all, today)
      return {
        name,
        list,
        title: (list && lists.get(list)?.name) || titleOf[name],
        query,
        all,
        left: counts.all,
        counts,
        loaded,
        changes,
        elsewhere:
          (name !== 'all' || list) && query !== '' && shown.length === 0 ? all.filter(matches).length : 0,
        groups,
        tasks: shown,
        gone: new Set(whole ? gone.map(({ ref }) => ref) : []),
        held,
        today,
        lists: list || lists.size < 2 ? undefined : lists,
      }
    },
    pin(task) {
      pinned.set(task.ref, task)
    },
    unpin(ref) {
      pinned.delete(ref)
    },
    fold(key) {
      const toggled = search.value.trim() === '' ? unfolded : foldedInSearch
      if (!toggled.delete(key)) toggled.add(key)
      ofBrowser.set(place, [...unfolded].join(' '))
    },
  }

  /** Open tasks in the user's order, then completed ones, collapsed unless they await the user's decision. */
  function inOwnOrder({
    all,
    found,
    isKept,
    gone,
    isFolded,
  }: Pick<Wanted, 'all' | 'found' | 'isKept' | 'gone'> & { isFolded: boolean }): Group[] {
    const [open, done]: [Task[], Task[]] = [[], []]
    for (const task of all) {
      const kept = isKept(task)
      if (!kept && !found(task)) continue
      if (task.done && !(kept && isFolded)) done.push(task)
      else open.push(task)
    }
    for (const task of gone) open.splice(placeOf(task, open), 0, task)
    const own = { key: 'all', title: '', date: '', tasks: open }
    if (done.length === 0) return [own]
    return [own, { key: 'completed', title: t.completed, date: '', tasks: done, isFolded }]
  }

  /** After its former predecessor. */
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
