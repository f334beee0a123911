import type { PostgresWrites } from '../../../storage/postgres/domain.ts'
import { fragment, raw } from '../../../storage/postgres/sql.ts'
import { keptAs, recalled, supply } from '../answers.ts'
import { type Row, taskColumns, toRow } from '../rows.ts'
import type { TaskWrite } from '../writes.ts'
import { openTasks, type TaskGroup } from './group.ts'
import { attachedTo } from './lists.ts'
import { applyTo } from './writes.ts'

export const writes: PostgresWrites = {
  isBlind: (write) => write.kind === 'create' && (write as { readonly list?: number | null }).list == null,
  keysOf: (write) => (write.kind === 'undo' ? [(write as { readonly of?: string }).of!] : []),
  open(opened, writes, room) {
    const group: TaskGroup = Object.assign(opened, openTasks(opened, writes))
    return {
      attached: attachedTo(group),
      load: group.reload,
      apply: (write, now) => applyTo(group, write as TaskWrite, { now, room }),
      keep: keptAs,
      async recall(kept, repeat) {
        const { made, lacking } = recalled(kept, repeat)
        if (lacking.length > 0) supply(made as Row, lacking, await rowOf(group, (made as Row)[0]))
        return made
      },
      flush: group.send,
      creation: group.insertion,
    }
  },
}

/** The row of a task, deleted or not. */
async function rowOf({ tx, find, flush }: TaskGroup, id: number): Promise<Row | undefined> {
  const task = find(id)
  if (task) return toRow(task)
  flush()
  const columns = raw(taskColumns)
  const rows = await tx.arrays(
    fragment`select ${columns} from tasks where id = ${id} union all select ${columns} from deleted_tasks where id = ${id}`,
  )
  return rows[0] as Row | undefined
}
