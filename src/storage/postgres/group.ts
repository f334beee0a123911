import { limits } from '../../limits.ts'
import type { Task } from '../../tasks/task.ts'
import { earliestTime, latestTime } from '../sqlite/clock.ts'
import { placeStep } from '../sqlite/order.ts'
import { type Row, taskColumns, toTask } from '../sqlite/rows.ts'
import type { KeyedWrite, Write } from '../sqlite/writes.ts'
import type { Transaction } from './connect.ts'
import { wordsOf } from './words.ts'

interface Answer {
  readonly request: string
  readonly outcome: string
  readonly time: number
}

/**
 * A transaction that reads at once what its writes name, and keeps what they make until `flush` sends it, many rows in a
 * statement. Nobody else writes meanwhile.
 */
export interface Group {
  readonly tx: Transaction
  /** Of the last commit. */
  readonly number: number
  lastId: number
  readonly answers: ReadonlyMap<string, Answer>
  /** Those that the writes name, and those made since the last flush. */
  find(id: number): Task | undefined
  insert(task: Task): void
  update(task: Task): void
  remove(id: number): void
  answer(key: string, answer: Answer): void
  flush(): void
  /** Reads anew what statements may have changed that did not come from here. */
  reload(): Promise<void>
  send(statement: PromiseLike<unknown>): void
  /** Resolves when all that was sent is done, or rejects as the first that failed. */
  sent(): Promise<void>
}

export async function openGroup(tx: Transaction, writes: readonly (Write | KeyedWrite)[]): Promise<Group> {
  const keys = writes.flatMap((write) => ('key' in write ? [write.key] : []))
  const ids = [...new Set(writes.flatMap((write) => namedBy(write)))]
  const tasks = new Map<number, Task>()
  const answers = new Map<string, Answer>()
  const sending: Promise<unknown>[] = []
  let inserted = new Map<number, Task>()
  let updated = new Map<number, Task>()
  let removed = new Set<number>()
  let answered: [string, Answer][] = []

  // Sent before the others, for what is read before nobody else writes may be old: they are sent as they are awaited.
  const locked = tx`select seq, last_id from taskapp_state for update`.execute()
  const [[state], , known] = await Promise.all([
    locked,
    reload(),
    keys.length === 0
      ? []
      : tx`select key, request, outcome, time from answers where key = any(${keys}) and time > ${earliestTime() - limits.keyMs}`,
  ])
  for (const { key, request, outcome, time } of known as {
    key: string
    request: string
    outcome: string
    time: number
  }[])
    answers.set(key, { request, outcome, time })

  const group: Group = {
    tx,
    number: state!['seq'],
    lastId: state!['last_id'],
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
      if (inserted.size > 0)
        send(tx`insert into tasks (${tx.unsafe(taskColumns)}, words, place)
        select *, id * ${placeStep} from ${unnest([...inserted.values()])}`)
      if (updated.size > 0)
        send(tx`update tasks t set title = n.title, done = n.done, updated = n.updated,
        completed = n.completed, notes = n.notes, due = n.due, words = n.words
        from ${unnest([...updated.values()])} where t.id = n.id`)
      if (removed.size > 0) {
        const gone = [...removed]
        send(tx`insert into deleted_tasks (${tx.unsafe(taskColumns)}, words, place, deleted)
          select ${tx.unsafe(taskColumns)}, words, place, ${latestTime()}::bigint from tasks where id = any(${gone}::bigint[])`)
        send(tx`delete from tasks where id = any(${gone}::bigint[])`)
      }
      if (answered.length > 0) {
        const column = (of: (answer: Answer) => string | number) => answered.map(([, answer]) => of(answer))
        send(tx`insert into answers (key, request, outcome, time) select * from unnest(${answered.map(([key]) => key)}::text[],
          ${column(({ request }) => request)}::text[], ${column(({ outcome }) => outcome)}::text[], ${column(({ time }) => time)}::bigint[])
          on conflict (key) do update set request = excluded.request, outcome = excluded.outcome, time = excluded.time`)
      }
      inserted = new Map()
      updated = new Map()
      removed = new Set()
      answered = []
    },
    reload,
    send,
    async sent() {
      await Promise.all(sending.splice(0))
    },
  }
  return group

  function send(statement: PromiseLike<unknown>) {
    const sent = Promise.resolve(statement)
    sent.catch(() => {})
    sending.push(sent)
  }

  async function reload() {
    if (ids.length === 0) return
    const rows = await tx
      .unsafe(`select ${taskColumns} from tasks where id = any($1::bigint[])`, [ids as never])
      .values()
    tasks.clear()
    for (const row of rows) tasks.set(Number(row[0]), toTask(row as Row))
  }

  /** Rows of `taskColumns` and words. */
  function unnest(list: readonly Task[]) {
    const column = <T>(of: (task: Task) => T) => list.map(of) as never
    return tx`unnest(${column((t) => t.id)}::bigint[], ${column((t) => t.title)}::text[], ${column((t) => Number(t.done))}::smallint[],
      ${column((t) => t.created)}::bigint[], ${column((t) => t.updated)}::bigint[], ${column((t) => t.completed)}::bigint[],
      ${column((t) => t.notes)}::text[], ${column((t) => t.due)}::text[], ${column((t) => wordsOf(t.title, t.notes))}::text[])
      as n (${tx.unsafe(`${taskColumns}, words`)})`
  }
}

function namedBy(write: Write): number[] {
  if (write.kind === 'move' && write.before !== null) return [write.id, write.before]
  return 'id' in write ? [write.id] : []
}
