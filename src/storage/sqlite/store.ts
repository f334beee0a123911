import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { Full, Invalid, KeyReused, NotFound, Unavailable, VersionMismatch } from '../../resources/errors.ts'
import { type Item, newItem, type Resource, type Values } from '../../resources/resource.ts'
import type { Commit, Size } from '../../resources/store.ts'
import { lists } from '../../tasks/lists.ts'
import { repeatNeedsDue } from '../../tasks/parse.ts'
import type { Change } from '../../tasks/store.ts'
import { firstList, type ImportedTask, type Task, type TaskCondition } from '../../tasks/task.ts'
import type { Store } from '../open.ts'
import { noQuota } from '../quota.ts'
import { openReader, type Reader } from './read/reader.ts'
import { type Row, toTask } from './rows.ts'
import { identityOf, openDatabase } from './schema/open.ts'
import { type Bulk, countOf } from './write/bulk.ts'
import { changesOf } from './write/changes.ts'
import { type Committer, commitHere, commitInThread } from './write/committer.ts'
import { openQueue } from './write/queue.ts'
import { type Batch, newBatch } from './write/staging.ts'
import {
  type ItemMade,
  isMade,
  type KeyedWrite,
  type Made,
  type Outcome,
  type Write,
} from './write/writes.ts'
import type { WriterData } from './writer.ts'

/**
 * Tasks in an SQLite file, or in memory for `:memory:`. Reads run here, on their own connection; writes go in groups to the thread
 * that commits them. Throws if the file cannot be opened, is damaged, belongs to another program or has a newer schema.
 */
export function openSqlite(file: string, quota = noQuota): Store {
  const db = openDatabase(file)
  const reader = openReader(db)
  const committer =
    file === ':memory:'
      ? commitHere(db, quota)
      : commitInThread(join(import.meta.dirname, 'writer'), {
          file,
          identity: identityOf(file),
          quota,
        } satisfies WriterData)
  const store = createStore(() => reader, committer, { quota })
  return {
    ...store,
    warnings() {
      const warnings = store.warnings()
      const fault = file === ':memory:' || warnings.length > 0 ? undefined : faultOfFile(file)
      return fault === undefined ? warnings : [`Writes will fail: ${fault}`]
    },
  }
}

/** Why the next write will fail, if it will. */
function faultOfFile(file: string): string | undefined {
  try {
    accessSync(file, constants.W_OK)
    return undefined
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return gone ? 'the file of the database is gone' : 'the database may only be read'
  }
}

/**
 * A store that reads from the current `reader` and writes through `committer`. If the storage is `shared`, its listeners are told of
 * all commits by `committed`, including those of this process.
 */
