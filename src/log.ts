import { constants, fstatSync, openSync, write } from 'node:fs'
import { Socket } from 'node:net'
import { limits } from './limits.ts'

export const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type Level = (typeof levels)[number]
export type Fields = Readonly<Record<string, unknown>>

/** Structured logs: a JSON object a line. Callers put no title, token or address of a client in them. */
export interface Log {
  debug(msg: string, fields?: Fields): void
  info(msg: string, fields?: Fields): void
  warn(msg: string, fields?: Fields): void
  error(msg: string, fields?: Fields): void
  /** One line for one request, at level info. `trace`: the id of the trace that it is a part of. */
  request(id: string, method: string, target: string, status: number, ms: number, trace?: string): void
  /** Resolves when all lines are written. For the end of the process. */
  flush(): Promise<void>
}

/**
 * Logs to a file descriptor, 1 being standard output. Lines are written together and off the event loop:
 * writing each by itself costs more than the request it tells of. A reader that does not keep up
 * loses lines, which are counted, rather than stopping the service.
 */
export function openLog(level: Level, fd = 1): Log {
  const output = openOutput(fd)
  const threshold = levels.indexOf(level)
  const encoder = new TextEncoder()
  // One buffer for all writes: a new one for each would be new pages for each.
  const bytes = new Uint8Array(limits.logWriteBytes)
  let waiting = ''
  let dropped = 0
  let scheduled = false
  let busy = false
  /** Once set, the end of the process waits for what waits. */
  let flushed: (() => void) | undefined

  const at = (name: Level) =>
    levels.indexOf(name) < threshold
      ? () => {}
      : (msg: string, fields?: Fields) =>
          put(`${JSON.stringify({ time: now(), level: name, msg, ...fields })}\n`)

  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    request:
      levels.indexOf('info') < threshold
        ? () => {}
        : (id, method, target, status, ms, trace) =>
            // By hand: a quarter of the time of JSON.stringify. Ids and method are tokens and need no escape.
            put(
              `{"time":"${now()}","level":"info","msg":"request","id":"${id}","method":"${method}","path":${quote(pathOf(target))},"status":${status},"ms":${ms.toFixed(2)}${trace === undefined ? '' : `,"trace":"${trace}"`}}\n`,
            ),
    flush() {
      return new Promise((resolve) => {
        flushed = resolve
        send()
      })
    },
  }

  function put(line: string) {
    if (waiting.length > limits.logBacklogChars) {
      dropped++
      return
    }
    waiting += line
    if (!scheduled) schedule()
  }

  function schedule() {
    scheduled = true
    setTimeout(() => {
      scheduled = false
      send()
    }, limits.logDelayMs)
  }

  function send() {
    if (busy) return
    if (waiting === '') {
      const done = flushed
      flushed = undefined
      return done?.()
    }
    if (dropped > 0)
      waiting += `${JSON.stringify({ time: now(), level: 'warn', msg: 'log lines dropped', dropped })}\n`
    dropped = 0
    const { read, written } = encoder.encodeInto(waiting, bytes)
    waiting = waiting.slice(read)
    busy = true
    output(bytes.subarray(0, written), () => {
      busy = false
      if (flushed !== undefined || waiting.length > bytes.length) send()
      else if (waiting !== '' && !scheduled) schedule()
    })
  }
}

/** Writes, and calls back when all is written or cannot be. */
type Output = (bytes: Uint8Array, done: () => void) => void

/**
 * An output on which no write blocks: a thread that waits for a reader who has stopped reading would keep the process
 * from ending. Files never make one wait for long.
 */
function openOutput(fd: number): Output {
  try {
    const file = fstatSync(fd)
    if (file.isFIFO() || file.isCharacterDevice()) return toFile(reopen(fd) ?? fd)
    if (file.isSocket()) return toSocket(fd)
  } catch {
    // Not open: what is written is lost.
  }
  return toFile(fd)
}

/** A pipe or terminal under a descriptor of our own that does not block; others that write there are not affected. Linux only. */
function reopen(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

function toSocket(fd: number): Output {
  const socket = new Socket({ fd, readable: false, writable: true })
  // Each write hears of it, too.
  socket.on('error', () => {})
  return (bytes, done) => void socket.write(bytes, () => done())
}

function toFile(fd: number): Output {
  return (bytes, done) => writeAll(fd, bytes, done)
}

/** Calls back when all is written or cannot be. */
function writeAll(fd: number, bytes: Uint8Array, done: () => void) {
  write(fd, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(writeAll, 10, fd, bytes, done)
    else if (error || written === bytes.length) done()
    else writeAll(fd, bytes.subarray(written), done)
  })
}

/** The path without its query, which may hold what somebody searched for. */
function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

function quote(text: string): string {
  return /^[\w/.-]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

let lastMs = 0
let lastTime = ''

/** RFC 3339 in UTC; formatted once a millisecond. */
function now(): string {
  const ms = Date.now()
  if (ms !== lastMs) {
    lastMs = ms
    lastTime = new Date(ms).toISOString()
  }
  return lastTime
}
