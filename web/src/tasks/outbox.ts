/**
 * Sends the user's changes in order until the server acknowledges them. They are stored in the browser until then, and
 * each has a key, so that a crashed tab or a lost response neither loses nor repeats a change.
 */
import { type Answer, type Api, RequestFailed } from './api.ts'
import { type Change, type Edit, type Intent, isHeld, mentions, merged, renamed } from './changes.ts'
import { createPause } from './pause.ts'
import { isEmpty, requestOf } from './requests.ts'
import type { Storage } from './storage.ts'
import { newKey, type Tab } from './tab.ts'
import type { Ref, Task } from './task.ts'

export interface Outbox {
  /** All unacknowledged changes, in order. */
  changes(): readonly Change[]
  /** Gives each intent a key and an order, and queues it. */
  add(intents: readonly Intent[]): readonly Change[]
  /** Takes over the changes of closed tabs. */
  adopt(): Promise<void>
  replace(change: Change): void
  drop(change: Change): void
  /** Retries at once instead of waiting for the backoff. */
  hurry(): void
}

export interface OutboxOptions {
  readonly api: Api
  readonly storage: Storage
  readonly tab: Tab
  /** Runs while nothing else changes what is known of the server. */
  readonly turn: <T>(run: () => Promise<T>) => Promise<T>
  /** `again`: a retry, whose response may be a stale replay. */
  readonly acknowledged: (change: Change, answer: Answer, again: boolean) => void
  /** The task as it was changed elsewhere meanwhile. */
  readonly superseded: (theirs: Task) => void
  /** `expired`: the server no longer remembers the change to undo. */
  readonly given: (change: Change, why: 'held' | 'gone' | 'expired') => void
  readonly changed: () => void
}

/** Concurrent requests: the HTTP/1.1 connection limit of browsers, less one for the event stream. */
const atOnce = 5

