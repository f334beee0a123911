/** What storages need to know of tasks. */
import { limits } from '../../limits.ts'
import type { Domain } from '../../storage/domain.ts'
import { searchedNames } from '../members.ts'
import type { Change } from '../store.ts'
import { changesOf } from './changes.ts'
import { batchesBefore } from './sqlite/write/staging.ts'
import type { TaskMade, TaskWrite } from './writes.ts'

export const tasks: Domain<Change> = {
  one: 'task',
  small: new Set(['create', 'change', 'remove', 'restore', 'move', 'stage', 'discard']),
  needs(given) {
    const write = given as TaskWrite
    switch (write.kind) {
      case 'create':
        return { count: 1, bytes: true }
      case 'stage':
        return { count: write.first + write.tasks.length, rows: write.tasks.length, bytes: true }
      case 'adopt':
        return { count: write.count, bytes: true }
      case 'change':
        // The other members are short.
        return { bytes: searchedNames.some((name) => write.change[name]) }
      case 'index':
      case 'discard':
        return { none: true }
      case 'remove':
      case 'removeCompleted':
      case 'removeSome':
        return { none: write.key === undefined }
      default:
        return {}
    }
  },
  /** All but the one that is restored, which its write counts. */
  added({ kind }, given) {
    const made = given as TaskMade
    if (kind === 'create') return 1
    if (typeof made === 'number') return ['remove', 'removeCompleted'].includes(kind) ? -made : 0
    if (!('undo' in made) || made.undo.kind === 'marked') return 0
    return made.undo.kind === 'added' ? made.count : -made.count
  },
  changes: (write, made) => changesOf(write as TaskWrite, made),
  isMeant({ kind }, name, value) {
    // The number of an import differs each time, and a repeat may come on another day. For a new task null says nothing.
    return name !== 'batch' && name !== 'today' && (value !== null || kind !== 'create')
  },
  tables: ['tasks', 'deleted_tasks', 'staged_tasks'],
  countSql: 'select count(*) from tasks',
  expiring: [
    { table: 'deleted_tasks', key: 'id', time: 'deleted', until: (now) => now - limits.restorableMs },
    {
      table: 'staged_tasks',
      key: 'batch, number',
      time: 'batch',
      until: (now) => batchesBefore(now - limits.stagedMs) - 1,
    },
  ],
  leftOut: {
    staged_tasks: 'an import that is not complete, and is sent again',
    unindexed: 'of the search index, which is built where it is used',
    words: 'a column of the search index: unused in SQLite, and built anew in PostgreSQL',
  },
}
