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
