import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { type DomainChange, domain, domainMethods, domainRefusals } from '../../domain/store.ts'
import { Full, Invalid, KeyReused, NotFound, Unavailable, VersionMismatch } from '../../resources/errors.ts'
import { type Item, newItem, type Resource, type Values } from '../../resources/resource.ts'
import type { Commit, Size } from '../../resources/store.ts'
import { changesOf } from '../changes.ts'
import type { Store } from '../database.ts'
import { noQuota } from '../quota.ts'
import type { EndSession, ItemMade, ItemWrite, Made, Outcome, Write } from '../writes.ts'
import { openReader, type Reader } from './read/reader.ts'
import { identityOf, openDatabase } from './schema/open.ts'
import { type Committer, commitHere, commitInThread } from './write/committer.ts'
import { openQueue } from './write/queue.ts'
import type { WriterData } from './writer.ts'

/**
 * A store in an SQLite file, or in memory for `:memory:`. Reads run here, on their own connection; writes go in groups to the thread
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
): Store & { committed(commit?: Commit<DomainChange>): void } {
  const listeners: ((commit: Commit<DomainChange>) => void)[] = []
  let atFirst: Size | undefined
  const committed = (commit: Commit<DomainChange>) => {
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
  const send = <T>(write: Write, key: string | undefined, accept: (made: Made) => T, of: Subject) =>
    queue.write(key === undefined ? write : { ...write, key }, (outcome) => accept(resultOf(outcome, of)))

  return {
    ...domainMethods((write, key, accept) => send(write, key, accept, domain), reader),
    committed: (commit = unknown) => committed(commit),
    items(resource) {
      const asItem = itemOf(resource)
      const write = (write: ItemOperation, key: string | undefined) =>
        send({ ...write, resource: resource.name } as ItemWrite, key, asItem, resource)
      return {
        async all() {
          return (await reader()).items(resource)
        },
        create: (item, key) => write({ kind: 'createItem', values: newItem(resource, item) }, key),
        change: (id, change, condition, key) =>
          write({ kind: 'changeItem', id, change: change as Values, condition }, key),
        async remove(id, condition, key) {
          await write({ kind: 'removeItem', id, condition }, key)
        },
        restore: (id, condition, key) => write({ kind: 'restoreItem', id, condition }, key),
        move: (id, before, condition, key) => write({ kind: 'moveItem', id, before, condition }, key),
      }
    },
    async ready() {
      const now = reader()
      if (now instanceof Promise) throw new Unavailable('the storage is still opening')
      await now.ready()
    },
    ended: {
      async end(holder, session, until) {
        const write: EndSession = { kind: 'endSession', holder, session, until }
        await send(write, undefined, () => {}, domain)
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
}

const unknown: Commit<DomainChange> = { writes: 1, changes: () => [{ kind: 'reset' }] }

function itemOf<V extends Values>(_resource: Resource<V>) {
  return (made: Made) => (made as ItemMade).item as Item<V>
}

type ItemOperation = ItemWrite extends infer W ? (W extends unknown ? Omit<W, 'resource'> : never) : never

/** What a write is to, for messages. */
type Subject = Pick<Resource, 'one'> & Partial<Pick<Resource, 'name' | 'most'>>

/** The result of a write. Throws its refusal. */
function resultOf(outcome: Outcome, { one, name, most }: Subject): Made {
  if (typeof outcome !== 'string') {
    if (typeof outcome === 'object' && 'error' in outcome) throw new Error(`a write failed: ${outcome.error}`)
    return typeof outcome === 'object' && 'again' in outcome ? (outcome.again as Made) : outcome
  }
  switch (outcome) {
    case 'not found':
      throw new NotFound(one)
    case 'version mismatch':
      throw new VersionMismatch(`The ${one} was changed since; read it anew`)
    case 'no such place':
      throw new Invalid([{ pointer: '#/before', detail: `names no ${one}` }])
    case 'too many items':
      throw new Full(`There are as many ${name} as there may be, ${most}; delete some`)
    case 'too many bytes':
      throw new Full(
        'All that is kept takes as much as it may; ask whoever runs this to raise MAX_DATABASE_MB',
      )
    case 'key reused':
      throw new KeyReused('the key was used for another request')
    default:
      throw domainRefusals[outcome]?.() ?? new Error(`a write was refused: ${outcome}`)
  }
}
