import { Readable } from 'node:stream'
import { type Call, HttpError, type Reply, streamed } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { type ClientOf, shareOf } from '../http/share.ts'
import { limits } from '../limits.ts'
import type { Shared } from '../resources/store.ts'
import type { Feed } from './feed.ts'

export function eventRoutes(feed: Feed, clientOf: ClientOf, shared?: Shared): readonly Route[] {
  const share = shareOf(limits.eventStreams, 'streams of events', clientOf)
  return [['GET', '/events', events]]

  function events(call: Call): Reply | Promise<Reply> {
    // Another replica may have announced commits that this one has not received yet.
    return shared ? shared.current().then(() => listen(call)) : listen(call)
  }

  function listen(call: Call): Reply {
    const { method, headers } = call
    if (method === 'HEAD') return streamed('text/event-stream', Readable.from([]))
    if (feed.size >= limits.eventStreams)
      throw new HttpError(503, `${limits.eventStreams} clients listen already; try again`, [
        'Retry-After',
        String(limits.retryAfterSeconds),
      ])
    const lastEventId = headers['last-event-id']
    const giveBack = share(call)
    const events = feed.subscribe(typeof lastEventId === 'string' ? lastEventId : undefined)
    events.once('close', giveBack)
    return { ...streamed('text/event-stream', events), endless: true }
  }
}
