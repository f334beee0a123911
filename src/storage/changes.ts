import { domain } from '../domain/store.ts'
import type { Reset } from '../resources/store.ts'
import {
  type ItemMade,
  isEndSession,
  isItemWrite,
  isMade,
  type Made,
  type Outcome,
  type Write,
} from './writes.ts'

type Change = ReturnType<typeof domain.changes>[number] | Reset

/** The changes of a group of writes. Refused and repeated writes changed nothing. */
export function changesOf(writes: readonly Write[], outcomes: readonly Outcome[]): Change[] {
  return writes.flatMap((write, index) => {
    const outcome = outcomes[index]!
    return isMade(outcome) ? changesOfOne(write, outcome) : []
  })
}

function changesOfOne(write: Write, made: Made): readonly Change[] {
  if (isEndSession(write)) return []
  if (!isItemWrite(write)) return domain.changes(write, made)
  return [{ kind: 'reset', of: write.resource }, ...((made as ItemMade).added === 0 ? [] : [reset])]
}

const reset: Reset = { kind: 'reset' }

/** By how much the count of the quota grew. */
export function addedBy(write: Write, outcome: Outcome): number {
  if (!isMade(outcome) || isEndSession(write)) return 0
  return isItemWrite(write) ? (outcome as ItemMade).added : domain.added(write, outcome)
}
