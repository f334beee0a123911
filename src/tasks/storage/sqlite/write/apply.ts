import type { DatabaseSync } from 'node:sqlite'
import type { DomainWrites, SqliteWrites, Tools } from '../../../../storage/sqlite/domain.ts'
import { atomically } from '../../../../storage/sqlite/write/savepoint.ts'
import { matches, type Outcome } from '../../../../storage/writes.ts'
import { lists } from '../../../lists.ts'
import { type MemberName, memberOf, searchedNames } from '../../../members.ts'
import { changeTask, type NewTask, newTask, type Task } from '../../../task.ts'
import { keptAs, recalled, supply } from '../../answers.ts'
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
} from '../../rows.ts'
import { reaches, type TaskWrite } from '../../writes.ts'
import { prepareBulk } from './bulk.ts'
import { prepareIndex } from './indexing.ts'
import { prepareAttached, prepareStagedLists } from './lists.ts'
import { prepareOrder } from './order.ts'
import { prepareRemoval } from './removal.ts'
import { prepareRepeats } from './repeats.ts'
import { prepareStaging } from './staging.ts'

export const writes: SqliteWrites = { attached: prepareAttached, prepare }

/** Frequent kinds change one row with one statement, the others use a savepoint. */
function prepare(db: DatabaseSync, { room, items }: Tools): DomainWrites {
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
  const ofLists = items(lists.name)
  const stagedLists = prepareStagedLists(db, ofLists)
  const staging = prepareStaging(db, stagedLists.show)

  const find = (id: number) => {
    const row = select.get(id) as Row | undefined
    return row && toTask(row)
  }

  const bulk = prepareBulk(db, (id, today, now) => repeats.follow(find(id)!, today, now))
  const selectAnywhere = db.prepare(
    `select ${taskColumns} from tasks where id = :id union all select ${taskColumns} from deleted_tasks where id = :id`,
  )
  selectAnywhere.setReturnArrays(true)

  return {
    apply: (write, now) => apply(write as TaskWrite, now),
    keep: keptAs,
    recall(kept, repeat) {
      const { made, lacking } = recalled(kept, repeat)
      if (lacking.length > 0) supply(made as Row, lacking, selectAnywhere.get({ id: (made as Row)[0] }))
      return made
    },
  }

  function apply(write: TaskWrite, now: number): Outcome {
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
      case 'stageList':
        return stagedLists.stage(write.name, now)
      case 'discard':
        return staging.discard(write.batch)
    }
  }

  function isRefused(list: number | null | undefined): boolean {
    return list != null && !ofLists.isThere(list)
  }

  function create(given: NewTask, now: number): Row {
    const [, ...values] = toRow(newTask(0, given, now))
    return [Number(insert.run(...values).lastInsertRowid), ...values]
  }

  function changeAll({ done, today, lists }: Extract<TaskWrite, { kind: 'changeAll' }>, now: number): number {
    const marked = { done: Number(done), ...scopeOf(lists) }
    const repeating = selectRepeating.all(marked)
    return atomically(db, () => {
      const { changes } = updateAll.run({ ...marked, now })
      for (const row of repeating) repeats.follow(find(Number(row['id']))!, today, now)
      return Number(changes)
    })
  }

  function move(write: Extract<TaskWrite, { kind: 'move' }>, now: number): Outcome {
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
