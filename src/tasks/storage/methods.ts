import { limits } from '../../limits.ts'
import { Full, Invalid, Unavailable } from '../../resources/errors.ts'
import type { Store } from '../../resources/store.ts'
import type { Refusals, Send } from '../../storage/domain.ts'
import type { ItemMade, Made } from '../../storage/writes.ts'
import { repeatNeedsDue } from '../parse.ts'
import type { TaskReader, TaskStore } from '../store.ts'
import { firstList, type ImportedTask, type Task } from '../task.ts'
import { type Row, toTask } from './rows.ts'
import { type Bulk, countOf } from './sqlite/write/bulk.ts'
import { newBatch } from './sqlite/write/staging.ts'
import type { TaskWrite } from './writes.ts'

/** The errors for refusals of writes to tasks, and where there are too many. */
export const taskRefusals: Refusals = {
  'too many': () =>
    new Full(
      'The list has as many tasks as it may have; delete some, or ask whoever runs this to raise MAX_TASKS',
    ),
  'too many lists': () => new Full(`There are as many lists as there may be, ${limits.lists}; delete some`),
  'no such list': () => new Invalid([{ pointer: '#/list', detail: 'names no list' }]),
  'no date': () => new Invalid([repeatNeedsDue]),
  'import lost': () => new Unavailable('what the import had brought is gone'),
}

/** What a store does with tasks. */
export function taskMethods(
  send: Send,
  reader: () => TaskReader | Promise<TaskReader>,
): Omit<TaskStore, keyof Store> {
  const write = <T>(write: TaskWrite, key: string | undefined, accept: (made: Made) => T) =>
    send(write, key, accept)

  return {
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
    create: (task, key) => write({ kind: 'create', ...task }, key, asTask),
    change: (id, change, condition, key, today) =>
      write({ kind: 'change', id, change, condition, today }, key, asTask),
    remove: (id, condition, key) => write({ kind: 'remove', id, condition }, key, asNothing),
    changeAll: ({ done }, key, today, lists) =>
      write({ kind: 'changeAll', done, today, lists }, key, asCount),
    removeCompleted: (key, lists) => write({ kind: 'removeCompleted', lists }, key, asCount),
    changeSome: (ids, { done }, key, today, lists) =>
      write({ kind: 'changeSome', ids, done, today, lists }, key, asCount),
    removeSome: (ids, key, lists) => write({ kind: 'removeSome', ids, lists }, key, asCount),
    undo: (of, key, today, lists) => write({ kind: 'undo', of, today, lists }, key, asCount),
    restore: (id, condition, key) => write({ kind: 'restore', id, condition }, key, asTask),
    move: (id, before, condition, key, list) =>
      write({ kind: 'move', id, before, list, condition }, key, asTask),
    async addAll(batches, key) {
      const batch = newBatch()
      const { withList, brought } = listsByName()
      const sum = key === undefined ? undefined : process.getBuiltinModule('node:crypto').createHash('sha256')
      let count = 0
      try {
        for await (const tasks of batches) {
          const named = await Promise.all(tasks.map(withList))
          await write({ kind: 'stage', batch, first: count, tasks: named }, undefined, asCount)
          count += tasks.length
          for (const task of tasks) sum?.update(JSON.stringify(task))
        }
        const lists = await brought()
        return await write({ kind: 'adopt', batch, count, lists, sum: sum?.digest('hex') }, key, asCount)
      } finally {
        void discard(batch)
      }
    },
  }

  /** The reader, once all tasks are indexed. */
  async function searchable(): Promise<TaskReader> {
    while (await (await reader()).hasUnindexed()) await write({ kind: 'index' }, undefined, asCount)
    return reader()
  }

  /** The lists of an import, by their names. */
  function listsByName() {
    const ids = new Map<string, Promise<number>>()
    const idOf = (name: string) => {
      const known = ids.get(name) ?? write({ kind: 'stageList', name }, undefined, asId)
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
  async function discard(batch: number) {
    try {
      while ((await write({ kind: 'discard', batch }, undefined, asCount)) > 0);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
    }
  }
}

function asTask(made: Made): Task {
  return toTask(made as Row)
}

function asCount(made: Made): number {
  return countOf(made as number | Bulk)
}

function asId(made: Made): number {
  return (made as ItemMade).item.id
}

function asNothing(): void {}
