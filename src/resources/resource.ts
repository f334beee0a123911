import { type Fault, Invalid } from './errors.ts'
import { isObject, notAMember, notAnObject, pointerTo } from './json.ts'
import { type Condition, versionAfter } from './version.ts'

/**
 * A collection beside the tasks, as a value: its table, routes, OpenAPI, events, limits, copies and journals follow from it, in every
 * storage. Its items have an order, and for 30 days a deleted one can be restored. For collections small enough to be read as a whole.
 * docs/extend.md adds one.
 */
export interface Resource<V extends Values = Values> {
  /** Of the path, the table, the event and the tag in OpenAPI: `lists`. */
  readonly name: string
  /** One item, as messages name it: `list`. */
  readonly one: string
  readonly description: string
  /** How many items there may be. */
  readonly most: number
  /** The migrations that create its table; undefined where one written by hand does. */
  readonly since?: { readonly sqlite: number; readonly postgres: number }
  /** By any names but those of its other columns: id, version, rank, deleted. */
  readonly members: { readonly [N in keyof V]: ItemMember }
  /** An item that is always there, and what to do instead of deleting it. */
  readonly fixed?: { readonly id: number; readonly instead: string }
  /** What happens to other resources, for OpenAPI: `and its tasks`. */
  readonly deletes?: string
  readonly restores?: string
}

/** The members of an item, by name. */
export type Values = Readonly<Record<string, Value>>
export type Value = string | number | boolean | null

export interface ItemMember {
  readonly kind: keyof typeof kinds
  /** Whether it can be null. JSON omits it then. */
  readonly optional?: true
  /** Tells what is wrong with a value of that kind, if anything is. Texts are trimmed before. */
  readonly rule?: (value: never) => string | undefined
  /** JSON Schema of a value. */
  readonly schema: { readonly type: string } & Readonly<Record<string, unknown>>
  /** Its column was added by a migration of its own, after the table. */
  readonly added?: true
}

export type Item<V extends Values = Values> = V & {
  readonly id: number
  /** Grows with every change of a member. */
  readonly version: number
}

/** Items as a client sends them: what may be null may be missing. */
export type NewItem<V extends Values> = {
  readonly [N in keyof V as null extends V[N] ? never : N]: V[N]
} & { readonly [N in keyof V as null extends V[N] ? N : never]?: V[N] }
/** The members to change; null clears one. */
export type ItemChange<V extends Values> = Partial<V>

/** The items of a resource. What `TaskStore` promises holds here, too. */
export interface ItemStore<V extends Values> {
  /** In the user's order. */
  all(): Promise<readonly Item<V>[]>
  /** Rejects with `Full` where there are too many. */
  create(item: NewItem<V>, key?: string): Promise<Item<V>>
  /** Rejects with `NotFound`, or with `VersionMismatch` where the condition does not hold. */
  change(id: number, change: ItemChange<V>, condition?: Condition, key?: string): Promise<Item<V>>
  /** Rejects as `change`, also for a fixed one. */
  remove(id: number, condition?: Condition, key?: string): Promise<void>
  /** Undoes a removal of the last 30 days. Rejects as `change` and `create`. */
  restore(id: number, condition?: Condition, key?: string): Promise<Item<V>>
  /** Puts it right before another, or at the end for null. Rejects as `change`, or with `Invalid` where there is no such other. */
  move(id: number, before: number | null, condition?: Condition, key?: string): Promise<Item<V>>
}

export function namesOf({ members }: Resource): readonly string[] {
  return Object.keys(members)
}

/** Of the members that cannot be null. */
export function requiredNames({ members }: Resource): readonly string[] {
  return Object.keys(members).filter((name) => !members[name]!.optional)
}

/** An item with the given members, the others null. */
export function newItem<V extends Values>(resource: Resource<V>, given: NewItem<V>): V {
  const values: Values = given
  return Object.fromEntries(namesOf(resource).map((name) => [name, values[name] ?? null])) as V
}

/** The changed item, or the same object if nothing changes. */
export function changeItem<V extends Values>(item: Item<V>, change: ItemChange<V>, now: number): Item<V> {
  if (Object.entries(change).every(([name, value]) => item[name] === value)) return item
  return { ...item, ...change, version: versionAfter(item.version, now) }
}

/** As JSON for clients, who get the version as `ETag`. */
export function itemJson(resource: Resource, { id, ...values }: Item): string {
  return JSON.stringify({
    id,
    ...Object.fromEntries(namesOf(resource).map((name) => [name, values[name] ?? undefined])),
  })
}

/** A new item from a client's JSON. Throws `Invalid`. */
export function parseNewItem<V extends Values>(resource: Resource<V>, value: unknown): NewItem<V> {
  const values: ItemChange<V> = parseItemChange(resource, value)
  const faults = requiredNames(resource)
    .filter((name) => !(name in values))
    .map((name): Fault => ({ pointer: pointerTo(name), detail: 'is missing' }))
  if (faults.length > 0) throw new Invalid(faults)
  return values as unknown as NewItem<V>
}

/** A merge patch (RFC 7396) of an item from a client's JSON. Throws `Invalid`. */
export function parseItemChange<V extends Values>({ members }: Resource<V>, value: unknown): ItemChange<V> {
  if (!isObject(value)) throw new Invalid([notAnObject])
  const faults: Fault[] = []
  const values: Record<string, Value> = {}
  for (const [name, given] of Object.entries(value)) {
    const member: ItemMember | undefined = Object.hasOwn(members, name) ? members[name] : undefined
    const parsed = member ? parseValue(member, given) : { fault: notAMember }
    if ('fault' in parsed) faults.push({ pointer: pointerTo(name), detail: parsed.fault })
    else values[name] = parsed.value
  }
  if (faults.length > 0) throw new Invalid(faults)
  return values as ItemChange<V>
}

const kinds = {
  text: { type: 'string', called: 'a string' },
  number: { type: 'number', called: 'an integer' },
  flag: { type: 'boolean', called: 'true or false' },
} as const

function parseValue(
  { kind, optional, rule }: ItemMember,
  given: unknown,
): { readonly value: Value } | { readonly fault: string } {
  if (given === null && optional) return { value: null }
  const { type, called } = kinds[kind]
  if (typeof given !== type || (kind === 'number' && !Number.isSafeInteger(given)))
    return { fault: `must be ${called}${optional ? ' or null' : ''}` }
  const value = typeof given === 'string' ? given.trim() : (given as Value)
  const fault = unstorable(value) ?? rule?.(value as never)
  return fault === undefined ? { value } : { fault }
}

/** PostgreSQL stores no NUL, and neither storage a lone surrogate. */
function unstorable(value: Value): string | undefined {
  const isStorable = typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))
  return isStorable ? undefined : 'must not contain lone surrogates or NUL'
}
