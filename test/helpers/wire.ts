import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface WireReply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** A raw connection: the test sends every byte itself. */
export interface Wire extends Disposable {
  readonly socket: Socket
  send(bytes: string | Uint8Array): void
  /** The next response. Rejects if the server closes before it is complete. */
  reply(options?: { head?: boolean }): Promise<WireReply>
  /** Resolves when the server has closed, with the bytes not consumed by `reply`. */
  closed(): Promise<string>
}

/** `localAddress`: another address of this machine, to act as another client. */
export async function dial(url: string, localAddress?: string): Promise<Wire> {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, ...(localAddress && { localAddress }) })
  await once(socket, 'connect')
  let received: Buffer = Buffer.alloc(0)
  let over = false
  let look = () => {}
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    look()
  })
  socket.on('close', () => {
    over = true
    look()
  })
  // A reset is a way to close; `close` follows.
  socket.on('error', () => {})

  /** Resolves with what `take` returns, as soon as it returns something. */
  function until<T>(take: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      look = () => {
        const taken = take()
        if (taken !== undefined) resolve(taken)
        else if (over) reject(new Error(`the server closed after ${JSON.stringify(received.toString())}`))
      }
      look()
    })
  }

  return {
    socket,
    send(bytes) {
      socket.write(bytes)
    },
    reply({ head = false } = {}) {
      return until(() => {
        const reply = readReply(received, head)
        if (reply) received = received.subarray(reply.size)
        return reply
      })
    },
    closed() {
      return until(() => (over ? received.toString() : undefined))
    },
    [Symbol.dispose]() {
      socket.destroy()
    },
  }
}

/**
 * Opens many connections, and calls a function for each. A few at a time: macOS and Windows have short
 * accept backlogs.
 */
export async function dialMany(
  url: string,
  count: number,
  use: (wire: Wire, index: number) => Promise<void> | void,
): Promise<Wire[]> {
  const wires: Wire[] = []
  while (wires.length < count) {
    const some = Math.min(100, count - wires.length)
    const more = await Promise.all(Array.from({ length: some }, () => dial(url)))
    const from = wires.length
    wires.push(...more)
    await Promise.all(more.map((wire, index) => use(wire, from + index)))
  }
  return wires
}

/** Sends bytes on a new connection and resolves with the first response other than 1xx. */
export async function exchange(url: string, bytes: string | Uint8Array): Promise<WireReply> {
  using wire = await dial(url)
  wire.send(bytes)
  for (;;) {
    const reply = await wire.reply()
    if (reply.status >= 200) return reply
  }
}

/** The first complete reply in the bytes and how many of them it takes. Our replies all carry Content-Length. */
function readReply(bytes: Buffer, head: boolean): (WireReply & { size: number }) | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [statusLine, ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine!)?.[1])
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
  const length =
    head || status < 200 || status === 204 || status === 304 ? 0 : Number(headers.get('content-length'))
  const size = end + 4 + length
  if (bytes.length < size) return undefined
  return { status, headers, body: bytes.subarray(end + 4, size).toString(), size }
}
