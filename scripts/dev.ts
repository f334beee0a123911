/** Development: serves the sources, and after each change of src/ or web/ builds what changed and restarts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const run = (...args: string[]) => [process.execPath, args, { cwd: root, stdio: 'inherit' as const }] as const

let server: ChildProcess | undefined
let webChanged = true
let scheduled: NodeJS.Timeout | undefined

for (const folder of ['src', 'web/src', 'web/public']) {
  watch(join(root, folder), { recursive: true }, () => {
    webChanged ||= folder !== 'src'
    clearTimeout(scheduled)
    scheduled = setTimeout(restart, 100)
  })
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    server?.kill()
    process.exit()
  })
await restart()

async function restart() {
  if (webChanged) spawnSync(...run('scripts/build.ts', 'web'))
  webChanged = false
  if (server?.exitCode === null) {
    server.kill()
    await once(server, 'exit')
  }
  const [command, args, options] = run('src/main.ts', 'serve')
  server = spawn(command, args, { ...options, env: { ...process.env, WEB_ROOT: 'web/dist' } })
}
