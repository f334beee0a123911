import { rmSync } from 'node:fs'
import { limits } from './limits.ts'
import type { Job } from './storage/job.ts'
import { startJob } from './storage/jobs.ts'

/**
 * Runs a command's work and shows its progress on standard error: on a terminal in one line that is rewritten, elsewhere in a line
 * every few seconds. A signal ends it at once, and incomplete files are removed.
 */
export async function runJob(job: Job): Promise<unknown> {
  const { stderr, stdout } = process
  const scratch = new Set<string>()
  const began = performance.now()
  let doing: string | undefined
  const show = () => {
    const seconds = Math.floor((performance.now() - began) / 1_000)
    if (doing !== undefined)
      stderr.write(stderr.isTTY ? `\r\x1b[K${doing}, ${seconds} s` : `${doing}, ${seconds} s\n`)
  }
  const clear = () => {
    if (stderr.isTTY && doing !== undefined) stderr.write('\r\x1b[K')
  }
  let interrupted = false
  const running = await startJob(job, (message) => {
    if ('scratch' in message) scratch.add(message.scratch)
    if ('progress' in message) doing = message.progress
    if ('line' in message) {
      clear()
      doing = undefined
      stdout.write(`${message.line}\n`)
    }
  })
  const timer = setInterval(show, stderr.isTTY ? limits.progressDrawMs : limits.progressMs)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const end = async (signal: NodeJS.Signals) => {
    // The thread's pending messages arrive in the next turns of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
    // Before it opens another file. A temporary file that SQLite has open is removed with the process.
    interrupted = true
    await Promise.race([running.stop(), new Promise((resolve) => setTimeout(resolve, limits.interruptMs))])
    clear()
    for (const path of scratch) removeScratch(path)
    stderr.write('taskapp: interrupted\n')
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  }
  for (const signal of signals) process.once(signal, end)
  try {
    return await running.result
  } catch (error) {
    if (interrupted) return await new Promise(() => {})
    throw error
  } finally {
    clearInterval(timer)
    clear()
    for (const signal of signals) process.removeListener(signal, end)
  }
}

/** Also removes SQLite's files beside it. */
function removeScratch(path: string) {
  for (const suffix of ['', '-wal', '-shm', '-journal'])
    rmSync(path + suffix, { recursive: true, force: true })
}
