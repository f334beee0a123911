/**
 * `npm run dev`: serves the sources, and after each change rebuilds the page if necessary and restarts the
 * server. A page that does not compile leaves the last good one in place.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join, sep } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Debounce delay: long enough for an editor to save several files. */
const quietMs = 50

let server: ChildProcess | undefined
let changed = new Set(['web', 'src'])
let timer: NodeJS.Timeout | undefined
let underWay = Promise.resolve()

for (const folder of ['src', 'web'])
  watch(join(root, folder), { recursive: true }, (_, name) => {
    if (name?.startsWith(`dist${sep}`) || name === 'dist') return
    changed.add(folder)
    clearTimeout(timer)
    timer = setTimeout(refresh, quietMs)
  })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const)
  process.on(signal, () => {
    if (!isRunning(server)) process.exit()
    server.once('exit', () => process.exit())
    server.kill()
  })
refresh()

/** Serialized: changes during a run trigger the next one. */
function refresh() {
  underWay = underWay.then(async () => {
    const now = changed
    changed = new Set()
    if (now.has('web')) await once(run('scripts/build.ts', 'web'), 'exit')
    if (now.size > 0) await restart()
  })
}

async function restart() {
  if (isRunning(server)) {
    server.kill()
    await once(server, 'exit')
  }
  server = run('src/main.ts', 'serve')
}

function isRunning(child: ChildProcess | undefined): child is ChildProcess {
  return child !== undefined && child.exitCode === null && child.signalCode === null
}

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    // Outside the terminal's process group: Ctrl+C would reach the server twice, and a second signal kills it.
    // Windows has no such signals, and would open a window.
    detached: process.platform !== 'win32',
    env: { WEB_ROOT: 'web/dist', ...process.env },
  })
}