export function createOutbox(options: OutboxOptions): Outbox {
  const { api, storage, tab, turn, acknowledged, superseded, given, changed } = options
  let changes: Change[] = []
  /** May have reached the server before. */
  const tried = new Set<string>()
  const pause = createPause()
  let lastOrder = 0
  let running = false

  return {
    changes: () => changes,
    add(intents) {
      const added = intents.map(
        (intent) => ({ ...intent, key: newKey(), order: nextOrder(), tab: tab.name }) as Change,
      )
      changes = [...changes, ...added]
      keep(added)
      changed()
      void run()
      return added
    },
    async adopt() {
      const others = await tab.others()
      const known = new Set(changes.map(({ key }) => key))
      const left = (await storage.all<Change>('changes')).filter(
        (change) => !known.has(change.key) && change.tab !== tab.name && !others.has(change.tab ?? ''),
      )
      if (left.length > 0) {
        const adopted = left.map((change) => ({ ...change, tab: tab.name }))
        for (const { key, order } of adopted) {
          tried.add(key)
          lastOrder = Math.max(lastOrder, order)
        }
        changes = [...adopted, ...changes].sort((a, b) => a.order - b.order)
        keep(adopted)
        changed()
      }
      void run()
    },
    replace,
    drop(change) {
      // Drops further changes to a task that was never created.
      forget(
        changes.filter(
          (other) =>
            other.key === change.key ||
            (change.kind === 'create' && other.kind !== 'bulk' && other.ref === change.ref),
        ),
      )
      changed()
      void run()
    },
    hurry() {
      pause.end()
      void run()
    },
  }

  async function run() {
    if (running) return
    running = true
    let failures = 0
    for (let batch = nextBatch(changes); batch.length > 0; batch = nextBatch(changes)) {
      const waits = await turn(() => Promise.all(batch.map(send)))
      const wait = Math.max(...waits)
      failures = wait < 0 ? 0 : failures + 1
      changed()
      if (wait >= 0) await pause.after(failures, wait)
    }
    running = false
  }

  /** Returns the minimum delay in milliseconds before a retry; -1 if none is needed. */
  async function send(change: Change): Promise<number> {
    const again = tried.has(change.key)
    tried.add(change.key)
    try {
      settle(change, isEmpty(change) ? 0 : await api.send(requestOf(change)), again)
      return -1
    } catch (error) {
      if (!(error instanceof RequestFailed)) throw error
      if (error.isPassing) return error.retryAfterMs
      return refuse(change, error)
    }
  }

  function settle(change: Change, answer: Answer, again: boolean) {
    const { key, kind } = change
    acknowledged(change, answer, again)
    forget([change])
    tried.delete(key)
    if (typeof answer !== 'object') return
    const later = changes.map((other) => {
      const named =
        kind === 'create' && mentions(other, change.ref)
          ? renamed(other, change.ref, answer.ref as number)
          : other
      // Ours, so what the user saw holds for this version, too.
      const seen = change.kind === 'edit' ? change.seen.version : 0
      if (named.kind !== 'edit' || named.ref !== answer.ref || named.seen.version !== seen || again)
        return named
      return { ...named, seen: { ...named.seen, version: answer.version } }
    })
    keep(later.filter((other, index) => other !== changes[index]))
    changes = later
  }

  async function refuse(change: Change, { status, message }: RequestFailed): Promise<number> {
    const isOfList = /^list /.test(message)
    if (status === 404 && change.kind === 'remove') settle(change, undefined, false)
    else if (status === 404 && change.kind === 'edit') return gone(change)
    else if (status === 412 && change.kind === 'edit') return resolve(change)
    else if (change.kind === 'bulk') {
      // It has no single row that could show the refusal.
      forget([change])
      given({ ...change, fault: message }, status === 404 ? 'expired' : 'held')
    } else if (change.kind === 'move') forget([change])
    // The list was deleted meanwhile (names no list): the task stays where it is, or goes into the first.
    else if (change.kind === 'create' && change.content.list > 1 && isOfList)
      replace({ ...change, content: { ...change.content, list: 1 } })
    else if (change.kind === 'edit' && isOfList) {
      const { list: _, ...wanted } = change.wanted
      replace({ ...change, wanted })
    } else hold({ ...change, fault: message })
    return -1
  }

  function gone(change: Edit): number {
    // A lost tick on a deleted task does not matter; lost text does.
    if (Object.keys(change.wanted).some((name) => name !== 'done')) hold({ ...change, theirs: null })
    else {
      forget([change])
      given(change, 'gone')
    }
    return -1
  }

  async function resolve(change: Edit): Promise<number> {
    let theirs: Task | undefined
    try {
      theirs = await api.find(change.ref as number)
    } catch (error) {
      if (error instanceof RequestFailed && error.isPassing) return error.retryAfterMs
      throw error
    }
    if (!theirs) return gone(change)
    superseded(theirs)
    const wanted = merged(change, theirs)
    if (!wanted) hold({ ...change, theirs })
    else if (Object.keys(wanted).length === 0) settle(change, theirs, false)
    else replace({ ...change, wanted, seen: theirs })
    return -1
  }

  function hold(change: Change) {
    replace(change)
    given(change, 'held')
  }

  function replace(change: Change) {
    changes = changes.map((other) => (other.key === change.key ? change : other))
    keep([change])
    changed()
    void run()
  }

  function forget(those: readonly Change[]) {
    const keys = new Set(those.map(({ key }) => key))
    changes = changes.filter(({ key }) => !keys.has(key))
    storage.remove('changes', [...keys])
  }

  function keep(those: readonly Change[]) {
    storage.put('changes', those)
  }

  function nextOrder(): number {
    lastOrder = Math.max(lastOrder + 1, Date.now())
    return lastOrder
  }
}

/** The next batch: a single create, move or bulk change, or several changes to different tasks. */
function nextBatch(changes: readonly Change[]): Change[] {
  const batch: Change[] = []
  const busy = new Set<Ref>()
  for (const change of changes) {
    const { kind } = change
    if (kind === 'bulk') {
      if (isHeld(change)) continue
      return batch.length > 0 ? batch : [change]
    }
    const waits =
      isHeld(change) ||
      busy.has(change.ref) ||
      (kind === 'move' && change.before !== null && busy.has(change.before))
    busy.add(change.ref)
    if (waits) continue
    if (kind === 'create' || kind === 'move') return batch.length > 0 ? batch : [change]
    if (batch.push(change) === atOnce) break
  }
  return batch
}
