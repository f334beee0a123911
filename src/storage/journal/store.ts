import { join } from 'node:path'
import { limits } from '../../limits.ts'
import { NotReady } from '../../resources/errors.ts'
import type { Listener, Store } from '../database.ts'
import { obstacleIn } from '../obstacles.ts'
import { openReader, type Reader } from '../sqlite/read/reader.ts'
import { connect } from '../sqlite/schema/open.ts'
import { createStore } from '../sqlite/store.ts'
import { type Committer, commitInThread } from '../sqlite/write/committer.ts'
import { megabytes } from '../work.ts'
import type { Role } from './journal.ts'
import type { Notice, Settings } from './journal-writer.ts'
import { replaced } from './names.ts'

/**
 * Tasks in an SQLite file that is a replica of a journal (decisions/006). Calls wait until it has caught up. Once another process has
 * taken over, writes and `ready` reject with `Unavailable`; reads go on.
 */
export function openJournaled(settings: Settings, { info, warn, fail }: Listener): Store {
  let role: Role = 'starting'
  let copy = ''
  let bytesSinceSnapshot = 0
  let warnings = 0
  let reader: Reader | undefined
  let closing = false
  let trouble: string | null = null
  let kept: string | undefined
  let read = 0
  /** When the progress of the start was last logged. */
  let told = performance.now()
  const opened = Promise.withResolvers<Reader>()
  const thread = commitInThread(
    join(import.meta.dirname, 'journal-writer'),
    settings,
    (notice) => take(notice as Notice),
    (cause) => fail(new Error('The thread of the journal ended', { cause })),
  )
  const committer: Committer = {
    ...thread,
    async commit(group) {
      if (role === 'replaced') throw new NotReady(replaced)
      return thread.commit(group)
    },
  }
  const store = createStore(() => reader ?? opened.promise, committer, settings)
  thread.start().catch(fail)

  return {
    ...store,
    async ready() {
      if (role === 'replaced') throw new NotReady(replaced)
      if (role === 'starting')
        throw new NotReady(trouble ?? `the journal is being read, ${megabytes(read)} so far`)
      await store.ready()
    },
    warnings() {
      return trouble === null ? store.warnings() : [`Writes fail: ${trouble}`]
    },
    figures() {
      // Counted while it lasts: an alert checks whether the count grows.
      if (trouble !== null) warnings++
      return { ...store.figures(), journal: { role, bytesSinceSnapshot, warnings } }
    },
    async close() {
      closing = true
      await store.close()
      return kept === undefined
        ? undefined
        : `${settings.folder} does not have all tasks any more. They are in ${kept}: mount the right folder and start anew, or begin a new journal with that copy: taskapp restore ${kept} TO.db`
    },
  }

  function take(notice: Notice) {
    if ('bytesSinceSnapshot' in notice) {
      bytesSinceSnapshot = notice.bytesSinceSnapshot
      return
    }
    if ('warning' in notice) {
      warnings++
      return warn(notice.warning)
    }
    if ('trouble' in notice) {
      if (notice.trouble) warn(`writes fail: ${notice.trouble}`)
      else info('the folder of the journal takes writes again')
      trouble = notice.trouble
      return
    }
    if ('read' in notice) {
      read = notice.read
      if (performance.now() - told < limits.progressMs) return
      told = performance.now()
      return info(`reading the journal, ${megabytes(read)} so far`)
    }
    if ('kept' in notice) {
      kept = notice.kept
      return
    }
    // The replica may be gone by now.
    if (closing) return
    if ('fatal' in notice)
      return fail(new Error(`Cannot use ${settings.folder}: ${obstacleIn(settings.folder) ?? notice.fatal}`))
    if (notice.role !== role) info(`this process is now ${notice.role}`)
    role = notice.role
    if (notice.copy !== copy) {
      const before = reader
      copy = notice.copy
      reader = openReader(connect(copy))
      void before?.close()
      opened.resolve(reader)
    }
    store.committed()
  }
}
