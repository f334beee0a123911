import { access } from 'node:fs'
import { describe } from '../api/errors.ts'
import { startApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { limits } from '../limits.ts'
import { type Log, openLog } from '../log.ts'

export const usage = `serve
  Serves until SIGTERM, SIGINT, SIGHUP or SIGQUIT, and answers what is under way. A second signal ends it at once.`
export const operands = 0

/** Time reserved at shutdown for closing the database, after the last connections are cut. */
const reserveMs = 500

export async function run(): Promise<number> {
  for (const name of ['DURABLE_DIR', 'BACKUP_DIR', 'WEB_ROOT']) await refuseHanging(name, process.env[name])
  const config = readConfig(process.env)
  const log = openLog(config.logLevel)
  process.once('uncaughtException', (error) => {
    log.error('the program failed and ends', { error: describe(error) })
    endWith(1, log)
  })
  // Without a listener Node.js would open its inspector.
  process.on('SIGUSR1', () => {})

  const app = await startApp(config, log, (reason) => {
    log.error(reason)
    endWith(1, log)
  })
  log.info('listening', {
    url: app.url,
    metrics: app.metricsUrl,
    database: app.database,
    pid: process.pid,
    node: process.version,
  })

  const signal = await nextSignal()
  const deadlineMs = config.shutdownSeconds * 1_000
  const deadline = setTimeout(() => endBy('SIGKILL'), deadlineMs).unref()
  void nextSignal().then(endBy)
  log.info('stopping', { signal })
  const lost = await app.close(Math.max(0, deadlineMs - reserveMs))
  if (lost) log.error(lost)
  else log.info('stopped')
  // The reader of the log may have stopped reading.
  const flushed = await Promise.race([log.flush().then(() => true), patience(reserveMs)])
  clearTimeout(deadline)
  const code = lost ? 1 : 0
  if (!flushed) process.exit(code)
  return code
}

/** The signals that stop the service. Windows has SIGINT, SIGBREAK and, when a console closes, SIGHUP. */
const stopSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK'] as const

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of stopSignals) process.once(signal, resolve)
  })
}

/** A share that hangs would block reading the settings forever, without a message. */
async function refuseHanging(name: string, folder: string | undefined) {
  if (!folder) return
  const answered = new Promise((resolve) => access(folder, () => resolve(true)))
  if (await Promise.race([answered, patience(limits.folderMs)])) return
  process.stderr.write(
    `taskapp: Cannot use ${name} "${folder}": it does not answer within ${limits.folderMs / 1_000} s; see whether the share that is mounted there can be reached\n`,
  )
  endBy('SIGKILL')
}

/** Resolves with false after that time. */
function patience(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false).unref())
}

function endWith(code: number, log: Log) {
  void Promise.race([log.flush(), patience(reserveMs)]).then(() => process.exit(code))
}

/**
 * Ends the process by the default action of a signal. process.exit() would wait for threads, and one may hang in a
 * system call on a share that does not answer. The first process of a container ignores signals from within.
 */
function endBy(signal: NodeJS.Signals) {
  process.removeAllListeners(signal)
  // On Windows, where Node.js emulates signals, only SIGKILL ends a process at once.
  process.kill(process.pid, process.platform === 'win32' ? 'SIGKILL' : signal)
  process.exit(1)
}
