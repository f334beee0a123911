import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { limits } from '../limits.ts'
import { type Call, HttpError } from './message.ts'

/** Time limits for clients, in milliseconds, and rates in bytes per second; `limits` explains each. */
export type Patience = Readonly<
  Record<
    | 'headersTimeoutMs'
    | 'requestTimeoutMs'
    | 'timeoutCheckMs'
    | 'stalledMs'
    | 'leastRate'
    | 'bodyMs'
    | 'answerMs',
    number
  >
>

/** The time allowed for so many bytes of a long body. */
export function timeFor(bytes: number, { requestTimeoutMs, leastRate, bodyMs }: Patience): number {
  return Math.min(bodyMs, requestTimeoutMs + (bytes * 1_000) / leastRate)
}

/** The whole body. Rejects with 413 as soon as it is known to be too large, and with 400 if the client aborts. */
export function readBody(req: IncomingMessage, res: ServerResponse, mustContinue: boolean): Promise<Buffer> {
  if (Number(req.headers['content-length']) > limits.bodyBytes)
    return Promise.reject(tooLarge(limits.bodyBytes))
  if (mustContinue) res.writeContinue()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.bodyBytes) reject(tooLarge(limits.bodyBytes))
      else chunks.push(chunk)
    })
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    req.on('error', () => reject(new HttpError(400, 'The body broke off')))
  })
}

/** The body as it arrives. Waits as long as the client keeps its rate; time spent by the consumer does not count. */
export async function* streamBody(
  req: IncomingMessage,
  mostBytes: number,
  patience: Patience,
): AsyncGenerator<Buffer> {
  if (Number(req.headers['content-length']) > mostBytes) throw tooLarge(mostBytes)
  // Not destroyed at the end: the rest is drained like that of any request, so that the answer can still be sent.
  const chunks = req.iterator({ destroyOnReturn: false })
  let size = 0
  let waited = 0
  try {
    for (;;) {
      const began = performance.now()
      const { done, value } = await inTime(
        chunks.next(),
        Math.min(patience.requestTimeoutMs, timeFor(size, patience) - waited),
      )
      if (done) return
      waited += performance.now() - began
      size += value.length
      if (size > mostBytes) throw tooLarge(mostBytes)
      yield value
    }
  } finally {
    // While the iterator listens, nothing else can drain the rest. Not awaited: that would wait for data that may never come.
    void chunks.return?.()
  }
}

async function inTime<T>(chunk: Promise<T>, mostMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new HttpError(408, 'The body came too slowly, or stopped')),
    mostMs,
  )
  try {
    return await Promise.race([chunk, late.promise])
  } catch (error) {
    throw error instanceof HttpError ? error : new HttpError(400, 'The body broke off')
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The body as JSON, in one of these media types. Rejects with 400, 413 or 415. Undefined if there is no body and no
 * Content-Type. Of duplicate members the last one counts.
 */
export async function readJson(call: Call, mediaTypes: readonly string[]): Promise<unknown> {
  const { 'content-type': type, 'transfer-encoding': chunked } = call.headers
  if (!call.hasBody) return nothing(type)
  // Whether a chunked body is empty is known only at its end: an empty one needs no type.
  const untyped = type === undefined && chunked !== undefined
  if (!untyped) mediaTypeOf(call, mediaTypes)
  const bytes = await call.body()
  if (bytes.length === 0) return nothing(type)
  if (untyped) mediaTypeOf(call, mediaTypes)
  if (!isUtf8(bytes)) throw new HttpError(400, 'The body is not UTF-8')
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}`)
  }
}

/** A client that names a type meant to send content, which was lost on the way. */
function nothing(type: string | undefined): undefined {
  if (type !== undefined) throw new HttpError(400, `The body of type ${type.slice(0, 100)} is missing`)
}

/** The media type of the body, one of these. Throws `HttpError` 415 that lists them (RFC 9110, section 15.5.16). */
export function mediaTypeOf({ method, headers }: Call, mediaTypes: readonly string[]): string {
  const type = headers['content-type'] ?? ''
  const encoding = headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') {
    if (mediaTypes.includes(type)) return type
    const [essence, ...parameters] = type.toLowerCase().split(';')
    const utf8 = parameters.every(
      (parameter) => !/^\s*charset\s*=/.test(parameter) || /^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(parameter),
    )
    if (utf8 && mediaTypes.includes(essence!.trim())) return essence!.trim()
  }
  const names = mediaTypes.join(', ')
  const coded = encoding !== undefined && encoding !== 'identity'
  throw new HttpError(
    415,
    `Send the body as ${mediaTypes.join(' or ')}, in UTF-8 and without content coding`,
    coded
      ? ['Accept-Encoding', 'identity']
      : ['Accept', names, ...(method === 'PATCH' ? ['Accept-Patch', names] : [])],
  )
}

function tooLarge(mostBytes: number): HttpError {
  return new HttpError(413, `The body is larger than ${mostBytes} bytes`)
}
