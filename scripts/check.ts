/** `npm run check`: formatting, lint and types of everything. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { installPackages } from './packages.ts'

const root = join(import.meta.dirname, '..')

installPackages('test')
run('@biomejs/biome/bin/biome', 'check', '--error-on-warnings')
for (const project of ['.', 'test/page', 'web', 'web/service-worker'])
  run('typescript/bin/tsc', '-p', project, '--noEmit')

/** The JavaScript entry, since npm's .bin files are batch files on Windows. */
function run(program: string, ...args: string[]) {
  const file = join(root, 'node_modules', program)
  const { status } = spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
