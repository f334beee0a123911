/**
 * `npm run dev`: serves the sources, and after each change builds the page if it has changed, and starts the server
 * anew. A page that does not compile leaves the last good one in place.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join, sep } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Long enough for an editor to write all that it saves at once. */
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

/** One after the other: what changes meanwhile is for the next. */
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
    // Out of the terminal's group: Ctrl+C would reach the server twice, and a second signal ends it without a stop.
    // Windows, which knows no such signals, would open a window.
    detached: process.platform !== 'win32',
    env: { WEB_ROOT: 'web/dist', ...process.env },
  })
}
