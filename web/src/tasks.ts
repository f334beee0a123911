/** The list as the user wants it: as the server has it, with the changes done to it that are not acknowledged yet. */
import type { Api } from './api.ts'
import { apply, type Change, type Intent, isHeld } from './changes.ts'
import { createMirror } from './mirror.ts'
import { createOutbox } from './outbox.ts'
import type { KeptList, Storage } from './storage.ts'
import { newKey, type Tab } from './tab.ts'
import type { Content, Ref, Task, TaskList } from './task.ts'

export interface View {
  readonly tasks: readonly Task[]
  /** What the server has not acknowledged, in order. */
  readonly changes: readonly Change[]
  /** Whether there is a list: the server's or what it was at the last visit. */
  readonly loaded: boolean
}

/** Something that can be taken back. */
export interface Removal {
  readonly removed: readonly { readonly task: Task; readonly before: Ref | null }[]
}

export type Happening =
  | { readonly kind: 'held'; readonly change: Change }
  | { readonly kind: 'gone'; readonly task: Task }

export interface Tasks {
  view(): View
  /** Reads what the browser has kept, then what the server has. */
  start(): Promise<void>
  /** Hears of changes while somebody looks, and lets the server sleep otherwise. */
  look(looking: boolean): void
  /** Tries at once what waits for the server. */
  hurry(): void
  add(content: Content): Ref
  edit(ref: Ref, wanted: Partial<Content>): void
  setDone(refs: readonly Ref[], done: boolean): void
  remove(refs: readonly Ref[]): void
  move(ref: Ref, before: Ref | null): void
  /** The last removal that was not undone. */
  lastRemoval(): Removal | undefined
  undo(): Removal | undefined
  /** Sends anew what was held: over what others made of it. */
  insist(change: Change): void
  /** Gives up what was held. */
  giveUp(change: Change): void
  /** Stays the same for as long as the task is on the page. */
  keyOf(ref: Ref): Ref
  /** Keeps the list for the next visit. */
  keep(): Promise<void>
}

export interface TasksOptions {
  readonly api: Api
  readonly storage: Storage
  readonly tab: Tab
  readonly changed: () => void
  readonly happened: (what: Happening) => void
}

const undoable = 20

