/** A client that returns status, headers and the raw bytes of the body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

export interface TaskBody {
  readonly id: number
  readonly title: string
  readonly done: boolean
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON, with the header that says so. */
  readonly json?: unknown
  /** Sent as it is. A string gets no media type. */
  readonly body?: string | Uint8Array<ArrayBuffer>
}

export type Client = (method: string, path: string, options?: CallOptions) => Promise<Answer>

export function client(url: string): Client {
  return async (method, path, { headers = {}, json, body } = {}) => {
    const bytes =
      json !== undefined
        ? JSON.stringify(json)
        : typeof body === 'string'
          ? new TextEncoder().encode(body)
          : body
    const response = await fetch(url + path, {
      method,
      headers: { ...(json !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(bytes !== undefined && { body: bytes }),
      redirect: 'manual',
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

export function parse<T>({ text }: Answer): T {
  return JSON.parse(text)
}

/** Creates a task and returns it. */
export async function create(call: Client, title: string): Promise<TaskBody> {
  return parse(await call('POST', '/tasks', { json: { title } }))
}

/** All tasks. */
export async function listAll(call: Client): Promise<TaskBody[]> {
  return parse(await call('GET', '/tasks'))
}

/** The query of the next page, or undefined after the last. */
export function nextOf({ headers }: Answer): string | undefined {
  return /^<(\?[^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
}

/** Deletes every task. */
export async function clear(call: Client): Promise<void> {
  await call('PATCH', '/tasks', { json: { done: true } })
  await call('DELETE', '/tasks?done=true')
}
