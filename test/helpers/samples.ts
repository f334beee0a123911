import type { Value } from '../../src/resources/resource.ts'
import type { NameOf, ValueOf } from '../../src/tasks/members.ts'

/** Of each member that clients give two values, neither of which it has by itself (a list must be made first): the walk of test/members.test.ts takes them. */
export const samples: {
  readonly [N in NameOf<'text' | 'ref' | 'flag'>]: readonly NonNullable<ValueOf<N>>[]
} = {
  title: ['Candles', 'Tree, "tall"; or not'],
  done: [true],
  notes: ['Two of wax\nand a "third", 牛乳', '=formula;\t-1'],
  due: ['2026-12-24', '2028-02-29'],
  repeat: ['FREQ=WEEKLY;BYDAY=MO,FR', 'FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=-1'],
  list: [2, 3],
}

/** Of each resource two values for every member, for the walk of test/items.test.ts. */
export const itemSamples: Readonly<Record<string, Readonly<Record<string, readonly [Value, Value]>>>> = {
  lists: { name: ['Groceries', '=Work, "all"'], color: ['red', 'blue'] },
}

/** An item as a client sends it, with one of the two samples of each member. */
export function sampleOf(resource: string, which: 0 | 1 = 0): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(itemSamples[resource]!).map(([member, values]) => [member, values[which]]),
  )
}
