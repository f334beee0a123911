import { writes as domain } from '../../domain/postgres.ts'
import { limits } from '../../limits.ts'
import { earliestTime } from '../sqlite/clock.ts'
import type { Write } from '../writes.ts'
import type { Answer, DomainGroup, Group, State } from './domain.ts'
import type { Room } from './room.ts'
import { type Fragment, fragment, raw, type Sql } from './sql.ts'

const overExpired = raw(
  'on conflict (key) do update set request = excluded.request, outcome = excluded.outcome, time = excluded.time',
)

/** With a guess nothing is read. The writes must be blind. */
export async function openGroup(
  tx: Sql,
  writes: readonly Write[],
  room: Room,
  guess?: State,
): Promise<Group & { readonly own: DomainGroup }> {
  const keys = writes.flatMap((write) => [
    ...(write.key === undefined ? [] : [write.key]),
    ...domain.keysOf(write),
  ])
  const answers = new Map<string, Answer>()
  let answered: [string, Answer][] = []

  const group: Group = {
    tx,
    from: guess ?? { number: 0, lastId: 0, count: 0 },
    lastId: 0,
    count: 0,
    answers,
    answer(key, answer) {
      answers.set(key, answer)
      answered.push([key, answer])
    },
    flush() {
      own.flush()
      if (answered.length > 0) void tx`${answering()} ${overExpired}`
      answered = []
    },
    creation: () => [...own.creation(), ...(answered.length > 0 ? [answering()] : [])],
  }
  const own = domain.open(group, writes, room)
  if (!guess) group.from = await read()
  group.lastId = group.from.lastId
  group.count = group.from.count
  return Object.assign(group, { own })

  function answering(): Fragment {
    const column = (of: (answer: Answer) => string | number) => answered.map(([, answer]) => of(answer))
    return fragment`insert into answers (key, request, outcome, time) select * from unnest(${answered.map(([key]) => key)}::text[],
      ${column(({ request }) => request)}::text[], ${column(({ outcome }) => outcome)}::text[], ${column(({ time }) => time)}::bigint[]) as a`
  }

  async function read(): Promise<State> {
    // The lock is sent first: anything read before it may be stale.
    const [[state], , known] = await Promise.all([
      tx`select seq, last_id, tasks from taskapp_state for update`,
      own.load(),
      keys.length === 0
        ? []
        : tx`select key, request, outcome, time from answers where key = any(${keys}) and time > ${earliestTime() - limits.keyMs}`,
    ])
    for (const row of known as (Answer & { readonly key: string })[]) answers.set(row.key, row)
    return { number: state!['seq'], lastId: state!['last_id'], count: state!['tasks'] }
  }
}
