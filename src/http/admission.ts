import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'

export interface Admission {
  /** The most connections. */
  readonly most: number
  /** Whether the connection's peer may have one more; if not, closes it. */
  admit(socket: Socket): boolean
}

export function openAdmission(): Admission {
  const most = mostConnections()
  const perAddress = new Map<string, number>()

  return {
    most,
    admit(socket) {
      const { remoteAddress = '' } = socket
      const count = (perAddress.get(remoteAddress) ?? 0) + 1
      if (count > most * limits.connectionsOfOne) {
        socket.destroy()
        return false
      }
      perAddress.set(remoteAddress, count)
      socket.once('close', () => {
        const left = perAddress.get(remoteAddress)! - 1
        if (left === 0) perAddress.delete(remoteAddress)
        else perAddress.set(remoteAddress, left)
      })
      return true
    },
  }
}

/** Each takes a file descriptor, and the database needs some too. Only Linux tells how many there are. */
function mostConnections(): number {
  try {
    const [, files] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Math.min(limits.connections, Math.floor(Number(files ?? Infinity) * 0.9))
  } catch {
    return limits.connections
  }
}
