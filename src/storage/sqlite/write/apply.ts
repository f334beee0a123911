import type { DatabaseSync } from 'node:sqlite'
import { resources } from '../../../domain/resources.ts'
import { writes } from '../../../domain/sqlite.ts'
import { addedBy } from '../../changes.ts'
import { noQuota } from '../../quota.ts'
import { isEndSession, isItemWrite, type Outcome, Refused, type Write } from '../../writes.ts'
import { prepareEnded } from './ended.ts'
import { prepareItems } from './items.ts'
import { prepareOnce } from './once.ts'
import { openRoom } from './room.ts'
import { atomically } from './savepoint.ts'

/**
 * Returns a function that runs one write within a transaction. A failure leaves nothing half done: frequent kinds change one row
 * with one statement, the others use a savepoint.
 */
export function prepareWrites(
  db: DatabaseSync,
  room = openRoom(db, noQuota),
): (write: Write, now: number) => Outcome {
  const attached = writes.attached(db)
  const items = new Map(
    resources.map((resource) => [resource.name, prepareItems(db, resource, attached[resource.name])]),
  )
  const endSession = prepareEnded(db)
  const own = writes.prepare(db, { room, items: (resource) => items.get(resource)! })
  const once = prepareOnce(db, apply, own)
  return (write, now) => (write.key === undefined ? apply(write, now) : once(write, write.key, now))

  function apply(write: Write, now: number): Outcome {
    const full = room.refuse(write)
    if (full) return full
    try {
      const outcome = applyAnyway(write, now)
      room.added(addedBy(write, outcome))
      return outcome
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      room.forget()
      return error.refusal
    }
  }

  function applyAnyway(write: Write, now: number): Outcome {
    if (isItemWrite(write)) return items.get(write.resource)!.apply(write, now)
    if (!isEndSession(write)) return own.apply(write, now)
    atomically(db, () => endSession(write.holder, write.session, write.until))
    return 1
  }
}
