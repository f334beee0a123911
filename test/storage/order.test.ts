/** That the user's order needs no renumbering of everything: what moves cost, counted in rows. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { openDatabase } from '../../src/storage/sqlite/schema/open.ts'
import { prepareWrites } from '../../src/storage/sqlite/write/apply.ts'
import type { Row } from '../../src/tasks/storage/rows.ts'
import { placeSql } from '../../src/tasks/storage/sqlite/write/order.ts'
import type { TaskWrite } from '../../src/tasks/storage/writes.ts'
import { randomFrom } from '../helpers/random.ts'

const tasks = 2_000
const moves = 4_000

suite(`${moves} moves among ${tasks} tasks`, () => {
  const random = randomFrom(11)
  /** Which task goes before which, by the ids in their order at the time. */
  const patterns: Readonly<
    Record<string, (ids: readonly number[], turn: number) => [number, number | null]>
  > = {
    'at random': (ids) => [random.pick(ids), random.pick(ids)],
    'always to the front': (ids) => [ids.at(-1)!, ids[0]!],
    'always to the end': (ids) => [ids[0]!, null],
    'always to the end, two by turns': (ids) => [ids.at(-2)!, null],
    'always before the same task': (ids) => [ids[0]!, 1_000],
    'always behind the same task': (ids) => [ids.at(-1)!, ids[ids.indexOf(1_000) + 1]!],
    'always behind the one that was moved last': (ids, turn) => {
      const place = ids.indexOf(((turn + tasks - 1) % 900) + 1)
      return [(turn % 900) + 1, ids[place + 1] ?? null]
    },
    'two by turns, between the same two': (ids, turn) => [
      turn % 2 ? 1 : 2,
      ids[ids.indexOf(turn % 2 ? 2 : 1)]!,
    ],
  }
  for (const [how, pick] of Object.entries(patterns)) {
    test(`${how}: each changes some rows, not all, and places stay bounded`, () => {
      const db = openDatabase(':memory:')
      const write = prepareWrites(db)
      const create = () => (write({ kind: 'create', title: 'a' } as TaskWrite, 0) as Row)[0]
      const ids: number[] = []
      for (let n = 0; n < tasks; n++) ids.push(create())
      const changes = () => Number(db.prepare('select total_changes() as n').get()!['n'])
      let most = 0
      const start = changes()
      for (let turn = 0; turn < moves; turn++) {
        const [id, before] = pick(ids, turn)
        const already = changes()
        write({ kind: 'move', id, before } as TaskWrite, 0)
        most = Math.max(most, changes() - already)
        if (id === before) continue
        ids.splice(ids.indexOf(id), 1)
        ids.splice(before === null ? ids.length : ids.indexOf(before), 0, id)
      }
      const rows = db.prepare(`select id, ${placeSql} as place from tasks order by ${placeSql}`).all()
      assert.deepEqual(
        rows.map(({ id }) => id),
        ids,
      )
      const places = rows.map(({ place }) => Number(place))
      assert.ok(places.every((place) => Number.isSafeInteger(place)))
      assert.equal(new Set(places).size, tasks)
      const average = (changes() - start) / moves
      assert.ok(average < 30, `${average} rows a move`)
      assert.ok(most < tasks, `${most} rows in one move`)
      // New ones still come last.
      const last = create()
      const end = db.prepare(`select id from tasks order by ${placeSql} desc limit 1`).get()
      assert.equal(end!['id'], last)
      db.close()
    })
  }
})
