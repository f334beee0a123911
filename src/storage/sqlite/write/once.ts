import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../limits.ts'
import { type MemberName, memberOf, textNames } from '../../../tasks/members.ts'
import type { TaskChange } from '../../../tasks/task.ts'
import { earliestTime, latestTime } from '../clock.ts'
import { at, columns, type Row, taskColumns } from '../rows.ts'
import { atomically } from './removal.ts'
import { isMade, type KeyedWrite, type Made, type Outcome, type Write } from './writes.ts'

/**
 * Runs a write that bears a key unless one with this key was answered before: then it answers the same. Answer and
 * change are one transaction, so neither is ever without the other. A write that was refused may be tried again.
 */
export function prepareOnce(
  db: DatabaseSync,
  apply: (write: Write | KeyedWrite, now: number) => Outcome,
): (write: KeyedWrite, now: number) => Outcome {
  const select = db.prepare('select request, outcome from answers where key = ? and time > ?')
  const keep = db.prepare('insert or replace into answers (key, request, outcome, time) values (?, ?, ?, ?)')

  const selectTask = db.prepare(
    `select ${taskColumns} from tasks where id = :id union all select ${taskColumns} from deleted_tasks where id = :id`,
  )
  selectTask.setReturnArrays(true)

  return (write, now) => {
    const { key } = write
    const request = meaningOf(write)
    const known = select.get(key, earliestTime() - limits.keyMs)
    if (known !== undefined) {
      if (!isRequest(String(known['request']), request)) return 'key reused'
      const { made, lacking } = recalled(String(known['outcome']), write)
      if (lacking.length > 0) supply(made as Row, lacking, selectTask.get({ id: (made as Row)[0] }))
      return { again: made }
    }
    return atomically(db, () => {
      const outcome = apply(write, now)
      if (isMade(outcome)) keep.run(key, hashOf(request), keptAs(outcome), latestTime())
      return outcome
    })
  }
}

/** Only this hash of a request is kept: a repeat brings the rest along. */
export function hashOf(request: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(request).digest('base64url')
}

/** `known` as it was kept, by an earlier version as a whole. */
export function isRequest(known: string, request: string): boolean {
  return known === hashOf(request) || known === request
}

/** What is kept of an outcome: without long texts, which may be a thousand times as long as the rest. */
export function keptAs(made: Made): string {
  if (!Array.isArray(made)) return JSON.stringify(made)
  const isElsewhere = (name: MemberName) => memberOf(name).long && made[at[name]] !== null
  return JSON.stringify(columns.map((name) => (isElsewhere(name) ? elsewhere : made[at[name]])))
}

/** In the place of a text: any number would do. */
const elsewhere = 1

/**
 * An outcome as it was kept, with the texts that the write brings along. `lacking`: the columns of the others, and of members
 * that there were not yet. They are those of the task as it is by now.
 */
export function recalled(kept: string, write: Write): { made: Made; lacking: number[] } {
  const made: Made = JSON.parse(kept)
  if (!Array.isArray(made)) return { made, lacking: [] }
  const brought: TaskChange = write.kind === 'create' ? write : write.kind === 'change' ? write.change : {}
  for (const name of textNames)
    if (typeof made[at[name]] !== 'string' && made[at[name]] !== null)
      // undefined where it brings none.
      made[at[name]] = brought[name] as string | null
  const lacking = columns.map((name) => at[name]).filter((index) => made[index] === undefined)
  return { made, lacking }
}

/** Takes from the row of the task, if there is one, what an outcome is lacking. */
export function supply(made: Row, lacking: readonly number[], now: unknown) {
  for (const index of lacking) made[index] = (now as Row | undefined)?.[index] ?? null
}

/** The same text for all requests that say the same, in whatever order: members of a new task that are null say nothing. */
export function meaningOf(write: Write): string {
  return JSON.stringify(write, (name, value: unknown) => {
    // Others each time, whatever they hold; and who repeats a request may do so on another day.
    if (name === 'batch' || name === 'key' || name === 'today') return undefined
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const members = Object.entries(value).filter(([, member]) => member !== null || write.kind !== 'create')
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
