import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { limits } from '../limits.ts'
import { type Call, HttpError } from './message.ts'

/** The whole body. Rejects with 413 as soon as it is known to be too large, with 400 when the client breaks off. */
export function readBody(req: IncomingMessage, res: ServerResponse, mustContinue: boolean): Promise<Buffer> {
  if (Number(req.headers['content-length']) > limits.bodyBytes) return Promise.reject(tooLarge())
  if (mustContinue) res.writeContinue()
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.bodyBytes) reject(tooLarge())
      else chunks.push(chunk)
    })
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    req.on('error', () => reject(new HttpError(400, 'The body broke off')))
  })
}

/** The body as JSON, of one of these media types. Rejects with 400, 413 or 415; undefined when it is empty. */
export async function readJson(call: Call, ...mediaTypes: string[]): Promise<unknown> {
  if (!call.hasBody) return undefined
  if (!acceptable(call, mediaTypes)) {
    const names = mediaTypes.join(' or ')
    throw new HttpError(415, `Send the body as ${names}, in UTF-8 and without content coding`, [
      'Accept',
      names,
    ])
  }
  const bytes = await call.body()
  if (bytes.length === 0) return undefined
  if (!isUtf8(bytes)) throw new HttpError(400, 'The body is not UTF-8')
  try {
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new HttpError(400, `The body is not JSON: ${(error as Error).message}`)
  }
}

function acceptable({ headers }: Call, mediaTypes: readonly string[]): boolean {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return false
  const type = headers['content-type'] ?? ''
  if (mediaTypes.includes(type)) return true
  const [essence, ...parameters] = type.toLowerCase().split(';')
  if (!mediaTypes.includes(essence!.trim())) return false
  return parameters.every(
    (parameter) => !/^\s*charset\s*=/.test(parameter) || /^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(parameter),
  )
}

function tooLarge(): HttpError {
  return new HttpError(413, `The body is larger than ${limits.bodyBytes} bytes`)
}
