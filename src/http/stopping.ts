import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { limits } from '../limits.ts'
import { nextTurn } from '../turn.ts'

/** The connections of a server, and its end, at which everything that was sent is answered. */
export interface Stopping {
  /** From then on each answer closes its connection. */
  readonly begun: boolean
  /** How many connections are open. */
  connections(): number
  /**
   * Accepts connections for a moment longer, answers everything that was sent, then resolves. Connections still busy after
   * `deadlineMs` are cut.
   */
  close(deadlineMs: number): Promise<void>
}

/** To be called once the server refuses connections that are too many. */
export function prepareStop(server: Server): Stopping {
  let begun = false
  let accepted = 0
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    accepted++
    if (socket.destroyed) return
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  return {
    get begun() {
      return begun
    },
    connections: () => sockets.size,
    async close(deadlineMs) {
      begun = true
      const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs)
      const lingerMs = Math.min(limits.idleLingerMs, deadlineMs / 2)
      await new Promise((resolve) => setTimeout(resolve, lingerMs))
      await acceptAll(deadlineMs / 2)
      // http's close() also cuts idle connections at once, and with them requests that are already on their way. net's only stops
      // listening.
      const closed = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
      // After reading what has arrived by then.
      const linger = setTimeout(() => setImmediate(closeIdle), lingerMs)
      await closed
      clearTimeout(deadline)
      clearTimeout(linger)
    },
  }

  /**
   * When a process stops listening, the kernel resets connections that are established but not yet accepted. Each turn of the
   * event loop accepts some, so after a turn without one there are none.
   */
  async function acceptAll(mostMs: number) {
    const until = performance.now() + mostMs
    for (let before = -1; before !== accepted && performance.now() < until; ) {
      before = accepted
      await nextTurn()
      await nextTurn()
    }
  }

  function closeIdle() {
    server.closeIdleConnections()
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }
}
