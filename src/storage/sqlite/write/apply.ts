import type { DatabaseSync } from 'node:sqlite'
import { resources } from '../../../domain/resources.ts'
import { lists } from '../../../tasks/lists.ts'
import { type MemberName, memberOf, searchedNames } from '../../../tasks/members.ts'
import { changeTask, type NewTask, newTask, type Task } from '../../../tasks/task.ts'
import { noQuota } from '../../quota.ts'
import {
  at,
  columns,
  contentColumns,
  contentParameters,
  contents,
  moreAt,
  type Row,
  scopeOf,
  scopeSql,
  taskColumns,
  toRow,
  toTask,
  versionSql,
} from '../rows.ts'
import { prepareBulk } from './bulk.ts'
import { prepareEnded } from './ended.ts'
import { prepareIndex } from './indexing.ts'
import { prepareItems } from './items.ts'
import { prepareAttached, prepareStagedLists } from './lists.ts'
import { prepareOnce } from './once.ts'
import { prepareOrder } from './order.ts'
import { atomically, prepareRemoval } from './removal.ts'
import { NoRoom, prepareRepeats } from './repeats.ts'
import { openRoom } from './room.ts'
import { prepareStaging } from './staging.ts'
import { addedBy, type KeyedWrite, matches, type Outcome, reaches, type Write } from './writes.ts'

/**
 * Returns a function that runs one write within a transaction. A failure leaves nothing half done: frequent kinds change one row
 * with one statement, the others use a savepoint.
 */
