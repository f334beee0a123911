/**
 * What the user did in this tab, to be undone and done again: also after a reload, also what a closed tab has left. A step
 * is a few acts, each of which says what it does and skips what was changed elsewhere since.
 */

import type { Draft } from './drafts.ts'
import type { Effect } from './effects.ts'
import type { Storage } from './storage.ts'
import { newKey, type Tab } from './tab.ts'
import type { Content, Ref, Task } from './task.ts'

/** An act on tasks, with all data needed to perform it. */
export type Act =
  /** Sets `to` if the value is still `from`. */
  | {
      readonly kind: 'edit'
      readonly ref: Ref
      readonly from: Partial<Content>
      readonly to: Partial<Content>
    }
  | { readonly kind: 'remove'; readonly ref: Ref }
  | { readonly kind: 'restore'; readonly task: Task; readonly before: Ref | null }
  | { readonly kind: 'move'; readonly ref: Ref; readonly before: Ref | null }
  /** Undoes the bulk change with this key. */
  | { readonly kind: 'bulk'; readonly of: string; readonly effect: Effect }
  | { readonly kind: 'draft'; readonly draft: Draft }
  | ListAct

/** Restores a list that was deleted with its tasks, or deletes it. */
export interface ListAct {
  readonly kind: 'list'
  readonly id: number
  readonly isGone: boolean
}

/** The message for a step. */
export interface Told {
  readonly what:
    | 'added'
    | 'saved'
    | 'completed'
    | 'reopened'
    | 'deleted'
    | 'cleared'
    | 'moved'
    | 'dated'
    | 'listed'
    | 'imported'
    | 'discarded'
  readonly count: number
  readonly title: string
}

export interface Step {
  readonly key: string
  readonly tab: string
  readonly order: number
  readonly told: Told
  /** The acts that undo the step; once it is undone, those that redo it. */
  readonly acts: readonly Act[]
  readonly undone: boolean
}

export interface History {
  /** The steps of this tab and of closed tabs. */
  start(): Promise<void>
  push(told: Told, acts: readonly Act[]): Step
  /** Undoes the last step, or this one. Returns its new state. */
  undo(key?: string): Turned | undefined
  /** Redoes the last undone step. */
  redo(key?: string): Turned | undefined
  /** A task that was named `from` has got its id. */
  named(from: Ref, to: number): void
}

export interface Turned {
  readonly step: Step
  /** False if nothing was done because everything has changed elsewhere since. */
  readonly happened: boolean
}

/** How many steps can be undone. */
const most = 50

export function createHistory(storage: Storage, tab: Tab, perform: (acts: readonly Act[]) => Act[]): History {
  let steps: readonly Step[] = []
  let lastOrder = 0

  return {
    async start() {
      const others = await tab.others()
      const kept = await storage.all<Step>('steps')
      const left = kept.filter(({ tab: of }) => of !== tab.name && !others.has(of)).sort(byOrder)
      const own = left.filter(({ tab: of }) => of === tab.former)
      const adopted = (own.length > 0 ? own : left).map((step) => ({ ...step, tab: tab.name }))
      lastOrder = Math.max(lastOrder, ...adopted.map(({ order }) => order))
      steps = [...adopted, ...steps].sort(byOrder)
      storage.put('steps', adopted)
      trim()
    },
    push(told, acts) {
      const undone = steps.filter((step) => step.undone)
      storage.remove(
        'steps',
        undone.map(({ key }) => key),
      )
      lastOrder = Math.max(lastOrder + 1, Date.now())
      const step = { key: newKey(), tab: tab.name, order: lastOrder, told, acts, undone: false }
      steps = [...steps.filter((step) => !step.undone), step]
      storage.put('steps', [step])
      trim()
      return step
    },
    undo: (key) => turn(key ? find(key, false) : steps.findLast((step) => !step.undone)),
    redo: (key) => turn(key ? find(key, true) : steps.find((step) => step.undone)),
    named(from, to) {
      const renamed = steps.filter((step) => JSON.stringify(step.acts).includes(JSON.stringify(from)))
      for (const step of renamed)
        replace({
          ...step,
          // Temporary names cannot collide with other text: they are 128 random bits.
          acts: JSON.parse(JSON.stringify(step.acts).replaceAll(JSON.stringify(from), String(to))),
        })
    },
  }

  function find(key: string, undone: boolean): Step | undefined {
    return steps.find((step) => step.key === key && step.undone === undone)
  }

  function turn(step: Step | undefined): Turned | undefined {
    if (!step) return undefined
    const acts = perform(step.acts.toReversed())
    const turned = { ...step, acts: acts.length > 0 ? acts : step.acts, undone: !step.undone }
    if (acts.length > 0) replace(turned)
    else {
      steps = steps.filter(({ key }) => key !== step.key)
      storage.remove('steps', [step.key])
    }
    return { step: turned, happened: acts.length > 0 }
  }

  function replace(step: Step) {
    steps = steps.map((other) => (other.key === step.key ? step : other))
    storage.put('steps', [step])
  }

  function trim() {
    const old = steps.slice(0, -most)
    steps = steps.slice(-most)
    storage.remove(
      'steps',
      old.map(({ key }) => key),
    )
  }
}

function byOrder(a: Step, b: Step): number {
  return a.order - b.order
}
