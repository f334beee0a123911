/**
 * Builds what is shipped: `dist/`, the server as CommonJS (decisions/002), and `web/dist/`, the page with a
 * gzip twin beside each file. VERSION, REVISION and CREATED tell what GET /version says. `node scripts/build.ts [server|web]` builds one of the two.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const part = process.argv[2]

if (part !== 'web') await buildServer()
if (part !== 'server') buildWeb()

async function buildServer() {
  const { build } = await import('esbuild')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { VERSION, REVISION, CREATED } = process.env
  const told = {
    version: VERSION || version,
    commit: REVISION || revision(),
    built: CREATED || new Date().toISOString(),
  }
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'src/main.ts',
      writer: 'src/storage/sqlite/writer.ts',
      'journal-writer': 'src/storage/journal/journal-writer.ts',
    },
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    define: {
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
      BUILD: JSON.stringify(told),
    },
  })
  // Without this file Node.js would take dist/*.js for ES modules, as the package above says of src/.
  writeFileSync(
    join(root, 'dist/package.json'),
    `${JSON.stringify({ name: 'taskapp', version, type: 'commonjs' })}\n`,
  )
}

/** Where git is not there, as in an image's build, REVISION tells. */
function revision(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'unknown'
}

function buildWeb() {
  const dist = join(root, 'web/dist')
  const tsc = (...options: string[]) =>
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'web'), ...options], {
      stdio: 'inherit',
    })
  // A page that does not compile leaves the last good one in place.
  tsc('--noEmit')
  rmSync(dist, { recursive: true, force: true })
  tsc()
  cpSync(join(root, 'web/public'), dist, { recursive: true })
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue
    const path = join(file.parentPath, file.name)
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }))
  }
}
