import {
  flagNames,
  type MemberName,
  memberNames,
  memberOf,
  type NameOf,
  type OptionalName,
  searchedNames,
  textNames,
  type ValueOf,
} from './members.ts'
import { following } from './repeat.ts'

export type Task = { readonly [N in MemberName]: ValueOf<N> }

type Text = NameOf<'text'>
type Values<N extends MemberName> = { readonly [Each in N]: ValueOf<Each> }
type Optional<T> = { readonly [N in keyof T]?: T[N] }

/** What a client gives to make a task. */
export type NewTask = Values<Exclude<Text, OptionalName>> & Optional<Values<Text & OptionalName>>

/** A task from elsewhere, with the times it brings along. */
export type ImportedTask = NewTask &
  Optional<Values<NameOf<'flag'>> & { readonly [N in NameOf<'time'>]: number | null }>

/** The members to change; those left out stay, null clears. `toggle` turns `done` over. */
export type TaskChange = Optional<
  Values<Exclude<NameOf<'text' | 'flag'>, 'done'>> & { readonly done: boolean | 'toggle' }
>

/** What has to hold of a task's version for a write to be done: all that is given. */
export interface Condition {
  /** It is one of these. */
  readonly versions?: readonly number[]
  /** It is none of these; `any`: there is no such task. */
  readonly not?: readonly number[] | 'any'
  /** It was not changed after this second, in milliseconds since 1970. */
  readonly unchangedSince?: number
}

/** `updated`: the task's version, or that of one which was removed and `exists` no more. */
export function holds({ versions, not, unchangedSince }: Condition, updated: number, exists = true): boolean {
  if (versions !== undefined && !versions.includes(updated)) return false
  if (not === 'any' ? exists : not?.includes(updated)) return false
  return unchangedSince === undefined || Math.floor(updated / 1_000) * 1_000 <= unchangedSince
}

/** The last millisecond that RFC 3339 can write. */
export const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * The version after this one. Where it would be beyond the last time that can be written, which only an import can come near
 * to, versions begin anew with the clock: they were all later ones so far.
 */
export function versionAfter(updated: number, now: number): number {
  return updated < lastTime ? Math.max(now, updated + 1) : now
}

/** What a member is that nobody has given. */
export function blankOf(name: MemberName): false | null {
  return memberOf(name).kind === 'flag' ? false : null
}

const blankTask = Object.fromEntries(memberNames.map((name) => [name, blankOf(name)]))

/** A task as it begins. */
export function newTask(id: number, given: NewTask, now: number): Task {
  const task: Record<string, unknown> = { ...blankTask, id, created: now, updated: now }
  for (const name of textNames) task[name] = given[name] ?? null
  return task as Task
}

/** A task as it arrives from elsewhere, without an id. */
export function arrivedTask(imported: ImportedTask, now: number): Task {
  const created = imported.created ?? now
  const updated = imported.updated ?? Math.max(now, created)
  const completed = imported.done ? (imported.completed ?? updated) : null
  return { ...blankTask, ...imported, id: 0, created, updated, completed } as Task
}

/** The task after the change, or the very same object where the change changes nothing. */
export function changeTask(task: Task, change: TaskChange, now: number): Task {
  const done = change.done === 'toggle' ? !task.done : (change.done ?? task.done)
  // Whoever takes the date away has no more to repeat, also a client that knows of no rules.
  const undated = change.due === null && change.repeat === undefined && { repeat: null }
  const next = { ...task, ...change, ...undated, done }
  if (changeable.every((name) => next[name] === task[name])) return task
  const updated = versionAfter(task.updated, now)
  const completed = done === task.done ? task.completed : done ? now : null
  return { ...next, updated, completed }
}

const changeable = [...textNames, ...flagNames]

/** The task that comes after a repeating one which was done on the day `today`, if one does. */
export function nextTask(task: Task, today: string): NewTask | undefined {
  if (task.due === null || task.repeat === null) return undefined
  const next = following(task.due, task.repeat, today)
  return next && { ...pickTexts(task), ...next }
}

function pickTexts(task: Task): NewTask {
  return Object.fromEntries(textNames.map((name) => [name, task[name]])) as unknown as NewTask
}

/** Milliseconds since 1970 as a date in UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** How long its texts are that people write at length. */
export function charsOf(task: NewTask): number {
  let chars = 0
  for (const name of searchedNames) chars += task[name]?.length ?? 0
  return chars
}
