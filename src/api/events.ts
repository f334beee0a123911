import { Readable } from 'node:stream'
import { type Call, HttpError, type Reply, streamed } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { limits } from '../limits.ts'
import type { Shared } from '../tasks/store.ts'
import type { Feed } from './feed.ts'

export function eventRoutes(feed: Feed, shared?: Shared): readonly Route[] {
  return [['GET', '/events', events]]

  function events(call: Call): Reply | Promise<Reply> {
    // Another replica may have told of more than this one has heard.
    return shared ? shared.current().then(() => listen(call)) : listen(call)
  }

  function listen({ method, headers }: Call): Reply {
    if (method === 'HEAD') return streamed('text/event-stream', Readable.from([]))
    if (feed.size >= limits.eventStreams)
      throw new HttpError(503, `${limits.eventStreams} clients listen already; try again`, [
        'Retry-After',
        String(limits.retryAfterSeconds),
      ])
    const lastEventId = headers['last-event-id']
    const events = feed.subscribe(typeof lastEventId === 'string' ? lastEventId : undefined)
    return { ...streamed('text/event-stream', events), endless: true }
  }
}
