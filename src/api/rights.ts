import type { Rights } from '../access/rights.ts'
import { Forbidden, Invalid, NotFound } from '../tasks/errors.ts'
import type { List } from '../tasks/lists.ts'
import type { Change, Commit, Filter, TaskStore } from '../tasks/store.ts'
import { type Condition, firstList, type ImportedTask, isIn } from '../tasks/task.ts'

/**
 * The store as a token with these rights has it: what is in other lists is not there. So no route needs to know of rights. What it
 * may read and not write rejects with `Forbidden`.
 */
export function limitStore(store: TaskStore, { readable, writable = [], text }: Rights): TaskStore {
  /** Where tasks go that name no list: to the first one that it may write. */
  const usual = writable.includes(firstList) ? firstList : writable[0]

  return {
    ...store,
    page: (query) => store.page(within(query)),
    count: (range) => store.count(within(range)),
    async view(filter) {
      const view = await store.view(within(filter))
      return { ...view, lists: async () => (await view.lists()).filter(isReadable) }
    },
    find,
    async create(task, key) {
      return store.create({ ...task, list: targetOf(task.list ?? mayWrite(usual)) }, own(key))
    },
    change: (id, change, condition, key, today) =>
      onOne(id, condition, (held) => {
        const list = change.list === undefined ? {} : { list: targetOf(change.list ?? firstList) }
        return store.change(id, { ...change, ...list }, held, own(key), today)
      }),
    remove: (id, condition, key) => onOne(id, condition, (held) => store.remove(id, held, own(key))),
    restore: (id, condition, key) => onOne(id, condition, (held) => store.restore(id, held, own(key))),
    move: (id, before, condition, key, list) =>
      onOne(id, condition, (held) => {
        const target = list === undefined ? undefined : targetOf(list ?? firstList)
        return store.move(id, before, held, own(key), target)
      }),
    changeAll: async (mark, key, today, lists) => store.changeAll(mark, own(key), today, among(lists)),
    removeCompleted: async (key, lists) => store.removeCompleted(own(key), among(lists)),
    changeSome: async (ids, mark, key, today, lists) =>
      store.changeSome(ids, mark, own(key), today, among(lists)),
    removeSome: async (ids, key, lists) => store.removeSome(ids, own(key), among(lists)),
    undo: async (of, key, today, lists) => store.undo(own(of), own(key), today, among(lists)),
    async addAll(batches, key) {
      mayWrite(usual)
      const lists = (await store.lists.all()).filter(({ id }) => writable.includes(id))
      return store.addAll(placed(batches, lists), own(key))
    },
    onCommit(listener) {
      store.onCommit((commit) => listener(heard(commit)))
    },
    ...(store.shared && {
      shared: { ...store.shared, recent: () => store.shared!.recent().map(heard) },
    }),
    lists: {
      all: async () => (await store.lists.all()).filter(isReadable),
      create: refuse,
      change: refuse,
      remove: refuse,
      restore: refuse,
      move: refuse,
    },
  }

  function isReadable({ id }: List): boolean {
    return readable === undefined || readable.includes(id)
  }

  /** The filter, but for lists that it may not read. */
  function within<F extends Filter>(filter: F): F {
    if (readable === undefined) return filter
    return { ...filter, lists: filter.lists?.filter((id) => readable.includes(id)) ?? readable }
  }

  /** Keys of others are unknown, and so is what they did. No client’s key has a blank. */
  function own<K extends string | undefined>(key: K): K {
    return (key === undefined ? key : `${text} ${key}`) as K
  }

  async function find(id: number) {
    const task = await store.find(id)
    return task && isIn(readable, task) ? task : undefined
  }

  /** A write to one task, if that is in a list that it may write. */
  async function onOne<T>(
    id: number,
    condition: Condition | undefined,
    write: (held: Condition) => Promise<T>,
  ): Promise<T> {
    try {
      return await write({ ...condition, lists: writable })
    } catch (error) {
      if (error instanceof NotFound && (await find(id))) throw forbidden()
      throw error
    }
  }

  /** The lists that a write to many tasks reaches. */
  function among(lists: readonly number[] = writable): readonly number[] {
    mayWrite(usual)
    return lists.filter((id) => writable.includes(id))
  }

  /** As the member `list` of a task that goes there. */
  function targetOf(id: number): number | null {
    if (writable.includes(id)) return id === firstList ? null : id
    if (isIn(readable, { list: id })) throw forbidden()
    throw new Invalid([{ pointer: '#/list', detail: 'names no list' }])
  }

  function mayWrite(list: number | undefined): number {
    if (list === undefined) throw forbidden()
    return list
  }

  async function* placed(batches: AsyncIterable<readonly ImportedTask[]>, lists: readonly List[]) {
    for await (const tasks of batches)
      yield tasks.map((task): ImportedTask => {
        const named = lists.find(({ name }) => name === task.list)
        if (task.list != null && !named)
          throw new Forbidden(`This token may not write to a list named ${JSON.stringify(task.list)}`)
        return { ...task, list: named?.id ?? mayWrite(usual) }
      })
  }

  function heard(commit: Commit): Commit {
    return { ...commit, changes: () => commit.changes().flatMap(told) }
  }

  /** What it hears of a change: of tasks in other lists that something with an id is gone, at most. */
  function told(change: Change): Change[] {
    if (readable === undefined) return [change]
    switch (change.kind) {
      case 'created':
      case 'restored':
        return isIn(readable, change.task) ? [change] : []
      case 'changed':
        if (!change.newList) return isIn(readable, change.task) ? [change] : []
        return isIn(readable, change.task) ? [{ kind: 'reset' }] : [{ kind: 'deleted', id: change.task.id }]
      case 'moved':
        // What it was put before may be in another list.
        return change.list === undefined || isIn(readable, { list: change.list }) ? [{ kind: 'reset' }] : []
      case 'deleted':
      case 'reset':
        return [change]
    }
  }
}

function forbidden() {
  return new Forbidden('This token may read this and not change it')
}

async function refuse(): Promise<never> {
  throw new Forbidden('Only a token for all lists may make, change or delete them')
}
