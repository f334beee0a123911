import type { PostgresDomain } from '../../../storage/postgres/domain.ts'
import { fragment, raw } from '../../../storage/postgres/sql.ts'
import type { TaskReader } from '../../store.ts'
import type { Task } from '../../task.ts'
import { keptAs, recalled, supply } from '../answers.ts'
import { type Row, taskColumns, toRow } from '../rows.ts'
import { placeSql, placeStep } from '../sqlite/write/order.ts'
import type { TaskWrite } from '../writes.ts'
import { openTasks, type TaskGroup } from './group.ts'
import { attachedTo } from './lists.ts'
import { migrations } from './migrations.ts'
import { openTaskReader } from './reader.ts'
import { wordsOf } from './words.ts'
import { applyTo } from './writes.ts'

export const tasksInPostgres: PostgresDomain<TaskReader> = {
  migrations,
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
  reader: openTaskReader,
  copy: {
    sequence: 'tasks',
    computed: { place: placeSql },
    // SQLite has none for what was never moved.
    stored: (_column, value, id) => (value === Number(id) * placeStep ? null : value),
    derived: { words: (row) => wordsOf(row as unknown as Task) },
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
