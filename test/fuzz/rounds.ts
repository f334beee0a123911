import { type Random, randomFrom } from '../helpers/random.ts'
import { dial, exchange } from '../helpers/wire.ts'
import { type Model, openModel } from './model.ts'
import { sendAll } from './pipeline.ts'
import { makeNonsense, makeRequest, type Request } from './requests.ts'

const batch = 128
/** After this many batches the tasks are deleted, so that lists stay short. */
const batchesUntilClear = 4

/** Sends one service's requests, and checks every reply and the tasks against the model. */
export async function modelRound(url: string, seed: number, count: number): Promise<void> {
  const sent: Request[] = []
  const model = openModel()
  const random = randomFrom(seed)
  const state = {}
  try {
    for (let number = 0; sent.length < count; number++) {
      const requests = makeBatch(random, model, number % batchesUntilClear === 0)
      // All of them: the cause may be a request without a response.
      sent.push(...requests)
      await sendAll(url, requests, model.check, state)
    }
  } catch (cause) {
    throw new FoundFault(`seed ${seed}, after ${sent.length} requests`, sent, { cause })
  }
}

/** Arbitrary bytes, each input on its own connection, which both sides close in the end. */
export async function nonsenseRound(url: string, seed: number, count: number): Promise<void> {
  let number = 0
  const lane = async () => {
    while (number < count) {
      const bytes = makeNonsense(randomFrom(seed * 1_000_003 + number++))
      using wire = await dial(url)
      wire.socket.end(bytes)
      const answers = await wire.closed()
      if (/^HTTP\/1\.1 5/m.test(answers))
        throw new Error(`seed ${seed}: ${JSON.stringify(bytes.toString('latin1'))} got ${answers}`)
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
  const { status } = await exchange(url, 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  if (status !== 200) throw new Error(`seed ${seed}: /readyz answers ${status}`)
}

/** With everything sent so far. */
export class FoundFault extends Error {
  readonly #sent: readonly Request[]

  constructor(message: string, sent: readonly Request[], options: ErrorOptions) {
    super(message, options)
    this.#sent = sent
  }

  get sent() {
    return this.#sent
  }
}

/** Whether these requests alone fail, on a new service. */
export async function showsFault(url: string, requests: readonly Request[]): Promise<boolean> {
  const model = openModel()
  try {
    for (let start = 0; start < requests.length; start += batch)
      await sendAll(url, requests.slice(start, start + batch), model.check, {})
    return false
  } catch {
    return true
  }
}

/** Fewer requests that still fail. `fails` tries them on a new service. */
export async function shrink(
  requests: readonly Request[],
  fails: (requests: readonly Request[]) => Promise<boolean>,
): Promise<readonly Request[]> {
  let least = requests
  for (let size = Math.ceil(least.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let start = 0; start < least.length; ) {
      const without = [...least.slice(0, start), ...least.slice(start + size)]
      if (without.length > 0 && (await fails(without))) least = without
      else start += size
    }
  return least
}

function makeBatch(random: Random, model: Model, clear: boolean): Request[] {
  const ids = Math.max(0, model.last - 35)
  const requests: Request[] = clear ? [markAll, clearCompleted, list] : []
  while (requests.length < batch) {
    const request = makeRequest(random, ids)
    requests.push(request)
    // These show which lists and tasks an import added, and the places of restored ones.
    if (request.target.startsWith('/import')) requests.push(lists, list)
  }
  requests.push(lists, list)
  return requests
}

const markAll = plain('PATCH', '/tasks', '{"done":true}')
const clearCompleted = plain('DELETE', '/tasks?done=true')
const list = plain('GET', '/tasks')
const lists = plain('GET', '/lists')

function plain(method: string, target: string, text?: string): Request {
  const body = text === undefined ? undefined : Buffer.from(text)
  const more = body ? `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` : ''
  const bytes = Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n${text ?? ''}`)
  return { method, target, fields: [['Host', 'a']], body, bytes }
}
