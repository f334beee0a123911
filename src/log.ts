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
  // Each line is copied at once: as strings that wait to be joined, its parts survive several collections of garbage (6 % of
  // what a GET of 100 tasks takes).
  let filling = Buffer.allocUnsafeSlow(limits.logBacklogBytes)
  let writing = Buffer.allocUnsafeSlow(limits.logBacklogBytes)
  let used = 0
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
    request: levels.indexOf('info') < threshold ? () => {} : requestLines(put),
    flush() {
      return new Promise((resolve) => {
        flushed = resolve
        send()
      })
    },
  }

  function put(line: string) {
    // A character takes three bytes at most.
    if (used + 3 * line.length > filling.length - droppedBytes) dropped++
    else used += filling.write(line, used)
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
    if (dropped > 0)
      used += filling.write(
        `${JSON.stringify({ time: now(), level: 'warn', msg: 'log lines dropped', dropped })}\n`,
        used,
      )
    dropped = 0
    if (used === 0) {
      const done = flushed
      flushed = undefined
      return done?.()
    }
    const bytes = filling.subarray(0, used)
    ;[filling, writing] = [writing, filling]
    used = 0
    busy = true
    output(bytes, () => {
      busy = false
      if (flushed !== undefined) send()
      else if (used > 0 && !scheduled) schedule()
    })
  }
}

/** Room for the line that tells how many were dropped. */
const droppedBytes = 128

/**
 * Makes the lines of requests by hand: a tenth of the time of JSON.stringify. Most are of the same millisecond, method, path and
 * status as the one before, and are made of the same parts. Ids and methods are tokens and need no escape.
 */
function requestLines(put: (line: string) => void): Log['request'] {
  let [time, start] = ['', '']
  let [method, target, status, middle] = ['', '', 0, '']
  return (id, ofMethod, ofTarget, ofStatus, ms, trace) => {
    if (now() !== time) {
      time = now()
      start = `{"time":"${time}","level":"info","msg":"request","id":"`
    }
    if (ofTarget !== target || ofStatus !== status || ofMethod !== method) {
      ;[method, target, status] = [ofMethod, ofTarget, ofStatus]
      middle = `","method":"${method}","path":${quote(pathOf(target))},"status":${status},"ms":`
    }
    const rounded = hundredths[(ms * 100 + 0.5) | 0] ?? ms.toFixed(2)
    put(`${start}${id}${middle}${rounded}${trace === undefined ? '' : `,"trace":"${trace}"`}}\n`)
  }
}

/** "0.00" to "9.99": looked up in a seventh of the time of toFixed. */
const hundredths = Array.from({ length: 1_000 }, (_, n) => (n / 100).toFixed(2))

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
