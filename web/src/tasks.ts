/**
 * The list as the server has it, kept in step by events, and as the user wants it: with the changes that are not
 * acknowledged yet. No DOM in here.
 */
import { type Api, RequestFailed } from './api.ts'
import { apply, type Change, type Intent, isHeld } from './changes.ts'
import type { ServerEvent } from './events.ts'
import { createOutbox } from './outbox.ts'
import { createPause } from './pause.ts'
import type { KeptList, Storage } from './storage.ts'
import { newKey, type Tab } from './tab.ts'
import { type Content, type Ref, type Task, TaskList, taskOf } from './task.ts'

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
  /** What the server has, as far as is known. */
  let server = new TaskList()
  /** The event that `server` has come to. */
  let eventId: string | undefined
  let loaded = false
  let view: View | undefined
  let removals: Removal[] = []
  /** What was acknowledged, until an event or a list brings it: only these tell in which order things were done. */
  let settled: { readonly change: Change; readonly answer: Task | undefined }[] = []
  /** The name that a task had before it got its id. */
  const names = new Map<Ref, Ref>()
  let busy: Promise<unknown> = Promise.resolve()
  let turns = 0
  /** Events that came during a turn. */
  let early: ServerEvent[] = []
  let loading: Promise<void> | undefined
  let stale = false
  let listening: AbortController | undefined
  /** Whether events come. */
  let live = false
  const pause = createPause()
  const outbox = createOutbox({ api, storage, tab, turn, acknowledged, superseded, given, changed })

  return {
    view: () => {
      view ??= makeView()
      return view
    },
    async start() {
      const kept = await storage.get<KeptList>('list').catch(() => undefined)
      removals = (await storage.get<Removal[]>('removals').catch(() => undefined)) ?? []
      if (kept && !loaded) {
        server = new TaskList(kept.tasks)
        eventId = kept.eventId
        loaded = true
      }
      await outbox.adopt()
      changed()
      if (!kept) void load()
    },
    look(looking) {
      if (!looking) {
        listening?.abort()
        listening = undefined
        pause.end()
      } else if (!listening) {
        listening = new AbortController()
        void listen(listening.signal)
        void outbox.adopt()
      }
    },
    hurry() {
      pause.end()
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
      if (loaded && !loading && eventId !== undefined)
        await storage.set('list', { tasks: server.all(), eventId } satisfies KeptList)
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
    return { tasks: current().all(), changes: outbox.changes(), loaded }
  }

  function current(): TaskList {
    const changes = outbox.changes()
    if (changes.length === 0 && settled.length === 0) return server
    const list = server.copy()
    const now = Date.now()
    for (const { change, answer } of settled) {
      if (answer && answer.version > (list.get(answer.ref)?.version ?? 0))
        list.put(answer, change.kind === 'restore' ? change.before : null)
      if (change.kind === 'remove' || change.kind === 'move') apply(list, change, now)
    }
    for (const each of changes) apply(list, each, now)
    return list
  }

  /** One after the other: lists are read while nothing is sent, and events wait, so nothing old replaces newer. */
  function turn<T>(run: () => Promise<T>): Promise<T> {
    turns++
    const result = busy.then(run)
    busy = result
      .catch(() => {})
      .then(() => {
        turns--
        if (turns > 0) return
        const events = early
        early = []
        for (const event of events) take(event)
        changed()
      })
    return result
  }

  function acknowledged(change: Change, answer: Task | undefined, again: boolean) {
    if (change.kind === 'create' && answer) name(change.ref, answer.ref)
    const ref = answer?.ref ?? change.ref
    const known = server.get(ref)
    const isKnown =
      change.kind === 'remove'
        ? !known
        : change.kind === 'edit' && known && answer && known.version >= answer.version
    if (!isKnown) settled = [...settled, { change: { ...change, ref }, answer }]
    // An answer of long ago comes with no event.
    if (again || !live) void load()
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

  function superseded(theirs: Task) {
    const known = server.get(theirs.ref)
    if (known && theirs.version > known.version) server.put(theirs)
  }

  function given(change: Change, why: 'held' | 'gone') {
    if (why === 'held') happened({ kind: 'held', change })
    else if (change.kind === 'edit') happened({ kind: 'gone', task: change.seen })
  }

  /** Until it has succeeded, and anew where it is asked for meanwhile. */
  function load(): Promise<void> {
    stale = true
    loading ??= (async () => {
      for (let failures = 1; stale; failures++) {
        stale = false
        try {
          await turn(loadOnce)
        } catch (error) {
          if (!(error instanceof RequestFailed)) throw error
          stale = true
          await pause.after(failures, error.retryAfterMs)
        }
      }
      loading = undefined
    })()
    return loading
  }

  async function loadOnce() {
    const before = settled
    const begin = (tasks: Task[]) => {
      server = new TaskList(tasks)
      loaded = true
      changed()
    }
    begin(await api.list(loaded ? undefined : begin))
    settled = settled.filter((each) => !before.includes(each))
  }

  async function listen(signal: AbortSignal) {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        for await (const event of await api.events(eventId, signal)) {
          if (signal.aborted) return
          if (!live) outbox.hurry()
          live = true
          failures = 0
          receive(event)
        }
      } catch (error) {
        // Where somebody between does not let the stream through, the list still comes.
        if (!signal.aborted && error instanceof RequestFailed && error.status >= 400) void load()
      } finally {
        live = false
      }
      await pause.after(failures)
    }
  }

  function receive(event: ServerEvent) {
    if (eventId === undefined && event.id !== undefined) {
      // From here on nothing is missed: what was read before may be older.
      eventId = event.id
      void load()
    } else if (turns > 0) early.push(event)
    else {
      take(event)
      changed()
    }
  }

  function take({ event, data, id }: ServerEvent) {
    if (event === 'reset') void load()
    else if (event === 'deleted') {
      const { id: ref } = JSON.parse(data)
      server.remove(ref)
      settle(ref, ({ change }) => change.kind === 'remove')
    } else if (event === 'moved' || event === 'restored') {
      // Not done here: the list may be newer than the event, and a move that is done twice passes over later ones.
      void load()
    } else if (event !== '') {
      const task = taskOf(JSON.parse(data))
      const known = server.get(task.ref)
      // One that is changed and not known was deleted since: the list was newer than this event.
      if (known ? task.version >= known.version : event === 'created') server.put(task)
      settle(
        task.ref,
        ({ answer, change }) => change.kind !== 'move' && (answer?.version ?? NaN) <= task.version,
      )
    }
    if (id !== undefined) eventId = id
  }

  /** What was acknowledged is in the list by now. */
  function settle(ref: Ref, brought: (each: (typeof settled)[number]) => boolean) {
    if (settled.length > 0) settled = settled.filter((each) => each.change.ref !== ref || !brought(each))
  }

  function keepRemovals(those: Removal[]) {
    removals = those
    storage.set('removals', those).catch(() => {})
  }
}
