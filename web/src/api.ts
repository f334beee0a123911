/** The only place that talks to the server. */

export interface Task {
  readonly id: number
  readonly title: string
  readonly done: boolean
}

export interface Api {
  list(): Promise<Task[]>
  /** Creates one task for each key, however often it is asked to. */
  create(title: string, key: string): Promise<Task>
  change(id: number, change: { title?: string; done?: boolean }): Promise<Task>
  remove(id: number): Promise<void>
  markAll(done: boolean): Promise<void>
  removeCompleted(): Promise<void>
}

/** A request that did not do what it should. `message` is for the user; `status` is 0 without an answer. */
export class RequestFailed extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** How long an answer may take: as long as a sleeping server may need to wake. */
const patienceMs = 60_000

export const api: Api = {
  async list() {
    const tasks: Task[] = []
    let url: string | undefined = '/api/tasks'
    while (url !== undefined) {
      const response: Response = await request('GET', url)
      tasks.push(...(await read<Task[]>(response)))
      const next = /<([^>]*)>;\s*rel="next"/.exec(response.headers.get('Link') ?? '')?.[1]
      url = next === undefined ? undefined : new URL(next, response.url).href
    }
    return tasks
  },
  create: async (title, key) =>
    read(await request('POST', '/api/tasks', { title }, { 'Idempotency-Key': key })),
  change: async (id, change) => read(await request('PATCH', `/api/tasks/${id}`, change)),
  remove: async (id) => void (await request('DELETE', `/api/tasks/${id}`)),
  markAll: async (done) => void (await request('PATCH', '/api/tasks', { done })),
  removeCompleted: async () => void (await request('DELETE', '/api/tasks?done=true')),
}

async function request(
  method: string,
  url: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(patienceMs),
      ...(body && {
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
  } catch {
    throw new RequestFailed(0, 'The server cannot be reached.')
  }
  if (response.ok) return response
  throw new RequestFailed(response.status, await reason(response))
}

async function read<T>(response: Response): Promise<T> {
  try {
    return await response.json()
  } catch {
    // Cut off on its way, or from somebody in between: a hotel's sign-in page answers 200 to everything.
    throw new RequestFailed(0, 'The answer did not come from the server, or not all of it.')
  }
}

async function reason(response: Response): Promise<string> {
  if (response.status >= 500) return 'The server is not available right now.'
  try {
    const { errors, detail } = await response.json()
    return errors ? `The title ${errors[0].detail}.` : `${detail}.`
  } catch {
    return `The server said no (${response.status}).`
  }
}
