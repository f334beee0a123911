import { constants, fstatSync, openSync, write } from 'node:fs'
import { Socket } from 'node:net'
import { limits } from './limits.ts'

export const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type Level = (typeof levels)[number]
export type Fields = Readonly<Record<string, unknown>>

/** Structured logs: one JSON object per line. Callers never log a title, a token or a client's address. */
export interface Log {
  debug(msg: string, fields?: Fields): void
  info(msg: string, fields?: Fields): void
  warn(msg: string, fields?: Fields): void
  error(msg: string, fields?: Fields): void
  /** One line per request, at level info. `trace`: the trace id, if the request has one. */
  request(id: string, method: string, target: string, status: number, ms: number, trace?: string): void
  /** Resolves once all lines are written. For the end of the process. */
  flush(): Promise<void>
}

/**
 * Logs to a file descriptor, standard output by default. Lines are written in batches and off the event loop: one write per line
 * would cost more than the request. A reader that does not keep up loses lines, which are counted, instead of stalling the
 * service.
 */
export function openLog(level: Level, fd = 1): Log {
  const output = openOutput(fd)
  const threshold = levels.indexOf(level)
  // Each line is copied into a buffer at once: kept as strings to be joined later, its parts survive several garbage collections
  // (6 % of the cost of GET /tasks with 100 tasks).
  let filling = Buffer.allocUnsafeSlow(limits.logBacklogBytes)
  let writing = Buffer.allocUnsafeSlow(limits.logBacklogBytes)
  let used = 0
  let dropped = 0
  let scheduled = false
  let busy = false
  /** Set once the process ends: called when everything is written. */
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
    // A UTF-16 code unit takes at most three bytes.
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

/** Room for the line that tells how many lines were dropped. */
const droppedBytes = 128

/**
 * Formats request lines by hand, in a tenth of the time of JSON.stringify. Most have the millisecond, method, path and status of
 * the line before and reuse its parts. Ids and methods are tokens and need no escaping.
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
    put(`${start}${id}${middle}${rounded(ms)}${trace === undefined ? '' : `,"trace":"${trace}"`}}\n`)
  }
}

/** To two digits: a lookup takes a seventh of the time of toFixed. */
function rounded(ms: number): string {
  if (ms >= 10) return ms.toFixed(2)
  const hundredths = (ms * 100 + 0.5) | 0
  texts[hundredths] ??= (hundredths / 100).toFixed(2)
  return texts[hundredths]
}

const texts: (string | undefined)[] = []

/** Writes, and calls back once everything is written or nothing more can be. */
type Output = (bytes: Uint8Array, done: () => void) => void

/**
 * An output whose writes never block: a thread stuck on a reader that stopped reading would keep the process from exiting. Files
 * never block for long.
 */
function openOutput(fd: number): Output {
  try {
    const file = fstatSync(fd)
    if (file.isFIFO() || file.isCharacterDevice()) return toFile(reopen(fd) ?? fd)
    if (file.isSocket()) return toSocket(fd)
  } catch {
    // The descriptor is not open: output is lost.
  }
  return toFile(fd)
}

/** Opens the pipe or terminal again, non-blocking, under a descriptor of our own: other writers are not affected. Linux only. */
function reopen(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
}

function toSocket(fd: number): Output {
  const socket = new Socket({ fd, readable: false, writable: true })
  // Each write's callback gets the error, too.
  socket.on('error', () => {})
  return (bytes, done) => void socket.write(bytes, () => done())
}

function toFile(fd: number): Output {
  return (bytes, done) => writeAll(fd, bytes, done)
}

/** Calls back once everything is written or nothing more can be. */
function writeAll(fd: number, bytes: Uint8Array, done: () => void) {
  write(fd, bytes, (error, written) => {
    if (error?.code === 'EAGAIN') setTimeout(writeAll, 10, fd, bytes, done)
    else if (error || written === bytes.length) done()
    else writeAll(fd, bytes.subarray(written), done)
  })
}

/** The path without the query, which may contain a search text. */
function pathOf(target: string): string {
  const end = target.indexOf('?')
  return end === -1 ? target : target.slice(0, end)
}

function quote(text: string): string {
  return /^[\w/.-]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

let lastMs = 0
let lastTime = ''

/** RFC 3339 in UTC, formatted once per millisecond. */
function now(): string {
  const ms = Date.now()
  if (ms !== lastMs) {
    lastMs = ms
    lastTime = new Date(ms).toISOString()
  }
  return lastTime
}
