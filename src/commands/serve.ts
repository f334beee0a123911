import { describe } from '../api/errors.ts'
import { startApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { openLog } from '../log.ts'

/** Time kept back at a stop for closing the database, once the last connections are cut. */
const reserveMs = 500

/** Serves until SIGTERM or SIGINT. */
export async function run(): Promise<number> {
  const config = readConfig(process.env)
  const log = openLog(config.logLevel)
  process.once('uncaughtException', (error) => {
    log.error('the program failed and ends', { error: describe(error) })
    void log.flush().then(() => process.exit(1))
  })

  const app = await startApp(config, log)
  log.info('listening', { url: app.url, metrics: app.metricsUrl, pid: process.pid, node: process.version })

  const signal = await nextSignal()
  const deadlineMs = config.shutdownSeconds * 1_000
  log.info('stopping', { signal })
  setTimeout(() => process.exit(1), deadlineMs).unref()
  void nextSignal().then(() => process.exit(1))
  await app.close(Math.max(0, deadlineMs - reserveMs))
  log.info('stopped')
  await log.flush()
  return 0
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}
