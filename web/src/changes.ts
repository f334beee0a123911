/**
 * What the user did that the server has not acknowledged yet. The page draws the server's list with these changes
 * done to it, so an answer or an event can come at any time and never undoes what the user wants.
 */
import type { Content, Ref, Task, TaskList } from './task.ts'

interface Common {
  /** Names it for the server, too (Idempotency-Key): sent twice it is done once. */
  readonly key: string
  /** Larger than that of all that came before. */
  readonly order: number
  readonly ref: Ref
  /** The tab that sends it. */
  readonly tab?: string
  /** Why the server refused it for good. It is not sent again unless the user says so. */
  readonly fault?: string
  /** What the server has instead, where somebody else changed the same; null: deleted it. */
  readonly theirs?: Task | null
}

export type Change =
  | (Common & { readonly kind: 'create'; readonly content: Content })
  /** `seen`: the task as it was drawn when the user changed it. */
  | (Common & { readonly kind: 'edit'; readonly wanted: Partial<Content>; readonly seen: Task })
  | (Common & { readonly kind: 'remove' })
  | (Common & { readonly kind: 'restore'; readonly seen: Task; readonly before: Ref | null })
  | (Common & { readonly kind: 'move'; readonly before: Ref | null })

/** What a change is before it has a key and an order. */
export type Intent = Change extends infer Each
  ? Each extends Change
    ? Omit<Each, 'key' | 'order' | 'tab'>
    : never
  : never

export type Edit = Extract<Change, { kind: 'edit' }>

/** Waits for the user and not for the server. */
export function isHeld({ fault, theirs }: Change): boolean {
  return fault !== undefined || theirs !== undefined
}

export function apply(list: TaskList, change: Change, now: number) {
  const { ref } = change
  switch (change.kind) {
    case 'create':
      return list.put({ ...change.content, ref, version: 0, completed: 0 })
    case 'edit': {
      if (change.theirs) return
      const task = list.get(ref) ?? (change.theirs === null ? change.seen : undefined)
      if (task) list.put(edited(task, change.wanted, now))
      return
    }
    case 'remove':
      return list.remove(ref)
    case 'restore':
      return list.put(change.seen, change.before)
    case 'move':
      list.move(ref, change.before)
  }
}

function edited(task: Task, wanted: Partial<Content>, now: number): Task {
  const done = wanted.done ?? task.done
  return { ...task, ...wanted, completed: !done ? 0 : task.done ? task.completed : now }
}

/** The change for a task that has got its id. */
export function renamed(change: Change, from: Ref, to: number): Change {
  const one = (ref: Ref) => (ref === from ? to : ref)
  const other = (ref: Ref | null) => (ref === null ? null : one(ref))
  const ref = one(change.ref)
  switch (change.kind) {
    case 'edit':
      return { ...change, ref, seen: { ...change.seen, ref: one(change.seen.ref) } }
    case 'restore':
      return {
        ...change,
        ref,
        seen: { ...change.seen, ref: one(change.seen.ref) },
        before: other(change.before),
      }
    case 'move':
      return { ...change, ref, before: other(change.before) }
    default:
      return { ...change, ref }
  }
}

/** What an edit still wants of a task that has become this; undefined where both changed the same text. */
export function merged({ wanted, seen }: Edit, theirs: Task): Partial<Content> | undefined {
  const names = Object.keys(wanted) as (keyof Content)[]
  const open = names.filter((name) => wanted[name] !== theirs[name])
  if (open.some((name) => theirs[name] !== seen[name])) return undefined
  return Object.fromEntries(open.map((name) => [name, wanted[name]]))
}

export interface Request {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
  readonly headers: Readonly<Record<string, string>>
}

export function requestOf(change: Change): Request {
  const { key, ref } = change
  const headers: Record<string, string> = { 'Idempotency-Key': key }
  const path = `/tasks/${ref}`
  switch (change.kind) {
    case 'create':
      return {
        method: 'POST',
        path: '/tasks',
        body: members(change.content, 'title', 'notes', 'due'),
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

/** Those that say something. */
function members(content: Content, ...names: (keyof Content)[]): object {
  return Object.fromEntries(names.flatMap((name) => (content[name] === '' ? [] : [[name, content[name]]])))
}
