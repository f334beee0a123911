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
// Windows has no SIGTERM and ends both; a terminal sends SIGINT to the server as well.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const)
  process.once(signal, () => {
    server?.kill()
    process.exit()
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
  if (server && server.exitCode === null && server.signalCode === null) {
    server.kill()
    await once(server, 'exit')
  }
  server = run('src/main.ts', 'serve')
}

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { WEB_ROOT: 'web/dist', ...process.env },
  })
}
