/** Loaded into a server: at SIGUSR2 it logs the longest event loop delay since the last signal. */
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
let count = 0
process.on('SIGUSR2', () => {
  process.stdout.write(
    `${JSON.stringify({ level: 'info', msg: 'held', ms: delay.max / 1e6, count: ++count })}\n`,
  )
  delay.reset()
})