export function createTasks({ api, storage, tab, changed: draw, happened }: TasksOptions): Tasks {
  let view: View | undefined
  let removals: Removal[] = []
  /** The name that a task had before it got its id. */
  const names = new Map<Ref, Ref>()
  const mirror = createMirror({ api, changed, reached: () => outbox.hurry() })
  const { turn, superseded } = mirror
  const outbox = createOutbox({ api, storage, tab, turn, acknowledged, superseded, given, changed })

  return {
    view: () => {
      view ??= makeView()
      return view
    },
    async start() {
      const kept = await storage.get<KeptList>('list').catch(() => undefined)
      removals = (await storage.get<Removal[]>('removals').catch(() => undefined)) ?? []
      if (kept) mirror.begin(kept)
      await outbox.adopt()
      changed()
      if (!kept) void mirror.load()
    },
    look(looking) {
      mirror.look(looking)
      if (looking) void outbox.adopt()
    },
    hurry() {
      mirror.hurry()
      outbox.hurry()
    },
    add(content) {
      const ref = newKey()
      outbox.add([{ kind: 'create', ref, content }])
      return ref
    },
    edit: (ref, wanted) => change([ref], wanted),
    setDone: (refs, done) => change(refs, { done }),
    remove(refs) {
      for (const held of heldOf(refs)) outbox.drop(held)
      const list = current()
      const removed = refs.flatMap((ref) => {
        const task = list.get(ref)
        return task ? [{ task, before: list.following(ref) }] : []
      })
      if (removed.length === 0) return
      keepRemovals([...removals, { removed }].slice(-undoable))
      outbox.add(removed.map(({ task }) => ({ kind: 'remove', ref: task.ref })))
    },
    move(ref, before) {
      const list = current()
      if (ref !== before && list.following(ref) !== before) outbox.add([{ kind: 'move', ref, before }])
    },
    lastRemoval: () => removals.at(-1),
    undo() {
      const last = removals.at(-1)
      if (!last) return undefined
      keepRemovals(removals.slice(0, -1))
      // From the end: each stands before one that is there by then.
      const restored = last.removed.toReversed()
      outbox.add(restored.map(({ task, before }) => ({ kind: 'restore', ref: task.ref, seen: task, before })))
      return last
    },
    insist(held) {
      const { fault: _, theirs, ...free } = held
      if (held.kind === 'edit' && theirs === null) {
        const { seen, wanted } = held
        outbox.drop(held)
        outbox.add([
          { kind: 'restore', ref: held.ref, seen, before: null },
          { kind: 'edit', ref: held.ref, wanted, seen: { ...seen, version: 0 } },
        ])
      } else if (held.kind === 'edit' && theirs) outbox.replace({ ...free, seen: theirs } as Change)
      else outbox.replace(free as Change)
    },
    giveUp: (held) => outbox.drop(held),
    keyOf: (ref) => names.get(ref) ?? ref,
    async keep() {
      const kept = mirror.kept()
      if (kept) await storage.set('list', kept)
    },
  }

  function change(refs: readonly Ref[], wanted: Partial<Content>) {
    const list = current()
    const intents = refs.flatMap((ref): Intent[] => {
      const [held] = heldOf([ref])
      if (held) return again(held, wanted)
      const seen = list.get(ref)
      if (!seen) return []
      const names = (Object.keys(wanted) as (keyof Content)[]).filter((name) => wanted[name] !== seen[name])
      const open = Object.fromEntries(names.map((name) => [name, wanted[name]]))
      return names.length === 0 ? [] : [{ kind: 'edit', ref, wanted: open, seen }]
    })
    if (intents.length > 0) outbox.add(intents)
  }

  /** Together with what was held, which waits no longer but for a task that is gone. */
  function again(held: Change, wanted: Partial<Content>): Intent[] {
    if (held.kind === 'create') {
      const { fault: _, ...free } = held
      outbox.replace({ ...free, content: { ...held.content, ...wanted } })
    } else if (held.kind === 'edit' && held.theirs === null) {
      outbox.replace({ ...held, wanted: { ...held.wanted, ...wanted } })
    } else {
      outbox.drop(held)
      const seen = current().get(held.ref)
      if (seen)
        return [
          {
            kind: 'edit',
            ref: held.ref,
            wanted: { ...(held.kind === 'edit' && held.wanted), ...wanted },
            seen,
          },
        ]
    }
    return []
  }

  function heldOf(refs: readonly Ref[]): Change[] {
    return outbox.changes().filter((change) => isHeld(change) && refs.includes(change.ref))
  }

  function changed() {
    view = undefined
    draw()
  }

  function makeView(): View {
    return { tasks: current().all(), changes: outbox.changes(), loaded: mirror.isLoaded() }
  }

  function current(): TaskList {
    const changes = outbox.changes()
    const server = mirror.list()
    if (changes.length === 0) return server
    const list = server.copy()
    const now = Date.now()
    for (const each of changes) apply(list, each, now)
    return list
  }

  function acknowledged(change: Change, answer: Task | undefined, again: boolean) {
    if (change.kind === 'create' && answer) name(change.ref, answer.ref)
    mirror.acknowledged(change, answer, again)
  }

  function name(from: Ref, to: Ref) {
    names.set(to, from)
    if (!removals.some(({ removed }) => removed.some(({ task }) => task.ref === from))) return
    const named = (task: Task) => (task.ref === from ? { ...task, ref: to } : task)
    keepRemovals(
      removals.map(({ removed }) => ({
        removed: removed.map(({ task, before }) => ({ task: named(task), before })),
      })),
    )
  }

  function given(change: Change, why: 'held' | 'gone') {
    if (why === 'held') happened({ kind: 'held', change })
    else if (change.kind === 'edit') happened({ kind: 'gone', task: change.seen })
  }

  function keepRemovals(those: Removal[]) {
    removals = those
    storage.set('removals', those).catch(() => {})
  }
}
