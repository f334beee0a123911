import { Readable } from 'node:stream'
import { limits } from '../limits.ts'
import type { Change, Commit, TaskStore } from '../tasks/store.ts'
import { taskJson } from './bodies.ts'

/** Tells every client that listens what each commit changed. */
export interface Feed {
  /** How many listen. */
  readonly size: number
  /**
   * A stream of events in the form of https://html.spec.whatwg.org/#server-sent-events, from right behind the
   * event with this id, or from now on.
   */
  subscribe(lastEventId: string | undefined): Readable
  /** Ends all streams. */
  close(): void
}

interface Logged {
  readonly writes: number
  /** The events of the commit, made when somebody first wants them. */
  readonly text: () => string
}

export function openFeed(store: TaskStore): Feed {
  /** A store of one process has a new one with each start: earlier ids are unknown then, and a client that has one lists anew. */
  const epoch = store.shared?.epoch ?? Date.now().toString(36)
  /** Each with when it began. */
  const streams = new Map<Readable, number>()
  /** The last commits, the newest being number `last`. Nobody can ask for those from before the first stream. */
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

  function announce({ writes, changes, number, sessions }: Commit) {
    // Whoever may still hear comes back at once, with the id it has.
    if (sessions) endAll()
    // Of one that nobody knows of the others will tell, if it happened.
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

  /** Events since then, or one that says to read anew, or no more than the id to begin with. */
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
      // It comes back with the id it has, and gets what it missed.
      if (stream.readableLength > limits.eventBacklogBytes) stream.destroy()
    }
  }

  function comment() {
    send(':\n\n')
    // Whoever may not hear any more, because a session has expired, does not for ever.
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

/** The id stands with the last event alone: who breaks off before it gets the whole commit again. */
function eventsOf(changes: readonly Change[], id: string): string {
  if (changes.length === 0) return ''
  const events = changes.map((change) => `event: ${change.kind}\ndata: ${dataOf(change)}\n`)
  return `${events.join('\n')}id: ${id}\n\n`
}

function dataOf(change: Change): string {
  switch (change.kind) {
    case 'deleted':
      return `{"id":${change.id}}`
    case 'moved':
      return `{"id":${change.id},"before":${change.before}}`
    case 'reset':
      return '{}'
    default:
      return taskJson(change.task, 'full')
  }
}
