import type { DatabaseSync } from 'node:sqlite'
import { UnknownCursor } from '../../../../resources/errors.ts'
import { arrays, first, read } from '../../../../storage/sqlite/read/statements.ts'
import type { Cursor } from '../../../store.ts'
import { placeStep, selectLastIdSql, selectPlaceSql, selectSpreadsSql } from '../write/order.ts'

export interface Places {
  /** The last id that was ever given. */
  lastId(): number
  spreads(): number
  /** The place behind which a page goes on. */
  behind(after: Cursor | number | undefined): number
}

export function preparePlaces(db: DatabaseSync): Places {
  const selectPlace = arrays(db, selectPlaceSql)
  const selectLastId = arrays(db, selectLastIdSql)
  const selectSpreads = arrays(db, selectSpreadsSql)
  const lastId = () => first(selectLastId.get()) ?? 0
  const spreads = () => first(selectSpreads.get()) ?? 0

  return {
    lastId,
    spreads,
    behind(after) {
      if (after === undefined || after === 0) return Number.MIN_SAFE_INTEGER
      return read(() => {
        const id = typeof after === 'number' ? after : after.id
        return placeBehind(after, {
          place: first(selectPlace.get({ id })),
          lastId: lastId(),
          spreads: spreads(),
        })
      })
    },
  }
}

/**
 * The place behind which a page goes on: that where the page before ended, unless tasks were spread since. Then it may be
 * another one, and the lower counts: some tasks may come twice, none is left out. Throws `UnknownCursor`.
 */
export function placeBehind(
  after: Cursor | number,
  now: { readonly place: number | undefined; readonly lastId: number; readonly spreads: number },
): number {
  const id = typeof after === 'number' ? after : after.id
  if (id > now.lastId)
    throw new UnknownCursor(
      'The query parameter after names no task that ever was; take it from the Link of a page',
    )
  if (typeof after === 'number') return now.place ?? id * placeStep
  return after.spreads === now.spreads ? after.place : Math.min(now.place ?? after.place, after.place)
}
