import { join } from 'node:path'
import { Unavailable } from '../../tasks/errors.ts'
import type { Listener, Store } from '../open.ts'
import { commitInThread } from '../sqlite/committer.ts'
import { connect } from '../sqlite/open.ts'
import { openReader, type SqliteReader } from '../sqlite/reader.ts'
import { createStore } from '../sqlite/store.ts'
import type { Role } from './journal.ts'
import type { Notice, Settings } from './journal-writer.ts'

/**
 * Tasks in an SQLite file that is a copy of a journal (decisions/006). Calls wait until the copy is made. When
 * another process has taken over, writes and `ready` reject with `Unavailable`, and reads go on.
 */
export function openJournaled(settings: Settings, { info, warn, fail }: Listener): Store {
  let role: Role = 'starting'
  let copy = ''
  let bytesSinceSnapshot = 0
  let warnings = 0
  let reader: SqliteReader | undefined
  let closing = false
  const opened = Promise.withResolvers<SqliteReader>()
  const thread = commitInThread(
    join(import.meta.dirname, 'journal-writer'),
    settings,
    (notice) => take(notice as Notice),
    (cause) => fail(new Error('The thread of the journal ended', { cause })),
  )
  const store = createStore(() => reader ?? opened.promise, thread)
  thread.start().catch(fail)

  return {
    ...store,
    async ready() {
      if (role === 'replaced') throw new Unavailable('another process has taken over the journal')
      if (role === 'starting') throw new Unavailable('the journal is being read')
      await store.ready()
    },
    figures() {
      return { ...store.figures(), journal: { role, bytesSinceSnapshot, warnings } }
    },
    close() {
      closing = true
      return store.close()
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
    // The copy may be gone by now.
    if (closing) return
    if ('fatal' in notice) return fail(new Error(`Cannot use ${settings.folder}: ${notice.fatal}`))
    if (notice.role !== role) info(`this process is now ${notice.role}`)
    role = notice.role
    if (notice.copy !== copy) {
      const before = reader
      copy = notice.copy
      reader = openReader(connect(copy))
      before?.close()
      opened.resolve(reader)
    }
    store.committed()
  }
}
