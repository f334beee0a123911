/**
 * The list as the server has it, kept in step by events. What was acknowledged is drawn at once, but only an event or
 * a reading of the list tells in which order things were done (decisions/012).
 */
import { type Answer, type Api, RequestFailed } from './api.ts'
import { apply, type Change } from './changes.ts'
import type { ServerEvent } from './events.ts'
import { createPause } from './pause.ts'
import type { KeptList, Settled } from './storage.ts'
import { blank, type Ref, type Task, TaskList, taskOf } from './task.ts'

export interface Mirror {
  /** Includes all acknowledged changes. Read-only. */
  list(): TaskList
  /** Whether a list is loaded: the server's, or the one stored at the last visit. */
  isLoaded(): boolean
  /** Whether the list is complete: the first page of a long list is shown before the rest arrives. */
  isWhole(): boolean
  begin(kept: KeptList): void
  /** The snapshot for the next visit; undefined if the state is uncertain. */
  kept(): KeptList | undefined
  /** Reads the list until it has succeeded, and again where a refresh was requested meanwhile. */
  load(): Promise<void>
  /** Listens for changes while the page is visible, and lets the server sleep otherwise. */
  look(looking: boolean): void
  hurry(): void
  /** Runs while no list is read and no event is applied. */
  turn<T>(run: () => Promise<T>): Promise<T>
  /** `again`: a retry, whose response may be a stale replay. */
  acknowledged(change: Change, answer: Answer, again: boolean): void
  /** The task as it was changed elsewhere meanwhile. */
  superseded(theirs: Task): void
}

export interface MirrorOptions {
  readonly api: Api
  readonly changed: () => void
  /** The server can be reached again. */
  readonly reached: () => void
  /** The lists have changed. */
  readonly listsChanged: () => void
}

export function createMirror({ api, changed, reached, listsChanged }: MirrorOptions): Mirror {
  /** The server's state, as far as is known. */
  let server = new TaskList()
  /** The last event applied to `server`. */
  let eventId: string | undefined
  let loaded = false
  let whole = false
  /** Acknowledged changes, until an event or a list includes them. */
  let settled: readonly Settled[] = []
  let busy: Promise<unknown> = Promise.resolve()
  let turns = 0
  /** Events received during a turn. */
  let early: ServerEvent[] = []
  let loading: Promise<void> | undefined
  let stale = false
  let listening: AbortController | undefined
  /** Whether the event stream is open. */
  let live = false
  const pause = createPause()

  return {
    list,
    isLoaded: () => loaded,
    isWhole: () => whole,
    begin(kept) {
      if (loaded) return
      // Tasks stored by an earlier version of the page lack members.
      server = new TaskList(kept.tasks.map((task) => ({ ...blank, ...task })))
      eventId = kept.eventId
      settled = [...(kept.settled ?? []), ...settled]
      loaded = whole = true
    },
    kept: () =>
      whole && !loading && eventId !== undefined ? { tasks: server.all(), eventId, settled } : undefined,
    load,
    look(looking) {
      if (!looking) {
        listening?.abort()
        listening = undefined
        pause.end()
      } else if (!listening) {
        listening = new AbortController()
        void listen(listening.signal)
      }
    },
    hurry: pause.end,
    turn,
    acknowledged,
    superseded,
  }

  function list(): TaskList {
    if (settled.length === 0) return server
    const all = server.copy()
    for (const { change, answer } of settled) {
      if (typeof answer === 'object' && answer.version > (all.get(answer.ref)?.version ?? 0))
        all.put(answer, change.kind === 'restore' ? change.before : null)
      if (change.kind === 'remove' || change.kind === 'move' || change.kind === 'bulk') apply(all, change)
    }
    return all
  }

  /** Serialized: lists are read while nothing is sent, and events wait, so stale data never replaces newer. */
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

  function acknowledged(change: Change, answer: Answer, again: boolean) {
    if (!isKnown(change, answer)) settled = [...settled, { change: withId(change, answer), answer }]
    // A replayed response is followed by no event.
    if (again || !live) void load()
  }

  function isKnown(change: Change, answer: Answer): boolean {
    if (change.kind === 'bulk') return answer === 0
    const known = server.get(change.ref)
    if (change.kind === 'remove') return known === undefined
    if (change.kind !== 'edit' || !known || typeof answer !== 'object') return false
    return known.version >= answer.version
  }

  function superseded(theirs: Task) {
    const known = server.get(theirs.ref)
    if (known && theirs.version > known.version) server.put(theirs)
  }

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
    whole = true
    settled = settled.filter((each) => !before.includes(each))
  }

  async function listen(signal: AbortSignal) {
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        for await (const event of await api.events(eventId, signal)) {
          if (signal.aborted) return
          if (!live) reached()
          live = true
          failures = 0
          receive(event)
        }
      } catch (error) {
        // If a proxy holds the stream back, the list still arrives.
        if (!signal.aborted && error instanceof RequestFailed && error.status >= 400) void load()
      } finally {
        live = false
      }
      await pause.after(failures)
    }
  }

  function receive(event: ServerEvent) {
    if (eventId === undefined && event.id !== undefined) {
      // From here on no event is missed: a list read earlier may be stale.
      eventId = event.id
      void load()
    } else if (turns > 0) early.push(event)
    else {
      take(event)
      changed()
    }
  }

  function take({ event, data, id }: ServerEvent) {
    if (event === 'reset' || event === 'lists') listsChanged()
    if (event === 'reset') void load()
    else if (event === 'deleted') {
      const { id: ref } = JSON.parse(data)
      server.remove(ref)
      settle(ref, ({ change }) => change.kind === 'remove')
    } else if (event === 'moved' || event === 'restored') {
      // Not applied here: the list may be newer than the event, and repeating a move would override later ones.
      void load()
    } else if (event !== '' && event !== 'lists') {
      const task = taskOf(JSON.parse(data))
      const known = server.get(task.ref)
      // An unknown task was deleted since: the list is newer than this event.
      if (known ? task.version >= known.version : event === 'created') server.put(task)
      settle(
        task.ref,
        ({ answer, change }) =>
          change.kind !== 'move' && typeof answer === 'object' && answer.version <= task.version,
      )
    }
    if (id !== undefined) eventId = id
  }

  /** Forgets acknowledged changes that the list now includes. */
  function settle(ref: Ref, brought: (each: Settled) => boolean) {
    if (settled.length > 0)
      settled = settled.filter(
        (each) => each.change.kind === 'bulk' || each.change.ref !== ref || !brought(each),
      )
  }
}

/** From then on the created task is known by its id. */
function withId(change: Change, answer: Answer): Change {
  return change.kind === 'create' && typeof answer === 'object' ? { ...change, ref: answer.ref } : change
}