export function createStore(
  reader: () => Reader | Promise<Reader>,
  committer: Committer,
  { shared = false, quota = noQuota } = {},
): Store & { committed(commit?: Commit<Change>): void } {
  const listeners: ((commit: Commit<Change>) => void)[] = []
  let atFirst: Size | undefined
  const committed = (commit: Commit<Change>) => {
    for (const listener of listeners) listener(commit)
  }
  const queue = openQueue(committer, (writes, outcomes, ms) => {
    if (outcomes === undefined) committed({ ...unknown, failed: true })
    // With shared storage its changes are announced in order with those of others.
    else {
      const endsSessions = !shared && writes.some(({ kind }) => kind === 'endSession')
      committed({
        writes: writes.length,
        changes: () => (shared ? [] : changesOf(writes, outcomes)),
        ms,
        ...(endsSessions && { sessions: true }),
      })
    }
  })

  return {
    committed: (commit = unknown) => committed(commit),
    async page(query) {
      if (query.text !== undefined) return (await searchable()).page(query)
      const now = reader()
      return now instanceof Promise ? (await now).page(query) : now.page(query)
    },
    async count(range) {
      return (await (range.text === undefined ? reader() : searchable())).count(range)
    },
    async lastId() {
      return (await reader()).lastId()
    },
    async view(filter) {
      return (await (filter.text === undefined ? reader() : searchable())).view(filter)
    },
    async find(id) {
      const now = reader()
      return now instanceof Promise ? (await now).find(id) : now.find(id)
    },
    create(task, key) {
      return queue.write(keyed({ kind: 'create', ...task }, key), asTask)
    },
    change(id, change, condition, key, today) {
      const write = { kind: 'change', id, change, ...given(condition), ...onDay(today) } as const
      return queue.write(keyed(write, key), asTask)
    },
    remove(id, condition, key) {
      return queue.write(keyed({ kind: 'remove', id, ...given(condition) }, key), asNothing)
    },
    changeAll({ done }, key, today, lists) {
      return queue.write(keyed({ kind: 'changeAll', done, ...onDay(today), ...within(lists) }, key), asCount)
    },
    removeCompleted(key, lists) {
      return queue.write(keyed({ kind: 'removeCompleted', ...within(lists) }, key), asCount)
    },
    changeSome(ids, { done }, key, today, lists) {
      const write = { kind: 'changeSome', ids, done, ...onDay(today), ...within(lists) } as const
      return queue.write(keyed(write, key), asCount)
    },
    removeSome(ids, key, lists) {
      return queue.write(keyed({ kind: 'removeSome', ids, ...within(lists) }, key), asCount)
    },
    undo(of, key, today, lists) {
      return queue.write(keyed({ kind: 'undo', of, ...onDay(today), ...within(lists) }, key), asCount)
    },
    restore(id, condition, key) {
      return queue.write(keyed({ kind: 'restore', id, ...given(condition) }, key), asTask)
    },
    move(id, before, condition, key, list) {
      const to = list === undefined ? {} : { list }
      return queue.write(keyed({ kind: 'move', id, before, ...to, ...given(condition) }, key), asTask)
    },
    items(resource) {
      const { name } = resource
      const asItem = itemOf(resource)
      return {
        async all() {
          return (await reader()).items(resource)
        },
        create: (item, key) =>
          queue.write(
            keyed({ kind: 'createItem', resource: name, values: newItem(resource, item) }, key),
            asItem,
          ),
        change: (id, change, condition, key) =>
          queue.write(
            keyed(
              { kind: 'changeItem', resource: name, id, change: change as Values, ...given(condition) },
              key,
            ),
            asItem,
          ),
        async remove(id, condition, key) {
          await queue.write(
            keyed({ kind: 'removeItem', resource: name, id, ...given(condition) }, key),
            asItem,
          )
        },
        restore: (id, condition, key) =>
          queue.write(keyed({ kind: 'restoreItem', resource: name, id, ...given(condition) }, key), asItem),
        move: (id, before, condition, key) =>
          queue.write(
            keyed({ kind: 'moveItem', resource: name, id, before, ...given(condition) }, key),
            asItem,
          ),
      }
    },
    async addAll(batches, key) {
      const batch = newBatch()
      const { withList, brought } = listsByName()
      const sum = key === undefined ? undefined : process.getBuiltinModule('node:crypto').createHash('sha256')
      let count = 0
      try {
        for await (const tasks of batches) {
          const named = await Promise.all(tasks.map(withList))
          await queue.write({ kind: 'stage', batch, first: count, tasks: named }, asCount)
          count += tasks.length
          for (const task of tasks) sum?.update(JSON.stringify(task))
        }
        return await queue.write(
          keyed(
            { kind: 'adopt', batch, count, lists: await brought(), ...(sum && { sum: sum.digest('hex') }) },
            key,
          ),
          asCount,
        )
      } finally {
        void discard(batch)
      }
    },
    async ready() {
      const now = reader()
      if (now instanceof Promise) throw new Unavailable('the storage is still opening')
      await now.ready()
    },
    ended: {
      async end(holder, session, until) {
        await queue.write(
          { kind: 'endSession', holder, ...(session !== undefined && { session }), until },
          asNothing,
        )
      },
      isEnded(holder, session, until) {
        const now = reader()
        return now instanceof Promise
          ? now.then((later) => later.isEnded(holder, session, until))
          : now.isEnded(holder, session, until)
      },
    },
    warnings() {
      const { trouble } = queue
      return trouble === undefined ? [] : [`The last write failed: ${trouble}`]
    },
    onCommit(listener) {
      listeners.push(listener)
    },
    figures() {
      const now = reader()
      const bytes = now instanceof Promise ? undefined : now.bytes()
      // Counted once, until the first write.
      if (!(now instanceof Promise)) atFirst ??= now.size()
      return { queuedWrites: queue.length, bytes, size: committer.size() ?? atFirst, quota }
    },
    async close() {
      await queue.close()
      const now = reader()
      if (!(now instanceof Promise)) await now.close()
    },
  }

  /** The reader, once all tasks are indexed. */
  async function searchable(): Promise<Reader> {
    while (await (await reader()).hasUnindexed()) await queue.write({ kind: 'index' }, asCount)
    return reader()
  }

  /** The lists of an import, by their names. */
  function listsByName() {
    const ids = new Map<string, Promise<number>>()
    const idOf = (name: string) => {
      const known =
        ids.get(name) ?? queue.write({ kind: 'stageList', name }, (made) => itemOf(lists)(made).id)
      ids.set(name, known)
      return known
    }
    return {
      async withList({ list, ...task }: ImportedTask) {
        const id = typeof list === 'string' ? await idOf(list) : list
        return { ...task, list: id == null || id === firstList ? null : id }
      },
      brought: () => Promise.all(ids.values()),
    }
  }

  /** In small steps among other writes. What a failure leaves behind is purged later. */
  async function discard(batch: Batch) {
    try {
      while ((await queue.write({ kind: 'discard', batch }, asCount)) > 0);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
  }
}

const unknown: Commit<Change> = { writes: 1, changes: () => [{ kind: 'reset' }] }

function keyed(write: Write, key: string | undefined): Write | KeyedWrite {
  return key === undefined ? write : { ...write, key }
}

function given(condition: TaskCondition | undefined) {
  return condition === undefined ? {} : { condition }
}

function within(lists: readonly number[] | undefined) {
  return lists === undefined ? {} : { lists }
}

function onDay(today: string | undefined) {
  return today === undefined ? {} : { today }
}

function asTask(outcome: Outcome): Task {
  return toTask(made(outcome) as Row)
}

function asCount(outcome: Outcome): number {
  return countOf(made(outcome) as number | Bulk)
}

function itemOf<V extends Values>(resource: Resource<V>) {
  return (outcome: Outcome) => (made(outcome, resource) as ItemMade).item as Item<V>
}

function asNothing(outcome: Outcome): void {
  made(outcome)
}

/** The result of a write. Throws the domain's error if it was refused. */
function made(
  outcome: Outcome,
  { one, name, most }: Pick<Resource, 'one' | 'name' | 'most'> = { one: 'task', name: 'tasks', most: 0 },
): Made {
  if (outcome === 'not found') throw new NotFound(one)
  if (outcome === 'version mismatch') throw new VersionMismatch(`The ${one} was changed since; read it anew`)
  if (outcome === 'no such place') throw new Invalid([{ pointer: '#/before', detail: `names no ${one}` }])
  if (outcome === 'too many items')
    throw new Full(`There are as many ${name} as there may be, ${most}; delete some`)
  if (outcome === 'no such list') throw new Invalid([{ pointer: '#/list', detail: 'names no list' }])
  if (outcome === 'no date') throw new Invalid([repeatNeedsDue])
  if (outcome === 'too many tasks')
    throw new Full(
      'The list has as many tasks as it may have; delete some, or ask whoever runs this to raise MAX_TASKS',
    )
  if (outcome === 'too many bytes')
    throw new Full('All that is kept takes as much as it may; ask whoever runs this to raise MAX_DATABASE_MB')
  if (outcome === 'import lost') throw new Unavailable('what the import had brought is gone')
  if (outcome === 'key reused') throw new KeyReused('the key was used for another request')
  if (isMade(outcome)) return outcome
  if ('again' in outcome) return outcome.again
  throw new Error(`a write failed: ${outcome.error}`)
}
