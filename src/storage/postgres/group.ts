import { limits } from '../../limits.ts'
import { lastTime } from '../../resources/version.ts'
import { type Kind, memberOf } from '../../tasks/members.ts'
import { firstList, type Task } from '../../tasks/task.ts'
import { earliestTime, latestTime } from '../sqlite/clock.ts'
import { allColumns, columns, contentColumns, type Row, taskColumns, toRow, toTask } from '../sqlite/rows.ts'
import { placeStep } from '../sqlite/write/order.ts'
import type { KeyedWrite, Write } from '../sqlite/write/writes.ts'
import { type Fragment, fragment, raw, type Sql } from './sql.ts'
import { wordsOf } from './words.ts'

const all = raw(taskColumns)
const everything = raw(allColumns)
const contents = columns.filter((name) => name !== 'id')
const newContents = raw(contents.map((name) => `n.${name}`).join(', '))
const overExpired = raw(
  'on conflict (key) do update set request = excluded.request, outcome = excluded.outcome, time = excluded.time',
)

interface Answer {
  readonly request: string
  readonly outcome: string
  readonly time: number
}

/** The single row of `taskapp_state`. */
export interface State {
  /** The number of the last commit. */
  readonly number: number
  /** The last id assigned. */
  readonly lastId: number
  /** The number of tasks. */
  readonly tasks: number
}

/**
 * A transaction that reads all tasks named by its writes in one statement, and buffers new rows until `flush` sends them, many per
 * statement. No one else writes meanwhile.
 */
export interface Group {
  readonly tx: Sql
  readonly from: State
  lastId: number
  /** How many tasks there are. */
  tasks: number
  readonly answers: ReadonlyMap<string, Answer>
  /** Tasks that the writes name, and those created since the last flush. */
  find(id: number): Task | undefined
  insert(task: Task): void
  update(task: Task): void
  remove(id: number): void
  answer(key: string, answer: Answer): void
  flush(): void
  /** The same as statements that need no answer, of a group that only creates. */
  creation(): Fragment[]
  /** Reloads what other statements may have changed. */
  reload(): Promise<void>
}

/** With a guess nothing is read. The writes must not name tasks. */
export async function openGroup(
  tx: Sql,
  writes: readonly (Write | KeyedWrite)[],
  guess?: State,
): Promise<Group> {
  const keys = writes.flatMap((write) => [
    ...('key' in write ? [write.key] : []),
    ...(write.kind === 'undo' ? [write.of] : []),
  ])
  const ids = [...new Set(writes.flatMap((write) => namedBy(write)))]
  const tasks = new Map<number, Task>()
  const answers = new Map<string, Answer>()
  let inserted = new Map<number, Task>()
  let updated = new Map<number, Task>()
  let removed = new Set<number>()
  let answered: [string, Answer][] = []

  const from = guess ?? (await read())

  const group: Group = {
    tx,
    from,
    lastId: from.lastId,
    tasks: from.tasks,
    answers,
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
    answer(key, answer) {
      answers.set(key, answer)
      answered.push([key, answer])
    },
    flush() {
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
      if (answered.length > 0) void tx`${answering()} ${overExpired}`
      inserted = new Map()
      updated = new Map()
      removed = new Set()
      answered = []
    },
    creation: () => [
      ...(inserted.size > 0 ? [insertion()] : []),
      ...(answered.length > 0 ? [answering()] : []),
    ],
    reload,
  }
  return group

  function insertion(): Fragment {
    return fragment`insert into tasks (${all}, words, place)
      select ${all}, words, id * ${placeStep} from ${unnest([...inserted.values()])}`
  }

  function answering(): Fragment {
    const column = (of: (answer: Answer) => string | number) => answered.map(([, answer]) => of(answer))
    return fragment`insert into answers (key, request, outcome, time) select * from unnest(${answered.map(([key]) => key)}::text[],
      ${column(({ request }) => request)}::text[], ${column(({ outcome }) => outcome)}::text[], ${column(({ time }) => time)}::bigint[]) as a`
  }

  async function read(): Promise<State> {
    // The lock is sent first: anything read before it may be stale.
    const [[state], , known] = await Promise.all([
      tx`select seq, last_id, tasks from taskapp_state for update`,
      reload(),
      keys.length === 0
        ? []
        : tx`select key, request, outcome, time from answers where key = any(${keys}) and time > ${earliestTime() - limits.keyMs}`,
    ])
    for (const row of known as (Answer & { readonly key: string })[]) answers.set(row.key, row)
    return { number: state!['seq'], lastId: state!['last_id'], tasks: state!['tasks'] }
  }

  async function reload() {
    if (ids.length === 0) return
    const rows = await tx.arrays(fragment`select ${all} from tasks where id = any(${ids}::bigint[])`)
    tasks.clear()
    for (const row of rows) tasks.set(Number(row[0]), toTask(row as Row))
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
function namedBy(write: Write): number[] {
  if (write.kind === 'move' && write.before !== null) return [write.id, write.before]
  return 'id' in write ? [write.id] : []
}
