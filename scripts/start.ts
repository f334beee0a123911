/** `npm start`: builds, then serves in this process, which receives the signals that npm forwards. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'build.ts')], { stdio: 'inherit' })
if (status !== 0) process.exit(1)
process.env['WEB_ROOT'] ??= 'web/dist'
process.argv.push('serve')
await import(new URL('../dist/main.js', import.meta.url).href)
