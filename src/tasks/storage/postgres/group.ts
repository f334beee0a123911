import { lastTime } from '../../../resources/version.ts'
import type { Group } from '../../../storage/postgres/domain.ts'
import { type Fragment, fragment, raw } from '../../../storage/postgres/sql.ts'
import { latestTime } from '../../../storage/sqlite/clock.ts'
import { isItemWrite, type Write } from '../../../storage/writes.ts'
import { type Kind, memberOf } from '../../members.ts'
import { firstList, type Task } from '../../task.ts'
import { allColumns, columns, contentColumns, type Row, taskColumns, toRow, toTask } from '../rows.ts'
import { placeStep } from '../sqlite/write/order.ts'
import type { TaskWrite } from '../writes.ts'
import { wordsOf } from './words.ts'

const all = raw(taskColumns)
const everything = raw(allColumns)
const contents = columns.filter((name) => name !== 'id')
const newContents = raw(contents.map((name) => `n.${name}`).join(', '))

/** The tasks that the writes of a group name, read in one statement, and those that they create and change. */
export interface Tasks {
  /** Tasks that the writes name, and those created since the last flush. */
  find(id: number): Task | undefined
  insert(task: Task): void
  update(task: Task): void
  remove(id: number): void
  /** Sends what is buffered. */
  send(): void
  /** The insertion of the new tasks, as a statement that needs no answer. */
  insertion(): Fragment[]
  /** Reloads what other statements may have changed. */
  reload(): Promise<void>
}

export type TaskGroup = Group & Tasks

export function openTasks({ tx }: Group, writes: readonly Write[]): Tasks {
  const ids = [...new Set(writes.flatMap((write) => (isItemWrite(write) ? [] : namedBy(write as TaskWrite))))]
  const tasks = new Map<number, Task>()
  let inserted = new Map<number, Task>()
  let updated = new Map<number, Task>()
  let removed = new Set<number>()

  return {
    find: (id) => tasks.get(id),
    insert(task) {
      tasks.set(task.id, task)
      inserted.set(task.id, task)
    },
    update(task) {
      tasks.set(task.id, task)
      if (inserted.has(task.id)) inserted.set(task.id, task)
      else updated.set(task.id, task)
    },
    remove(id) {
      tasks.delete(id)
      removed.add(id)
    },
    send() {
      if (inserted.size > 0) void tx`${insertion()}`
      if (updated.size > 0)
        void tx`update tasks t set (${raw(contentColumns)}, words) = (${newContents}, n.words)
        from ${unnest([...updated.values()])} where t.id = n.id`
      if (removed.size > 0) {
        const gone = [...removed]
        void tx`insert into deleted_tasks (${everything}, words, deleted)
          select ${everything}, words, ${latestTime()}::bigint from tasks where id = any(${gone}::bigint[])`
        void tx`delete from tasks where id = any(${gone}::bigint[])`
      }
      inserted = new Map()
      updated = new Map()
      removed = new Set()
    },
    insertion: () => (inserted.size > 0 ? [insertion()] : []),
    async reload() {
      if (ids.length === 0) return
      const rows = await tx.arrays(fragment`select ${all} from tasks where id = any(${ids}::bigint[])`)
      tasks.clear()
      for (const row of rows) tasks.set(Number(row[0]), toTask(row as Row))
    },
  }

  function insertion(): Fragment {
    return fragment`insert into tasks (${all}, words, place)
      select ${all}, words, id * ${placeStep} from ${unnest([...inserted.values()])}`
  }
}

/** As `versionAfter` of a task. */
export function versionSql(now: number): Fragment {
  return fragment`case when updated < ${lastTime}::bigint then greatest(updated + 1, ${now}::bigint) else ${now}::bigint end`
}

/** Whether a task is in one of these lists, if any are given. */
export function isInLists(lists: readonly number[] | undefined): Fragment {
  if (lists === undefined) return raw('true')
  const [list, ...more] = lists
  if (list === undefined || more.length > 0)
    return fragment`coalesce(list, ${firstList}) = any(${lists}::bigint[])`
  return list === firstList ? raw('list is null') : fragment`list = ${list}`
}

/** A table `n` of `taskColumns`, words and the number of each, from 1 on. */
export function unnest(list: readonly Task[]): Fragment {
  const rows = list.map(toRow)
  const listed = columns
    .map((name, index) => {
      const values = rows.map((row) => row[index]!)
      // Shorter, and as long as the others in `unnest`.
      const list = values.every((value) => value === null) ? null : values
      return fragment`${list}::${raw(columnTypes[memberOf(name).kind])}[]`
    })
    .reduce((before, next) => fragment`${before}, ${next}`)
  return fragment`unnest(${listed}, ${list.map(wordsOf)}::text[]) with ordinality as n (${all}, words, number)`
}

const columnTypes: Readonly<Record<Kind, string>> = {
  id: 'bigint',
  text: 'text',
  ref: 'bigint',
  flag: 'smallint',
  time: 'bigint',
}

function namedBy(write: TaskWrite): number[] {
  if (write.kind === 'move' && write.before !== null) return [write.id, write.before]
  return 'id' in write ? [write.id] : []
}
