import type { Rights } from '../../access/rights.ts'
import { itemsToRead } from '../../api/rights.ts'
import { Forbidden, Invalid, NotFound } from '../../resources/errors.ts'
import type { Item } from '../../resources/resource.ts'
import type { Commit } from '../../resources/store.ts'
import { type List, lists } from '../lists.ts'
import type { Change, Filter, TaskStore } from '../store.ts'
import { firstList, type ImportedTask, isIn, type TaskCondition } from '../task.ts'

/**
 * A view of the store for a token with these rights: other lists do not exist. So no route needs to check rights. Writes to lists that it
 * may only read reject with `Forbidden`.
 */
export function limitStore(store: TaskStore, { readable, writable = [], text }: Rights): TaskStore {
  /** The list of tasks that name none: the first one that it may write. */
  const usual = writable.includes(firstList) ? firstList : writable[0]

  return {
    ...store,
    page: (query) => store.page(within(query)),
    count: (range) => store.count(within(range)),
    async view(filter) {
      const view = await store.view(within(filter))
      return { ...view, lists: async () => shown(lists, await view.lists()) }
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
      const targets = (await store.items(lists).all()).filter(({ id }) => writable.includes(id))
      return store.addAll(placed(batches, targets), own(key))
    },
    onCommit(listener) {
      store.onCommit((commit) => listener(heard(commit)))
    },
    ...(store.shared && {
      shared: { ...store.shared, recent: () => store.shared!.recent().map(heard) },
    }),
    items: itemsToRead(store, shown),
  }

  /** The items that it may read: lists by their ids and, of other resources, all or none. */
  function shown<I extends Item>({ name }: { readonly name: string }, items: readonly I[]): readonly I[] {
    return readable === undefined
      ? items
      : items.filter(({ id }) => name === lists.name && readable.includes(id))
  }

  /** The filter, without lists that it may not read. */
  function within<F extends Filter>(filter: F): F {
    if (readable === undefined) return filter
    return { ...filter, lists: filter.lists?.filter((id) => readable.includes(id)) ?? readable }
  }

  /** Prefixes keys, so that those of other tokens are unknown. No client’s key has a blank. */
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
    condition: TaskCondition | undefined,
    write: (held: TaskCondition) => Promise<T>,
  ): Promise<T> {
    try {
      return await write({ ...condition, lists: writable })
    } catch (error) {
      if (error instanceof NotFound && (await find(id))) throw forbidden()
      throw error
    }
  }

  /** The lists that a bulk write may affect. */
  function among(lists: readonly number[] = writable): readonly number[] {
    mayWrite(usual)
    return lists.filter((id) => writable.includes(id))
  }

  /** The value of the member `list` for a task moved there. */
  function targetOf(id: number): number | null {
    if (writable.includes(id)) return id === firstList ? null : id
    if (isIn(readable, { list: id })) throw forbidden()
    throw new Invalid([{ pointer: '#/list', detail: 'names no list' }])
  }

  function mayWrite(list: number | undefined): number {
    if (list === undefined) throw forbidden()
    return list
  }

  async function* placed(batches: AsyncIterable<readonly ImportedTask[]>, targets: readonly List[]) {
    for await (const tasks of batches)
      yield tasks.map((task): ImportedTask => {
        const named = targets.find(({ name }) => name === task.list)
        if (task.list != null && !named)
          throw new Forbidden(`This token may not write to a list named ${JSON.stringify(task.list)}`)
        return { ...task, list: named?.id ?? mayWrite(usual) }
      })
  }

  function heard(commit: Commit<Change>): Commit<Change> {
    return { ...commit, changes: () => commit.changes().flatMap(told) }
  }

  /** The change as such a token may see it: of tasks in other lists at most the id of a deleted one. */
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
        // The task that it was moved before may be in another list.
        return change.list === undefined || isIn(readable, { list: change.list }) ? [{ kind: 'reset' }] : []
      case 'reset':
        return change.of === undefined || change.of === lists.name ? [change] : []
      case 'deleted':
        return [change]
    }
  }
}

function forbidden() {
  return new Forbidden('This token may read this and not change it')
}
