/**
 * What the user did that the server has not acknowledged yet. The page draws the server's list with these changes
 * done to it, so an answer or an event can come at any time and never undoes what the user wants.
 */
import { applyEffect, type Effect, effectRefs, renamedEffect } from './effects.ts'
import { type Content, contentNames, type Ref, type Task, type TaskList } from './task.ts'

interface Common {
  /** Also sent as its Idempotency-Key, so that a retry has no further effect. */
  readonly key: string
  /** The time of the change, or one more than the previous order if that is greater. */
  readonly order: number
  /** The tab that sends it. */
  readonly tab?: string
  /** Why the server refused it for good. It is not sent again unless the user says so. */
  readonly fault?: string
  /** The server's conflicting version; null if the task was deleted. */
  readonly theirs?: Task | null
}

/** A change of one task. */
export type Single = Common & { readonly ref: Ref } & (
    | { readonly kind: 'create'; readonly content: Content }
    /** `seen`: the task as it was drawn when the user changed it. */
    | { readonly kind: 'edit'; readonly wanted: Partial<Content>; readonly seen: Task }
    | { readonly kind: 'remove' }
    | { readonly kind: 'restore'; readonly seen: Task; readonly before: Ref | null }
    | { readonly kind: 'move'; readonly before: Ref | null }
  )

/** A bulk change: one request for many tasks. */
export type Bulk = Common & {
  readonly kind: 'bulk'
  readonly effect: Effect
  /** The key of the bulk change or import that this undoes. */
  readonly of?: string
}

export type Change = Single | Bulk

/** What a change is before it has a key and an order. */
export type Intent = Change extends infer Each
  ? Each extends Change
    ? Omit<Each, 'key' | 'order' | 'tab'>
    : never
  : never

export type Edit = Extract<Change, { kind: 'edit' }>

/** Whether it waits for the user rather than for the server. */
export function isHeld({ fault, theirs }: Change): boolean {
  return fault !== undefined || theirs !== undefined
}

export function apply(list: TaskList, change: Change) {
  switch (change.kind) {
    case 'create':
      return list.put({ ...change.content, ref: change.ref, version: 0, completed: 0 })
    case 'edit': {
      if (change.theirs) return
      const task = list.get(change.ref) ?? (change.theirs === null ? change.seen : undefined)
      if (task) list.put(edited(task, change.wanted, change.order))
      return
    }
    case 'remove':
      return list.remove(change.ref)
    case 'restore':
      return list.put(change.seen, change.before)
    case 'move':
      list.move(change.ref, change.before)
      return
    case 'bulk':
      applyEffect(list, change.effect)
  }
}

function edited(task: Task, wanted: Partial<Content>, now: number): Task {
  const done = wanted.done ?? task.done
  return { ...task, ...wanted, completed: !done ? 0 : task.done ? task.completed : now }
}

export function mentions(change: Change, ref: Ref): boolean {
  if (change.kind === 'bulk') return effectRefs(change.effect).includes(ref)
  return change.ref === ref || ('before' in change && change.before === ref)
}

/** The change for a task that has got its id. */
export function renamed(change: Change, from: Ref, to: number): Change {
  if (change.kind === 'bulk') return { ...change, effect: renamedEffect(change.effect, from, to) }
  const one = (ref: Ref) => (ref === from ? to : ref)
  return {
    ...change,
    ref: one(change.ref),
    ...('seen' in change && { seen: { ...change.seen, ref: one(change.seen.ref) } }),
    ...('before' in change && { before: change.before === null ? null : one(change.before) }),
  }
}

/** Rebases an edit onto the task's current version; undefined if both changed the same text. */
export function merged(
  { wanted, seen }: { readonly wanted: Partial<Content>; readonly seen: Content },
  theirs: Content,
): Partial<Content> | undefined {
  const open = contentNames.filter((name) => name in wanted && wanted[name] !== theirs[name])
  if (open.some((name) => theirs[name] !== seen[name])) return undefined
  return Object.fromEntries(open.map((name) => [name, wanted[name]]))
}
