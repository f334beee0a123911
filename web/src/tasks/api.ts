/** The only module that sends requests to the API. */

import { t } from '../words/words.ts'
import { parseEvents, type ServerEvent } from './events.ts'
import type { Request } from './requests.ts'
import { type Task, type TaskJson, taskOf } from './task.ts'

/**
 * Reachability of the server: it responds; it is slow, as while waking; it does not respond; it requires signing in; or it does not
 * serve this host name.
 */
export type Reach = 'good' | 'slow' | 'none' | 'unknown' | 'misdirected'

export interface Api {
  /** All tasks. `firstPage` is called before the rest of a long list arrives. */
  list(firstPage?: (tasks: Task[]) => void): Promise<Task[]>
  find(id: number): Promise<Task | undefined>
  send(request: Request): Promise<Answer>
  /** Opens the event stream, starting after the event with this id. */
  events(lastEventId: string | undefined, signal: AbortSignal): Promise<AsyncIterable<ServerEvent>>
}

/** The result of a change: a task, the number of tasks changed, or nothing. */
export type Answer = Task | number | undefined

/** A failed request. */
export class RequestFailed extends Error {
  /** The status; 0 without a response. */
  readonly status: number
  readonly retryAfterMs: number

  constructor(status: number, message: string, retryAfterMs = 0) {
    super(message)
    this.status = status
    this.retryAfterMs = retryAfterMs
  }

  /** Whether a retry of the same request may succeed. */
  get isPassing(): boolean {
    return this.status === 0 || (this.status >= 500 && this.status !== 507) || passing.includes(this.status)
  }
}

/** The request itself is valid: the failure concerns timing, the session or the host name. */
const passing: readonly number[] = [401, 408, 421, 425, 429]
/** Response timeout: as long as a sleeping server may take to wake. */
const patienceMs = 60_000
/** The delay after which the page says that it is waiting. */
const slowMs = 1_500
/** The server sends a comment every 15 s. */
const silenceMs = 40_000

/** `base`: where the API is. `reached` is called whenever the reachability of the server changes. */
export function createApi(
  base: string,
  reached: (reach: Reach) => void = () => {},
  send: typeof fetch = (url, init) => fetch(url, init),
): Api {
  let slow = 0
  let reach: Reach = 'good'

  return {
    async list(firstPage) {
      const tasks: Task[] = []
      // Paginated, so that the first page can be rendered before the rest arrives.
      const first = `${base}/tasks?view=full&limit=1000`
      let url: string | undefined = first
      while (url !== undefined) {
        const response = await request('GET', url)
        for (const json of await read<TaskJson[]>(response)) tasks.push(taskOf(json))
        const next: string | undefined = /^<([^<>]*)>; rel="next"/.exec(
          response.headers.get('Link') ?? '',
        )?.[1]
        if (next !== undefined && url === first) firstPage?.([...tasks])
        url = next === undefined ? undefined : new URL(next, response.url).href
      }
      return tasks
    },
    async find(id) {
      try {
        return taskOf(await read(await request('GET', `${base}/tasks/${id}?view=full`)))
      } catch (error) {
        if (error instanceof RequestFailed && error.status === 404) return undefined
        throw error
      }
    },
    async send({ method, path, body, headers }) {
      const response = await request(method, base + path, body, headers)
      if (response.status === 204) return undefined
      const json = await read<TaskJson | { readonly changed: number }>(response)
      if ('changed' in json) return json.changed
      return taskOf(json, Number(response.headers.get('ETag')?.slice(1, -1)))
    },
    async events(lastEventId, signal) {
      const headers: Record<string, string> =
        lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }
      const response = await request('GET', `${base}/events`, undefined, headers, signal)
      return parseEvents(response.body!, silenceMs)
    },
  }

  async function request(
    method: string,
    url: string,
    body?: object,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    let isSlow = false
    const wait = setTimeout(() => {
      isSlow = true
      slow++
      tell('slow')
    }, slowMs)
    const tooLong = new AbortController()
    const limit = setTimeout(() => tooLong.abort(), patienceMs)
    try {
      const response = await send(url, {
        method,
        headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, tooLong.signal]) : tooLong.signal,
      })
      if (isSlow) slow--
      isSlow = false
      tell(response.status >= 502 && response.status <= 504 ? 'slow' : slow > 0 ? 'slow' : 'good')
      if (response.status === 401) tell('unknown')
      if (response.status === 421) tell('misdirected')
      if (response.ok) return response
      throw new RequestFailed(response.status, await reason(response), retryAfter(response))
    } catch (error) {
      if (isSlow) slow--
      if (error instanceof RequestFailed) throw error
      if (!signal?.aborted) tell('none')
      throw new RequestFailed(0, 'no answer')
    } finally {
      clearTimeout(wait)
      clearTimeout(limit)
    }
  }

  function tell(now: Reach) {
    if (now === reach) return
    reach = now
    reached(now)
  }
}

async function read<T>(response: Response): Promise<T> {
  try {
    return await response.json()
  } catch {
    // Truncated, or from a middlebox: the sign-in page of a hotel answers 200 to everything.
    throw new RequestFailed(0, 'not an answer of the server, or not all of it')
  }
}

async function reason(response: Response): Promise<string> {
  if (response.status === 507) return t.noRoom
  try {
    const { errors, detail } = await response.json()
    return errors ? `${errors[0].pointer.slice(2)} ${errors[0].detail}` : String(detail)
  } catch {
    return String(response.status)
  }
}

function retryAfter(response: Response): number {
  return 1_000 * (Number(response.headers.get('Retry-After')) || 0)
}
