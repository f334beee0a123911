import type { DatabaseSync } from 'node:sqlite'
import { openReader, type Reader, type SqliteReader } from './reader.ts'

/** A reader that does not see what is committed and not yet synced. */
export interface HeldReader extends Omit<SqliteReader, 'view'> {
  /** A view is a connection of its own, so it waits for what is being synced. */
  view: Reader['view']
  /** From now on reads see what is committed now, until `release`. */
  hold(): void
  release(): void
}

export function openHeldReader(db: DatabaseSync): HeldReader {
  const reader = openReader(db)
  const begin = db.prepare('begin')
  const end = db.prepare('commit')
  let held: PromiseWithResolvers<void> | undefined

  return {
    ...reader,
    hold() {
      begin.run()
      try {
        // The transaction sees what was committed when it first reads.
        reader.ready()
      } catch (error) {
        end.run()
        throw error
      }
      held = Promise.withResolvers()
    },
    release() {
      end.run()
      held?.resolve()
      held = undefined
    },
    async view(filter) {
      while (held) await held.promise
      return reader.view(filter)
    },
  }
}
