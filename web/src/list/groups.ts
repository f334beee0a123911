/** The tasks that a view shows, grouped under headings. */

import { dateOf, shifted } from '../dates/dates.ts'
import { formatDay, formatDue } from '../dates/due.ts'
import type { ViewName } from '../shell/address.ts'
import type { Task } from '../tasks/task.ts'
import { locale, t } from '../words/words.ts'

export interface Group {
  readonly key: string
  /** '' for a group without a heading. */
  readonly title: string
  /** The date, if the title names the day in words. */
  readonly date: string
  readonly tasks: readonly Task[]
  /** The due date of a task dropped there; undefined if none can be dropped. */
  readonly day?: string
  /** Whether only the heading is shown; undefined if it cannot be collapsed. */
  readonly isFolded?: boolean
}

export interface Wanted {
  readonly view: Exclude<ViewName, 'all'>
  readonly all: readonly Task[]
  readonly today: string
  readonly found: (task: Task) => boolean
  /** Tasks being edited that were deleted elsewhere. */
  readonly gone: readonly Task[]
  /** Whether it is always shown: it awaits the user's decision, or is being edited. */
  readonly isKept: (task: Task) => boolean
  readonly isFolded: (key: string) => boolean
}

/** The number of tasks in each view; for all tasks the number of open ones. */
export function countsOf(all: readonly Task[], today: string): Readonly<Record<ViewName, number>> {
  const counts = { today: 0, upcoming: 0, all: 0, completed: 0 }
  for (const { done, due } of all)
    if (done) counts.completed++
    else {
      counts.all++
      if (due !== '') counts[due > today ? 'upcoming' : 'today']++
    }
  return counts
}

/** The groups of views by day. Tasks shown although they belong to none of its days come first. */
export function groupsOf(wanted: Wanted): Group[] {
  const { all, gone, isKept } = wanted
  const groups = dated(wanted)
  const shown = new Set(groups.flatMap(({ tasks, isFolded }) => (isFolded ? [] : tasks)))
  const kept = [...gone, ...all.filter((task) => !shown.has(task) && isKept(task))]
  const folded = groups.map((group) =>
    group.isFolded ? { ...group, tasks: group.tasks.filter((task) => !kept.includes(task)) } : group,
  )
  return [{ key: 'waiting', title: t.waitingForYou, date: '', tasks: kept }, ...folded].filter(
    ({ tasks }) => tasks.length > 0,
  )
}

function dated({ view, all, today, found, isFolded }: Wanted): Group[] {
  if (view === 'completed') {
    let [day, midnight] = [today, Infinity]
    const dayOf = ({ completed }: Task) => {
      if (completed !== 0 && completed < midnight) {
        day = dateOf(new Date(completed))
        midnight = new Date(`${day}T00:00`).getTime()
      }
      return day
    }
    return byDay(latestFirst(all.filter((task) => task.done && found(task))), dayOf, today)
  }
  const open = all.filter((task) => !task.done && task.due !== '' && found(task))
  if (view === 'upcoming')
    return byDay(earliestFirst(open.filter(({ due }) => due > today)), ({ due }) => due, today).map(
      (group) => ({ ...group, day: group.key }),
    )
  const midnight = new Date(`${today}T00:00`).getTime()
  const isOfToday = ({ done, completed }: Task) => done && (completed === 0 || completed >= midnight)
  return [
    {
      key: 'overdue',
      title: t.overdue,
      date: '',
      tasks: earliestFirst(open.filter(({ due }) => due < today)),
    },
    { ...headed(today, today), tasks: open.filter(({ due }) => due === today), day: today },
    {
      key: 'done',
      title: t.doneToday,
      date: '',
      tasks: latestFirst(all.filter((task) => isOfToday(task) && found(task))),
      isFolded: isFolded('done'),
    },
  ]
}

/** Tasks sorted by due date. */
function byDay(tasks: readonly Task[], dayOf: (task: Task) => string, today: string): Group[] {
  const days = new Map<string, Task[]>()
  for (const task of tasks) {
    const day = dayOf(task)
    const those = days.get(day)
    if (those) those.push(task)
    else days.set(day, [task])
  }
  return Array.from(days, ([day, those]) => ({ ...headed(day, today), tasks: those }))
}

function headed(day: string, today: string): Pick<Group, 'key' | 'title' | 'date'> {
  const title = formatDue(day, locale, today).text
  const date = formatDay(day, locale, today)
  return { key: day, title, date: date === title ? '' : date }
}

function earliestFirst(tasks: Task[]): Task[] {
  return tasks.sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : 0))
}

/** A task without a completion time from the server was completed just now. */
function latestFirst(tasks: Task[]): Task[] {
  return tasks.sort((a, b) => (b.completed || Infinity) - (a.completed || Infinity) || 0)
}

/** Due dates that a shortcut or a row's menu sets. */
export function quickDays(today: string): Readonly<Record<QuickDay, string>> {
  return { today, tomorrow: shifted(today, 1, 'day'), nextWeek: shifted(today, 1, 'week'), noDate: '' }
}

export type QuickDay = 'today' | 'tomorrow' | 'nextWeek' | 'noDate'
