/** The effect of one bulk request on the tasks shown. */
import type { Act } from './history.ts'
import type { Ref, Task, TaskList } from './task.ts'

/** The maximum number of tasks in one request. */
const mostAtOnce = 10_000

export type Effect =
  /** When each was completed; 0 if it is open. */
  | { readonly kind: 'mark'; readonly marks: readonly (readonly [Ref, number])[] }
  | { readonly kind: 'remove'; readonly refs: readonly Ref[] }
  | { readonly kind: 'put'; readonly puts: readonly Put[] }

/** A task, and the task that followed it. */
export interface Put {
  readonly task: Task
  readonly before: Ref | null
}

export function applyEffect(list: TaskList, effect: Effect) {
  if (effect.kind === 'remove') for (const ref of effect.refs) list.remove(ref)
  if (effect.kind === 'put') list.putAll(effect.puts)
  if (effect.kind === 'mark')
    for (const [ref, completed] of effect.marks) {
      const task = list.get(ref)
      if (task) list.put({ ...task, done: completed > 0, completed })
    }
}

/** The inverse of the effect on this list. */
export function inverseOf(effect: Effect, list: TaskList): Effect {
  const present = (refs: readonly Ref[]) => refs.flatMap((ref) => list.get(ref) ?? [])
  switch (effect.kind) {
    case 'mark':
      return {
        kind: 'mark',
        marks: present(effectRefs(effect)).map(({ ref, completed }) => [ref, completed]),
      }
    case 'remove':
      return { kind: 'put', puts: list.placesOf(effect.refs) }
    case 'put':
      return { kind: 'remove', refs: effectRefs(effect) }
  }
}

export function effectRefs(effect: Effect): Ref[] {
  if (effect.kind === 'mark') return effect.marks.map(([ref]) => ref)
  return effect.kind === 'put' ? effect.puts.map(({ task }) => task.ref) : [...effect.refs]
}

export function renamedEffect(effect: Effect, from: Ref, to: number): Effect {
  const one = (ref: Ref) => (ref === from ? to : ref)
  switch (effect.kind) {
    case 'mark':
      return { kind: 'mark', marks: effect.marks.map(([ref, completed]) => [one(ref), completed]) }
    case 'remove':
      return { kind: 'remove', refs: effect.refs.map(one) }
    case 'put':
      return {
        kind: 'put',
        puts: effect.puts.map(({ task, before }) => ({
          task: { ...task, ref: one(task.ref) },
          before: before === null ? null : one(before),
        })),
      }
  }
}

/** Splits it into parts that fit one request. */
export function partsOf(effect: Effect): Effect[] {
  const parts = <T>(all: readonly T[]) =>
    Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, part) =>
      all.slice(part * mostAtOnce, (part + 1) * mostAtOnce),
    )
  if (effect.kind === 'mark') return parts(effect.marks).map((marks) => ({ kind: 'mark', marks }))
  if (effect.kind === 'remove') return parts(effect.refs).map((refs) => ({ kind: 'remove', refs }))
  return [effect]
}

/** Task by task: the server can undo a bulk change for a day, and restore deleted tasks for a month. */
export function oneByOne(effect: Effect): Act[] {
  if (effect.kind === 'put') return effect.puts.toReversed().map((put) => ({ kind: 'restore', ...put }))
  if (effect.kind === 'remove') return []
  return effect.marks.map(([ref, completed]) => {
    const done = completed > 0
    return { kind: 'edit', ref, from: { done: !done }, to: { done } }
  })
}