export function prepareWrites(
  db: DatabaseSync,
  room = openRoom(db, noQuota),
): (write: Write | KeyedWrite, now: number) => Outcome {
  const select = db.prepare(`select ${taskColumns} from tasks where id = ?`)
  select.setReturnArrays(true)
  const insert = db.prepare(`insert into tasks (${contentColumns}) values (${contentParameters})`)
  // An update that names title and notes runs the trigger of the search index.
  const updateDone = db.prepare('update tasks set done = ?, updated = ?, completed = ? where id = ?')
  const update = prepareUpdate(contents)
  const updateUnsearched = prepareUpdate(unsearched)
  const updateAll = db.prepare(
    `update tasks set done = :done, updated = ${versionSql}, completed = iif(:done, :now, null)
     where done <> :done and ${scopeSql}`,
  )
  const selectRepeating = db.prepare(
    `select id from tasks where repeat is not null and done <> :done and ${scopeSql}`,
  )
  const setPlace = db.prepare('update tasks set place = ? where id = ?')
  const index = prepareIndex(db)
  const removal = prepareRemoval(db)
  const order = prepareOrder(db)
  const repeats = prepareRepeats(db, { order, removal, room, create })
  const attached = prepareAttached(db)
  const items = new Map(
    resources.map((resource) => [resource.name, prepareItems(db, resource, attached[resource.name])]),
  )
  const ofLists = items.get(lists.name)!
  const stagedLists = prepareStagedLists(db, ofLists)
  const staging = prepareStaging(db, stagedLists.show)
  const endSession = prepareEnded(db)

  const find = (id: number) => {
    const row = select.get(id) as Row | undefined
    return row && toTask(row)
  }

  const bulk = prepareBulk(db, (id, today, now) => repeats.follow(find(id)!, today, now))
  const once = prepareOnce(db, apply)
  return (write, now) => ('key' in write ? once(write, now) : apply(write, now))

  function apply(write: Write | KeyedWrite, now: number): Outcome {
    const full = room.refuse(write)
    if (full) return full
    try {
      const outcome = applyAnyway(write, now)
      room.added(addedBy(write, outcome))
      return outcome
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error
      room.forget()
      return error.full
    }
  }

  function applyAnyway(write: Write, now: number): Outcome {
    switch (write.kind) {
      case 'create':
        return isRefused(write.list) ? 'no such list' : create(write, now)
      case 'change': {
        const task = find(write.id)
        if (!task || !reaches(write, task)) return 'not found'
        if (!matches(task.updated, write)) return 'version mismatch'
        const next = changeTask(task, write.change, now)
        if (next.list !== task.list && isRefused(next.list)) return 'no such list'
        if (next.repeat !== null && next.due === null) return 'no date'
        if (next.repeat !== null && next.done !== task.done)
          return atomically(db, () => {
            save(task, next)
            return [...toRow(next), ...repeats.follow(next, write.today, now)] as Row
          })
        if (next !== task) save(task, next)
        return toRow(next)
      }
      case 'remove': {
        if (write.condition) {
          const task = find(write.id)
          if (task && !reaches(write, task)) return 'not found'
          if (task && !matches(task.updated, write)) return 'version mismatch'
        }
        return removal.remove(write.id) || 'not found'
      }
      case 'changeAll':
        return changeAll(write, now)
      case 'removeCompleted':
        return removal.removeCompleted(write.lists)
      case 'changeSome':
        return bulk.mark(write.ids, write.done, now, write)
      case 'removeSome':
        return bulk.remove(write.ids, write.lists)
      case 'undo':
        return bulk.undo(write.of, now, write) ?? 'not found'
      case 'restore': {
        const task = find(write.id)
        const removed = task ? undefined : removal.removed(write.id)
        const known = task ?? removed
        if (!known || !reaches(write, known)) return 'not found'
        if (!matches(known.updated, write, task !== undefined)) return 'version mismatch'
        if (removed) {
          removal.restore(write.id)
          room.added(1)
        }
        const row = toRow(find(write.id)!)
        row[moreAt] = order.following(write.id)
        return row
      }
      case 'move':
        return move(write, now)
      case 'index':
        return index()
      case 'stage':
        return staging.stage(write.batch, write.first, write.tasks, now)
      case 'adopt':
        return staging.adopt(write.batch, write.count, write.lists, now) ?? 'import lost'
      case 'createItem':
      case 'changeItem':
      case 'removeItem':
      case 'restoreItem':
      case 'moveItem':
        return items.get(write.resource)!.apply(write, now)
      case 'stageList':
        return stagedLists.stage(write.name, now)
      case 'discard':
        return staging.discard(write.batch)
      case 'endSession':
        atomically(db, () => endSession(write.holder, write.session, write.until))
        return 1
    }
  }

  function isRefused(list: number | null | undefined): boolean {
    return list != null && !ofLists.isThere(list)
  }

  function create(given: NewTask, now: number): Row {
    const [, ...values] = toRow(newTask(0, given, now))
    return [Number(insert.run(...values).lastInsertRowid), ...values]
  }

  function changeAll({ done, today, lists }: Extract<Write, { kind: 'changeAll' }>, now: number): number {
    const marked = { done: Number(done), ...scopeOf(lists) }
    const repeating = selectRepeating.all(marked)
    return atomically(db, () => {
      const { changes } = updateAll.run({ ...marked, now })
      for (const row of repeating) repeats.follow(find(Number(row['id']))!, today, now)
      return Number(changes)
    })
  }

  function move(write: Extract<Write, { kind: 'move' }>, now: number): Outcome {
    const { id, before, list = undefined } = write
    const task = find(id)
    if (!task || !reaches(write, task)) return 'not found'
    if (!matches(task.updated, write)) return 'version mismatch'
    const other = before === null ? undefined : find(before)
    if (before !== null && !(other && reaches(write, other))) return 'no such place'
    const next = list === undefined ? task : changeTask(task, { list }, now)
    if (next !== task && isRefused(next.list)) return 'no such list'
    atomically(db, () => {
      if (next !== task) save(task, next)
      const place = before === id ? undefined : order.placeBefore(before, id)
      if (place !== undefined) setPlace.run(place, id)
    })
    return toRow(next)
  }

  function save(before: Task, after: Task) {
    const { id, done, updated, completed } = after
    if (unmarked.every((name) => after[name] === before[name]))
      return updateDone.run(Number(done), updated, completed, id)
    const names = searchedNames.some((name) => after[name] !== before[name]) ? contents : unsearched
    const row = toRow(after)
    const statement = names === contents ? update : updateUnsearched
    return statement.run(...names.map((name) => row[at[name]]!), id)
  }

  function prepareUpdate(names: readonly MemberName[]) {
    return db.prepare(`update tasks set ${names.map((name) => `${name} = ?`).join(', ')} where id = ?`)
  }
}

const unsearched = contents.filter((name) => !memberOf(name).searched)

/** The columns that stay when a task is marked as done or open. */
const unmarked = columns.filter((name) => !['done', 'updated', 'completed'].includes(name))
