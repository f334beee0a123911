import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../limits.ts'
import type { NewTask } from '../../tasks/task.ts'
import type { Row } from './rows.ts'

/** Returns a function that creates a task once for each key, and answers a repeat with what was made then. */
export function prepareKeys(db: DatabaseSync, create: (task: NewTask, now: number) => Row) {
  const select = db.prepare('select made from keys where key = ? and created > ?')
  const insert = db.prepare('insert or replace into keys (key, made, created) values (?, ?, ?)')
  // A few with each new one: there is never much to do at once, and nothing to do while nobody writes.
  const forget = db.prepare(
    'delete from keys where key in (select key from keys where created <= ? order by created limit 4)',
  )

  return (task: NewTask, key: string, now: number): Row | 'key reused' => {
    const earliest = now - limits.idempotencyMs
    const known = select.get(key, earliest)
    if (known) {
      const made: Row = JSON.parse(String(known['made']))
      return isSame(made, task) ? made : 'key reused'
    }
    db.exec('savepoint once')
    try {
      const made = create(task, now)
      insert.run(key, JSON.stringify(made), now)
      forget.run(earliest)
      db.exec('release once')
      return made
    } catch (error) {
      if (db.isTransaction) db.exec('rollback to once; release once')
      throw error
    }
  }
}

function isSame(made: Row, { title, notes = null, due = null }: NewTask): boolean {
  return made[1] === title && made[6] === notes && made[7] === due
}
