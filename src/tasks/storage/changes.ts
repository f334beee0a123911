import type { Made } from '../../storage/writes.ts'
import { lists } from '../lists.ts'
import type { Change } from '../store.ts'
import { moreAt, type Row, toTask, type Value } from './rows.ts'
import { type Bulk, countOf } from './sqlite/write/bulk.ts'
import type { TaskWrite } from './writes.ts'

/** What one write changed. */
export function changesOf(write: TaskWrite, made: Made): Change[] {
  const task = () => toTask(made as Row)
  switch (write.kind) {
    case 'create':
      return [{ kind: 'created', task: task() }]
    case 'change':
      return [
        {
          kind: 'changed',
          task: task(),
          ...(write.change.list !== undefined && { newList: true }),
        },
        ...changesOfNext(write.id, (made as Row).slice(moreAt)),
      ]
    case 'remove':
      return [{ kind: 'deleted', id: write.id }]
    case 'restore':
      return [
        { kind: 'restored', task: task() },
        {
          kind: 'moved',
          id: write.id,
          before: ((made as Row)[moreAt] as number | null | undefined) ?? null,
          list: task().list,
        },
      ]
    case 'move':
      return [
        ...(write.list === undefined ? [] : [{ kind: 'changed', task: task(), newList: true } as const]),
        { kind: 'moved', id: write.id, before: write.before, list: task().list },
      ]
    case 'changeAll':
    case 'removeCompleted':
    case 'changeSome':
    case 'removeSome':
    case 'undo':
      return countOf(made as number | Bulk) === 0 ? [] : [reset]
    case 'adopt':
      if (countOf(made as Bulk) === 0) return []
      return [...(write.lists.length > 0 ? [{ kind: 'reset', of: lists.name } as const] : []), reset]
    case 'stageList':
    case 'index':
    case 'stage':
    case 'discard':
      return []
  }
}

const reset: Change = { kind: 'reset' }

/** What became of the task after a repeating one. */
function changesOfNext(id: number, next: readonly Value[]): Change[] {
  if (next.length === 0) return []
  if (next.length === 1) return [{ kind: 'deleted', id: next[0] as number }]
  const task = toTask(next as Row)
  return [
    { kind: 'created', task },
    { kind: 'moved', id: task.id, before: id, list: task.list },
  ]
}
