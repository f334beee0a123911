import { limits } from '../../../limits.ts'
import { isThere } from '../../../storage/postgres/items.ts'
import { fragment, raw, type Sql } from '../../../storage/postgres/sql.ts'
import { earliestTime } from '../../../storage/sqlite/clock.ts'
import { matches, type Outcome } from '../../../storage/writes.ts'
import { lists } from '../../lists.ts'
import { searchedNames } from '../../members.ts'
import { arrivedTask, changeTask, newTask, type Task } from '../../task.ts'
import { arrivedNextSql, contentColumns, moreAt, type Row, returningTasks, toRow } from '../rows.ts'
import { bulkAdded } from '../sqlite/write/bulk.ts'
import { placeStep } from '../sqlite/write/order.ts'
import { reaches, type TaskWrite } from '../writes.ts'
import { markAll, markSome, removeCompleted, removeSome, undo } from './bulk.ts'
import { type TaskGroup, unnest } from './group.ts'
import { showLists, stageList } from './lists.ts'
import { placeBefore } from './order.ts'
import { columns, returningColumns } from './removal.ts'
import { type Circumstances, followRepeats, planRepeats } from './repeats.ts'
import { charsSql, isOldSql, wordsOf } from './words.ts'

const stagedColumns = raw(`${contentColumns}, words`)

/** Applies one write within its group. Frequent kinds need no answer from PostgreSQL. */
export async function applyTo(
  group: TaskGroup,
  write: TaskWrite,
  { now, room }: Pick<Circumstances, 'now' | 'room'>,
): Promise<Outcome> {
  const circumstances = {
    now,
    room,
    today: 'today' in write ? write.today : undefined,
    lists: 'lists' in write && write.kind !== 'adopt' ? write.lists : undefined,
  }
  const { tx } = group
  switch (write.kind) {
    case 'create': {
      if (write.list != null && !(await isThere(group, lists, write.list))) return 'no such list'
      const task = newTask(++group.lastId, write, now)
      group.insert(task)
      return toRow(task)
    }
    case 'change': {
      const task = group.find(write.id)
      if (!task || !reaches(write, task)) return 'not found'
      if (!matches(task.updated, write)) return 'version mismatch'
      const next = changeTask(task, write.change, now)
      if (next.list !== task.list && next.list !== null && !(await isThere(group, lists, next.list)))
        return 'no such list'
      if (next.repeat !== null && next.due === null) return 'no date'
      if (next.repeat !== null && next.done !== task.done) return changeRepeating(group, next, circumstances)
      if (next !== task) group.update(next)
      return toRow(next)
    }
    case 'remove': {
      const task = group.find(write.id)
      if (!task || !reaches(write, task)) return 'not found'
      if (!matches(task.updated, write)) return 'version mismatch'
      group.remove(write.id)
      return 1
    }
    case 'index':
      return respell(tx)
  }
  group.flush()
  switch (write.kind) {
    case 'changeAll':
      return markAll(group, write.done, circumstances)
    case 'removeCompleted':
      return removeCompleted(group, write.lists)
    case 'changeSome':
      return markSome(group, write.ids, write.done, circumstances)
    case 'removeSome':
      return removeSome(group, write.ids, write)
    case 'undo':
      return undo(group, write.of, circumstances)
    case 'restore': {
      const here = group.find(write.id)
      const [removed] = here
        ? []
        : await tx`select updated, list from deleted_tasks where id = ${write.id} and deleted > ${earliestTime() - limits.restorableMs}`
      const known = here ?? (removed as Pick<Task, 'updated' | 'list'> | undefined)
      if (!known || !reaches(write, known)) return 'not found'
      if (!matches(known.updated, write, here !== undefined)) return 'version mismatch'
      await tx`with back as (delete from deleted_tasks where id = ${write.id} and not exists (select 1 from tasks where id = ${write.id})
          returning ${columns})
        insert into tasks (${columns}) select ${returningColumns} from back`
      if (removed) group.count++
      await group.reload()
      const task = group.find(write.id)!
      const [next] =
        await tx`select id from tasks where place > (select place from tasks where id = ${write.id}) order by place limit 1`
      const row = toRow(task)
      row[moreAt] = next?.['id'] ?? null
      return row
    }
    case 'move': {
      const { id, before, list } = write
      const task = group.find(id)
      if (!task || !reaches(write, task)) return 'not found'
      if (!matches(task.updated, write)) return 'version mismatch'
      const other = before === null ? undefined : group.find(before)
      if (before !== null && !(other && reaches(write, other))) return 'no such place'
      const next = list === undefined ? task : changeTask(task, { list }, now)
      if (next !== task && next.list !== null && !(await isThere(group, lists, next.list)))
        return 'no such list'
      if (next !== task) group.update(next)
      const place = before === id ? undefined : await placeBefore(tx, before, id, group.lastId)
      if (place !== undefined) await tx`update tasks set place = ${place} where id = ${id}`
      return toRow(next)
    }
    case 'stageList':
      return stageList(group, write.name, now)
    case 'stage':
      return stage(group, write, now)
    case 'adopt': {
      const [staged] = await tx`select count(*) as n from staged_tasks where batch = ${write.batch}`
      if (staged!['n'] !== write.count) return 'import lost'
      await showLists(group, write.lists)
      for (let first = 0; first < write.count; first += limits.changedAtOnce)
        await tx`insert into tasks (${columns})
          select ${raw(returningTasks)}, id * ${placeStep}, ${raw(arrivedNextSql)}, words
          from (select *, ${group.lastId + 1}::bigint + number as id from staged_tasks
            where batch = ${write.batch} and number >= ${first} and number < ${first + limits.changedAtOnce}) as staged`
      group.lastId += write.count
      return bulkAdded(group.lastId, write.count, now)
    }
    case 'discard':
      return (
        await tx`delete from staged_tasks where batch = ${write.batch} and number in
        (select number from staged_tasks where batch = ${write.batch} limit ${limits.tidiedAtOnce})`
      ).count
  }
}

