/** Changes that await the user's decision: the server refused them, or they conflict with changes made elsewhere. */
import { type Change, type Intent, isHeld, merged } from './changes.ts'
import type { Act } from './history.ts'
import type { Outbox } from './outbox.ts'
import type { Content, Ref, TaskList } from './task.ts'

export interface Held {
  of(refs: readonly Ref[]): Change[]
  hold(intent: Intent): void
  /** Merges a newer edit and releases the change, unless its task is gone. Returns the acts that undo it. */
  again(held: Change, wanted: Partial<Content>): readonly Act[]
  /** Sends it, overwriting the changes made elsewhere. */
  insist(held: Change): void
  /** The server's list has changed: the conflict may now concern another text, or none. */
  follow(list: TaskList, isWhole: boolean): void
}

export interface HeldOptions {
  readonly outbox: Pick<Outbox, 'changes' | 'add' | 'replace' | 'drop'>
  readonly happened: (held: Change) => void
  readonly edit: (ref: Ref, wanted: Partial<Content>) => readonly Act[]
}

export function createHeld({ outbox, edit, happened }: HeldOptions): Held {
  return {
    of(refs) {
      const wanted = new Set(refs)
      return outbox
        .changes()
        .filter((change) => change.kind !== 'bulk' && isHeld(change) && wanted.has(change.ref))
    },
    hold: (intent) => happened(outbox.add([intent])[0]!),
    again(held, wanted) {
      if (held.kind === 'create') {
        const { fault: _, ...free } = held
        outbox.replace({ ...free, content: { ...held.content, ...wanted } })
      } else if (held.kind === 'edit' && held.theirs === null) {
        outbox.replace({ ...held, wanted: { ...held.wanted, ...wanted } })
      } else if (held.kind !== 'bulk') {
        outbox.drop(held)
        return edit(held.ref, { ...(held.kind === 'edit' && held.wanted), ...wanted })
      }
      return []
    },
    insist(held) {
      const { fault: _, theirs, ...free } = held
      if (held.kind === 'edit' && theirs === null) {
        const { ref, seen, wanted } = held
        outbox.drop(held)
        outbox.add([
          { kind: 'restore', ref, seen, before: null },
          { kind: 'edit', ref, wanted, seen: { ...seen, version: 0 } },
        ])
      } else if (held.kind === 'edit' && theirs) outbox.replace({ ...free, seen: theirs } as Change)
      else outbox.replace(free as Change)
    },
    follow(list, isWhole) {
      for (const change of outbox.changes()) {
        if (change.kind !== 'edit' || change.theirs === undefined) continue
        const theirs = list.get(change.ref)
        const { theirs: old, ...free } = change
        if (theirs && theirs.version > (old?.version ?? 0)) {
          const still = merged(change, theirs)
          outbox.replace(still ? { ...free, wanted: still, seen: theirs } : { ...change, theirs })
        } else if (!theirs && old && isWhole) outbox.replace({ ...change, theirs: null })
      }
    },
  }
}
