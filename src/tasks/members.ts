/**
 * The members of a task, each declared once: types, checks, JSON, CSV, OpenAPI, SQL, search, keys, copies and journals
 * follow from here. docs/extend.md adds one.
 */
import { limits } from '../limits.ts'
import { canonicalRepeat, repeatFault } from './repeat.ts'
import { anyTitle, dateFault, listName, newTitle, notesFault } from './rules.ts'

/** In the order of JSON and CSV. */
export const members = {
  id: {
    kind: 'id',
    since: 1,
    schema: { type: 'integer', minimum: 1, description: 'Never used twice, also not after a deletion.' },
  },
  title: {
    kind: 'text',
    since: 1,
    searched: true,
    clean: (text) => text.trim(),
    rule: newTitle,
    ruleOfImports: anyTitle,
    schema: {
      type: 'string',
      minLength: 1,
      maxLength: limits.titleLength,
      description:
        'Something visible, without control characters, line separators and what turns the direction of text; white space at both ends is taken off.',
    },
  },
  done: { kind: 'flag', since: 1, schema: { type: 'boolean' } },
  notes: {
    kind: 'text',
    since: 2,
    optional: true,
    searched: true,
    long: true,
    // Empty notes count as none.
    clean: (text) => text || null,
    rule: notesFault,
    schema: {
      type: 'string',
      maxLength: limits.notesLength,
      description: 'Lines of text; left out when there are none.',
    },
    answered: { minLength: 1 },
  },
  /** A date and no time: `2026-12-24`. */
  due: {
    kind: 'text',
    since: 2,
    optional: true,
    rule: dateFault,
    schema: {
      type: 'string',
      format: 'date',
      description: 'A date and no time; left out when there is none.',
    },
  },
  /** Repeats once it is done: `FREQ=WEEKLY;BYDAY=MO,FR` (decisions/029). */
  repeat: {
    kind: 'text',
    since: 11,
    optional: true,
    clean: canonicalRepeat,
    rule: repeatFault,
    schema: {
      type: 'string',
      maxLength: limits.repeatLength,
      description:
        'How it repeats, in terms of RFC 5545: FREQ of DAILY, WEEKLY (also BYDAY), MONTHLY (also BYMONTHDAY, -1 for the last day) or YEARLY (also BYMONTH with BYMONTHDAY), INTERVAL, UNTIL or COUNT; and FROM=COMPLETION, which counts from the day on which it is done. Needs `due`, and goes with it. Completing the task makes the next one, at its place. Left out when it does not repeat.',
      examples: ['FREQ=WEEKLY;BYDAY=MO,FR'],
    },
  },
  /** The id of its list; null: the first one (src/tasks/lists.ts). */
  list: {
    kind: 'ref',
    since: 12,
    optional: true,
    ruleOfImports: listName,
    schema: {
      type: 'integer',
      minimum: 1,
      description: 'The id of its list. Left out in the first one, which is 1.',
    },
    answered: { minimum: 2 },
    imported: {
      type: 'string',
      description: 'The name of its list, which is made where there is none of that name.',
    },
  },
  created: { kind: 'time', since: 1, schema: timeSchema('UTC, with milliseconds.') },
  /** Grows with every change of the task, whatever the clock does: it also serves as its version. */
  updated: { kind: 'time', since: 1, schema: timeSchema('UTC, with milliseconds.') },
  completed: {
    kind: 'time',
    since: 1,
    optional: true,
    schema: timeSchema('Left out unless the task is done.'),
  },
} as const satisfies Readonly<Record<string, Member>> & Unreserved

/** A write has the members of a new task beside these. */
type Unreserved = { readonly [Name in 'kind' | 'key' | 'resource' | 'batch' | 'today']?: never }

export interface Member {
  /**
   * The storage sets `id` and `time` (milliseconds since 1970). Clients set a `text` or a `ref`, the id of something else, when they
   * create or change the task; a `flag` starts as false.
   */
  readonly kind: Kind
  /** The step of the SQLite schema that added its column: new columns come last. */
  readonly since: number
  /** Whether it can be null. JSON omits it then. */
  readonly optional?: true
  /** Found by `q`, and counted in the length of a page. */
  readonly searched?: true
  /** Too long to be stored with the answer of a keyed write. */
  readonly long?: true
  /** Normalizes a client's text. */
  readonly clean?: (text: string) => string | null
  /** Tells what is wrong with a text, if anything is. */
  readonly rule?: Rule
  /** For a text from an export, which may be older than the rule; and for the name that an export has in place of a `ref`. */
  readonly ruleOfImports?: Rule
  /** JSON Schema; and what it promises in answers, beyond that. */
  readonly schema: { readonly type: string } & Readonly<Record<string, unknown>>
  readonly answered?: Readonly<Record<string, unknown>>
  /** In imports and exports, where that is something else. */
  readonly imported?: { readonly type: string } & Readonly<Record<string, unknown>>
}

export type Rule = (text: string) => string | undefined

/** The type of each kind. Records over these make the compiler report a missing kind wherever members are read or written. */
interface Kinds {
  readonly id: number
  readonly text: string
  readonly ref: number
  readonly flag: boolean
  readonly time: number
}
export type Kind = keyof Kinds

type Members = typeof members
export type MemberName = keyof Members
/** The names of the members of a kind. */
export type NameOf<K extends Kind> = {
  [N in MemberName]: Members[N]['kind'] extends K ? N : never
}[MemberName]
export type OptionalName = {
  [N in MemberName]: Members[N] extends { readonly optional: true } ? N : never
}[MemberName]
export type ValueOf<N extends MemberName> =
  | Kinds[Members[N]['kind']]
  | (N extends OptionalName ? null : never)

export const memberNames = Object.keys(members) as readonly MemberName[]
export const textNames = namesOf('text')
/** What clients set when they create a task. */
export type GivenName = NameOf<'text' | 'ref'>
export const givenNames: readonly GivenName[] = [...textNames, ...namesOf('ref')]
export const flagNames = namesOf('flag')
export const timeNames = namesOf('time')
export const searchedNames = textNames.filter((name) => memberOf(name).searched)

/** The declaration of any member. */
export function memberOf(name: MemberName): Member {
  return members[name]
}

function namesOf<K extends Kind>(kind: K): readonly NameOf<K>[] {
  return memberNames.filter((name): name is NameOf<K> => members[name].kind === kind)
}

function timeSchema(description: string) {
  return { type: 'string', format: 'date-time', description }
}
