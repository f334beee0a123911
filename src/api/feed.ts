import { Readable } from 'node:stream'
import { eventData } from '../domain/api.ts'
import type { DomainChange, DomainStore } from '../domain/store.ts'
import { limits } from '../limits.ts'
import type { Commit } from '../resources/store.ts'

/** Streams the changes of each commit to all subscribed clients. */
export interface Feed {
  /** The number of open streams. */
  readonly size: number
  /**
   * A stream of server-sent events (https://html.spec.whatwg.org/#server-sent-events) that follow the event with this id, or from
   * now on.
   */
  subscribe(lastEventId: string | undefined): Readable
  /** Ends all streams. */
  close(): void
}

interface Logged {
  readonly writes: number
  /** The events of the commit, formatted when first needed. */
  readonly text: () => string
}

export function openFeed(store: DomainStore): Feed {
  /** Without shared storage, new with each start: earlier ids are unknown then, and their clients reload the list. */
  const epoch = store.shared?.epoch ?? Date.now().toString(36)
  /** The open streams, with the time each began. */
  const streams = new Map<Readable, number>()
  /** The last commits; the newest has number `last`. Nobody can ask for those before the first stream. */
  const log: Logged[] = []
  let logged = 0
  let last = 0
  let listening = false
  let closed = false
  let comments: NodeJS.Timeout | undefined

  return {
    get size() {
      return streams.size
    },
    subscribe(lastEventId) {
      if (!listening) {
        listening = true
        for (const commit of store.shared?.recent() ?? []) announce(commit)
        store.onCommit(announce)
      }
      const stream = new Readable({ read() {} })
      if (closed) stream.push(null)
      if (closed) return stream
      stream.push(`retry: ${limits.eventRetryMs}\n${missedSince(lastEventId)}`)
      streams.set(stream, performance.now())
      stream.once('close', () => leave(stream))
      comments ??= setInterval(comment, limits.eventCommentMs)
      return stream
    },
    close() {
      closed = true
      endAll()
    },
  }

  function announce({ writes, changes, number, sessions }: Commit<DomainChange>) {
    // Clients that still have access reconnect at once, with their last id.
    if (sessions) endAll()
    // If a commit of unknown outcome happened, the other replicas will announce it.
    if (store.shared && number === undefined) return
    if (number !== undefined && number !== last + 1) log.length = logged = 0
    last = number ?? last + 1
    const id = `${epoch}-${last}`
    let made: string | undefined
    const text = () => {
      made ??= eventsOf(changes(), id)
      return made
    }
    log.push({ writes, text })
    logged += writes
    while (logged > limits.eventLogWrites && log.length > 1) logged -= log.shift()!.writes
    if (streams.size > 0) send(text())
  }

  /** The events since then; or one that says to reload; or just the id to start from. */
  function missedSince(lastEventId: string | undefined): string {
    const here = `id: ${epoch}-${last}\n`
    if (lastEventId === undefined) return `${here}\n`
    const seen = lastEventId.startsWith(`${epoch}-`) ? Number(lastEventId.slice(epoch.length + 1)) : NaN
    if (!(Number.isInteger(seen) && seen <= last && seen >= last - log.length))
      return `${here}event: reset\ndata: {}\n\n`
    const missed = log.slice(log.length - (last - seen))
    return `${missed.map(({ text }) => text()).join('')}${here}\n`
  }

  function send(text: string) {
    if (text === '') return
    for (const stream of streams.keys()) {
      stream.push(text)
      // It reconnects with its last id and gets what it missed.
      if (stream.readableLength > limits.eventBacklogBytes) stream.destroy()
    }
  }

  function comment() {
    send(':\n\n')
    // Bounds how long a client whose session has expired still receives events.
    for (const [stream, began] of streams) if (performance.now() - began > limits.eventStreamMs) end(stream)
  }

  function endAll() {
    for (const stream of streams.keys()) end(stream)
  }

  function end(stream: Readable) {
    stream.push(null)
    leave(stream)
  }

  function leave(stream: Readable) {
    streams.delete(stream)
    if (streams.size > 0) return
    clearInterval(comments)
    comments = undefined
  }
}

/** Only the last event has the id: a client that disconnects before it gets the whole commit again. */
function eventsOf(changes: readonly DomainChange[], id: string): string {
  if (changes.length === 0) return ''
  const events = changes.map((change) => `event: ${nameOf(change)}\ndata: ${eventData(change)}\n`)
  return `${events.join('\n')}id: ${id}\n\n`
}

function nameOf(change: DomainChange): string {
  return change.kind === 'reset' ? (change.of ?? change.kind) : change.kind
}