/** One that is marked: `next` is what it becomes. */
async function changeRepeating(group: TaskGroup, next: Task, circumstances: Circumstances): Promise<Outcome> {
  // What the database has of it may be waiting here.
  group.flush()
  const from = fragment` from tasks where id = ${next.id}`
  const plan = await planRepeats(group, from, () => next, circumstances)
  if (typeof plan === 'string') return plan
  group.update(next)
  group.flush()
  const { made, gone } = await followRepeats(group, plan, circumstances.now)
  return [...toRow(next), ...made.flatMap(toRow), ...gone] as Row
}

/** As sqlite/write/indexing.ts, for the tasks of an earlier version, or of one that still runs beside this. */
async function respell(tx: Sql): Promise<number> {
  const texts = raw(searchedNames.join(', '))
  const rows = await tx`select id, ${texts} from (
      select id, ${texts}, sum(${raw(charsSql)})
        over (order by id rows between unbounded preceding and 1 preceding) as chars
      from tasks where ${raw(isOldSql)} order by id limit ${limits.indexedAtOnce}
    ) as old where coalesce(chars, 0) < ${limits.indexedChars}`
  const ids = rows.map(({ id }) => id)
  const words = rows.map((row) => wordsOf(row as Task))
  await tx`update tasks set words = n.words from unnest(${ids}::bigint[], ${words}::text[]) as n (id, words) where tasks.id = n.id`
  return rows.length
}

function stage(
  { tx }: TaskGroup,
  { batch, first, tasks }: Extract<TaskWrite, { kind: 'stage' }>,
  now: number,
) {
  const rows = tasks.map((task) => arrivedTask(task, now))
  void tx`insert into staged_tasks (batch, number, ${stagedColumns})
    select ${batch}::bigint, ${first}::bigint + number - 1, ${stagedColumns} from ${unnest(rows)}`
  return tasks.length
}
