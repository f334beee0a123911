import type { DatabaseSync } from 'node:sqlite'
import type { Room } from '../../../../storage/sqlite/write/room.ts'
import { Refused } from '../../../../storage/writes.ts'
import { dateOf, type NewTask, nextTask, type Task } from '../../../task.ts'
import { type Row, untouchedSql, type Value } from '../../rows.ts'
import type { Order } from './order.ts'
import type { Removal } from './removal.ts'

/**
 * The tasks after repeating ones (decisions/029). A done task knows the id of its next by the column `next_id`, so none ever has two:
 * 0 where an import brought it, and perhaps its next.
 */
export interface Repeats {
  /**
   * To be called within a savepoint, after a task with a rule was marked: makes the next, or takes it away where nobody has
   * changed it. Returns the row that was made, or only the id that is gone, or nothing. Throws `Refused`.
   */
  follow(task: Task, today: string | undefined, now: number): Value[]
}

export function prepareRepeats(
  db: DatabaseSync,
  {
    order,
    removal,
    room,
    create,
  }: {
    readonly order: Order
    readonly removal: Removal
    readonly room: Room
    readonly create: (given: NewTask, now: number) => Row
  },
): Repeats {
  const selectNext = db.prepare('select next_id from tasks where id = ?')
  const setNext = db.prepare('update tasks set next_id = ? where id = ?')
  const selectUntouched = db.prepare(`select 1 from tasks where id = ? and ${untouchedSql}`)
  const setPlace = db.prepare('update tasks set place = ? where id = ?')

  return {
    follow(task, today, now) {
      const known = selectNext.get(task.id)!['next_id'] as number | null
      if (!task.done) {
        if (!known || selectUntouched.get(known) === undefined) return []
        room.added(-removal.remove(known))
        setNext.run(null, task.id)
        return [known]
      }
      const given = known === null ? nextTask(task, today ?? dateOf(now)) : undefined
      if (given === undefined) return []
      const full = room.refuse({ kind: 'create' })
      // Then the one before cannot be completed.
      if (full) throw new Refused(full)
      const row = create(given, now)
      room.added(1)
      setNext.run(row[0], task.id)
      const place = order.placeBefore(task.id, row[0])
      if (place !== undefined) setPlace.run(place, row[0])
      return row
    },
  }
}
