import type { Item, Values } from '../resources/resource.ts'
import { type Condition, holds } from '../resources/version.ts'

/** One write, as it is sent to the writing thread: an `ItemWrite`, an `EndSession`, or of a kind that the domain adds. */
export interface Write {
  readonly kind: string
  /** It is applied once, however often it is sent with this key. */
  readonly key?: string
}

/** A write to the items of a resource. */
export type ItemWrite = Write & { readonly resource: string } & (
    | { readonly kind: 'createItem'; readonly values: Values }
    | ({ readonly kind: 'changeItem'; readonly id: number; readonly change: Values } & Conditional)
    | ({ readonly kind: 'removeItem' | 'restoreItem'; readonly id: number } & Conditional)
    | ({ readonly kind: 'moveItem'; readonly id: number; readonly before: number | null } & Conditional)
  )

interface Conditional {
  readonly condition?: Condition | undefined
}

export interface EndSession extends Write {
  readonly kind: 'endSession'
  readonly holder: string
  readonly session?: string | undefined
  readonly until: number
}

export function isItemWrite(write: Write): write is ItemWrite {
  return 'resource' in write
}

export function isEndSession(write: Write): write is EndSession {
  return write.kind === 'endSession'
}

/** The outcome of one write: its result, the result of an earlier attempt, or why it was refused. */
export type Outcome = Made | { readonly again: Made } | Refusal
/** A count, or an array or object of JSON without a member `again` or `error`. */
export type Made = number | object
export interface ItemMade {
  readonly item: Item
  /** By how much the count of the quota grew with it. */
  readonly added: number
}
/** In a few words, also of the domain; or a fault. */
export type Refusal = ItemRefusal | Full | string | { readonly error: string }
export type ItemRefusal = 'not found' | 'version mismatch' | 'no such place' | 'too many items'
/** There is no room. */
export type Full = 'too many' | 'too many bytes'

/** Refuses a write that has begun. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(String(refusal))
    this.refusal = refusal
  }
}

/** Whether the outcome is a new result, not a refusal or that of an earlier attempt. */
export function isMade(outcome: Outcome): outcome is Made {
  return (
    typeof outcome === 'number' ||
    (typeof outcome === 'object' && !('again' in outcome) && !('error' in outcome))
  )
}

/** Whether the precondition of a write holds for this version, or for that of something removed, which no longer `exists`. */
export function matches(version: number, { condition }: Conditional, exists = true): boolean {
  return condition === undefined || holds(condition, version, exists)
}
