import { limits } from '../limits.ts'
import { type Call, HttpError } from './message.ts'

/** Identifies the client of a call. */
export type ClientOf = (call: Call) => string

/** Takes one slot for the client. Returns a function that releases it. Throws `HttpError` 429. */
export type Share = (call: Call) => () => void

/** Of a limited number of slots no client gets more than half. */
export function shareOf(most: number, what: string, clientOf: ClientOf): Share {
  const counts = new Map<string, number>()
  const half = Math.ceil(most / 2)

  return (call) => {
    const client = clientOf(call)
    const count = counts.get(client) ?? 0
    if (count >= half)
      throw new HttpError(429, `${half} ${what} of this client are under way already; try again`, [
        'Retry-After',
        String(limits.retryAfterSeconds),
      ])
    counts.set(client, count + 1)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const left = counts.get(client)! - 1
      if (left === 0) counts.delete(client)
      else counts.set(client, left)
    }
  }
}
