import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Request } from './requests.ts'

export interface Reply {
  readonly status: number
  readonly body: string
  /** Whether it closes the connection. */
  readonly close: boolean
}

/** Sends all of them pipelined, and those after a reply that closes the connection again. */
export async function sendAll(
  url: string,
  requests: readonly Request[],
  onReply: (request: Request, reply: Reply) => void,
  state: { socket?: Socket },
): Promise<void> {
  for (let next = 0; next < requests.length; ) {
    const socket = state.socket ?? (await open(url))
    state.socket = socket
    const from = next
    const closed = await new Promise<boolean>((resolve, reject) => {
      let received: Buffer = Buffer.alloc(0)
      const done = (ended: boolean) => {
        socket.removeAllListeners('data').removeAllListeners('close')
        resolve(ended)
      }
      socket.on('close', () =>
        next > from ? done(true) : reject(new Error(`no answer but ${JSON.stringify(received.toString())}`)),
      )
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
        let at = 0
        try {
          for (;;) {
            const request = requests[next]
            if (request === undefined) {
              if (at < received.length) throw new Error('an answer to nothing')
              return done(false)
            }
            const found = readReply(received, at, request.method === 'HEAD')
            if (found === undefined) break
            at = found.end
            if (found.status < 200) continue
            next++
            onReply(request, found)
            if (found.close) {
              socket.destroy()
              return done(true)
            }
          }
          received = received.subarray(at)
        } catch (error) {
          socket.destroy()
          reject(error)
        }
      })
      socket.write(Buffer.concat(requests.slice(next).map(({ bytes }) => bytes)))
    })
    if (closed) delete state.socket
  }
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  // A reset closes, too.
  socket.on('error', () => {})
  return socket
}

function readReply(bytes: Buffer, from: number, head: boolean): (Reply & { end: number }) | undefined {
  const end = bytes.indexOf('\r\n\r\n', from)
  if (end === -1) return undefined
  const text = bytes.toString('latin1', from, end)
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? Number.NaN)
  if (Number.isNaN(status)) throw new Error(`no reply but ${JSON.stringify(text.slice(0, 300))}`)
  const empty = head || status < 200 || status === 204 || status === 304
  const length = empty ? 0 : Number(/\r\nContent-Length: (\d+)/.exec(text)?.[1] ?? 0)
  const start = end + 4
  if (bytes.length < start + length) return undefined
  const body = bytes.toString('utf8', start, start + length)
  return { status, body, close: text.includes('\r\nConnection: close'), end: start + length }
}
