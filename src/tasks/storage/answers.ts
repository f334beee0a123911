/** What is kept of the result of a keyed write, so that a repeat is answered the same. */
import type { Made, Write } from '../../storage/writes.ts'
import { type MemberName, memberOf, textNames } from '../members.ts'
import type { TaskChange } from '../task.ts'
import { at, columns, type Row } from './rows.ts'
import type { TaskWrite } from './writes.ts'

/** Without long texts, which may be a thousand times as long as the rest. */
export function keptAs(made: Made): string {
  if (!Array.isArray(made)) return JSON.stringify(made)
  const isElsewhere = (name: MemberName) => memberOf(name).long && made[at[name]] !== null
  return JSON.stringify(columns.map((name) => (isElsewhere(name) ? elsewhere : made[at[name]])))
}

/** In the place of a text: any number would do. */
const elsewhere = 1

/**
 * The result as it was kept, with the texts that the repeat brings along. `lacking`: the columns of the others, and of members
 * that there were not yet. They are those of the task as it is by now.
 */
export function recalled(kept: string, repeat: Write): { made: Made; lacking: number[] } {
  const made: Made = JSON.parse(kept)
  if (!Array.isArray(made)) return { made, lacking: [] }
  const write = repeat as TaskWrite
  const brought: TaskChange = write.kind === 'create' ? write : write.kind === 'change' ? write.change : {}
  for (const name of textNames)
    if (typeof made[at[name]] !== 'string' && made[at[name]] !== null)
      // undefined where it brings none.
      made[at[name]] = brought[name]
  const lacking = columns.map((name) => at[name]).filter((index) => made[index] === undefined)
  return { made, lacking }
}

/** Takes from the row of the task, if there is one, what a result is lacking. */
export function supply(made: Row, lacking: readonly number[], now: unknown) {
  for (const index of lacking) made[index] = (now as Row | undefined)?.[index] ?? null
}
