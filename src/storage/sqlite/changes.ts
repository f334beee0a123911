import type { Change } from '../../tasks/store.ts'
import { type Row, toTask } from './rows.ts'
import type { Outcome, Write } from './writes.ts'

/** What a group of writes did. Refused writes, repeated ones and those on the index did nothing. */
export function changesOf(writes: readonly Write[], outcomes: readonly Outcome[]): Change[] {
  return writes.flatMap((write, index) => {
    const outcome = outcomes[index]!
    return typeof outcome === 'number' || Array.isArray(outcome) ? changesOfOne(write, outcome) : []
  })
}

function changesOfOne(write: Write, made: Row | number): Change[] {
  const task = () => toTask(made as Row)
  switch (write.kind) {
    case 'create':
      return [{ kind: 'created', task: task() }]
    case 'change':
      return [{ kind: 'changed', task: task() }]
    case 'remove':
      return [{ kind: 'deleted', id: write.id }]
    case 'restore':
      return [
        { kind: 'restored', task: task() },
        { kind: 'moved', id: write.id, before: (made as Row)[8] ?? null },
      ]
    case 'move':
      return [{ kind: 'moved', id: write.id, before: write.before }]
    case 'changeAll':
    case 'removeCompleted':
    case 'adopt':
      return made === 0 ? [] : [{ kind: 'reset' }]
    case 'index':
    case 'stage':
    case 'discard':
      return []
  }
}
