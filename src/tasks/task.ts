import { type Condition, versionAfter } from '../resources/version.ts'
import {
  flagNames,
  type GivenName,
  givenNames,
  type MemberName,
  memberNames,
  memberOf,
  type NameOf,
  type OptionalName,
  searchedNames,
  type ValueOf,
} from './members.ts'
import { following } from './repeat.ts'

/** The permanent list: its tasks have null as their `list`, so that clients unaware of lists see none. */
export const firstList = 1

export type Task = { readonly [N in MemberName]: ValueOf<N> }

type Values<N extends MemberName> = { readonly [Each in N]: ValueOf<Each> }
type Optional<T> = { readonly [N in keyof T]?: T[N] }

/** What a client sends to create a task. */
export type NewTask = Values<Exclude<GivenName, OptionalName>> & Optional<Values<GivenName & OptionalName>>

/** An imported task, with its own times. */
export type ArrivingTask = NewTask &
  Optional<Values<NameOf<'flag'>> & { readonly [N in NameOf<'time'>]: number | null }>

/** The same with its list by name, since ids are local to a database, or by id once looked up. */
export type ImportedTask = Omit<ArrivingTask, 'list'> & { readonly list?: string | number | null }

/** The members to change: null clears one, absent ones stay, and `toggle` flips `done`. */
export type TaskChange = Optional<
  Values<Exclude<GivenName | NameOf<'flag'>, 'done'>> & { readonly done: boolean | 'toggle' }
>

/** Preconditions of a write to a task. */
export interface TaskCondition extends Condition {
  /** The task must be in one of these lists; otherwise it counts as missing. */
  readonly lists?: readonly number[]
}

/** Whether a task is in one of these lists, if any are given. */
export function isIn(lists: readonly number[] | undefined, { list }: Pick<Task, 'list'>): boolean {
  return lists === undefined || lists.includes(list ?? firstList)
}

/** The default value of a member. */
export function blankOf(name: MemberName): false | null {
  return memberOf(name).kind === 'flag' ? false : null
}

const blankTask = Object.fromEntries(memberNames.map((name) => [name, blankOf(name)]))

/** A newly created task. */
export function newTask(id: number, given: NewTask, now: number): Task {
  const task: Record<string, unknown> = { ...blankTask, id, created: now, updated: now }
  for (const name of givenNames) task[name] = given[name] ?? null
  return task as Task
}

/** An imported task, which has no id yet. */
export function arrivedTask(imported: ArrivingTask, now: number): Task {
  const created = imported.created ?? now
  const updated = imported.updated ?? Math.max(now, created)
  const completed = imported.done ? (imported.completed ?? updated) : null
  return { ...blankTask, ...imported, id: 0, created, updated, completed } as Task
}

/** The changed task, or the same object if nothing changes. */
export function changeTask(task: Task, change: TaskChange, now: number): Task {
  const done = change.done === 'toggle' ? !task.done : (change.done ?? task.done)
  // A task without a date cannot repeat; the client that clears it may be unaware of rules.
  const undated = change.due === null && change.repeat === undefined && { repeat: null }
  const next = { ...task, ...change, ...undated, done }
  if (changeable.every((name) => next[name] === task[name])) return task
  const updated = versionAfter(task.updated, now)
  const completed = done === task.done ? task.completed : done ? now : null
  return { ...next, updated, completed }
}

const changeable = [...givenNames, ...flagNames]

/** The task that follows a repeating one completed on `today`, if any. */
export function nextTask(task: Task, today: string): NewTask | undefined {
  if (task.due === null || task.repeat === null) return undefined
  const next = following(task.due, task.repeat, today)
  return next && { ...pickGiven(task), ...next }
}

function pickGiven(task: Task): NewTask {
  return Object.fromEntries(givenNames.map((name) => [name, task[name]])) as unknown as NewTask
}

/** The UTC date of a time in milliseconds since 1970. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** The total length of its long texts. */
export function charsOf(task: Pick<NewTask, (typeof searchedNames)[number]>): number {
  let chars = 0
  for (const name of searchedNames) chars += task[name]?.length ?? 0
  return chars
}
