/**
 * Builds the shipped files: `dist/`, the server as CommonJS (decisions/002), and `web/dist/`, the page with a
 * gzip twin beside each file. VERSION, REVISION and CREATED determine the response of GET /version. `node scripts/build.ts [server|web]`
 * builds one of the two; `web FOLDER` writes the page to another folder.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

const root = join(import.meta.dirname, '..')
/** Scripts loaded on demand, with one style sheet. They share no modules with the page's script: those would become a third file. */
const later = ['dialogs', 'elsewhere']
const [part, folder = join(root, 'web/dist')] = process.argv.slice(2)

if (part !== 'web') await buildServer()
if (part !== 'server') await buildWeb(folder)

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
      job: 'src/storage/job.ts',
      'journal-writer': 'src/storage/journal/journal-writer.ts',
    },
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    external: ['pg'],
    // A quarter less to load and to pull; names are kept for stack traces in the log.
    minifyWhitespace: true,
    define: {
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
      BUILD: JSON.stringify(told),
    },
  })
  // Without this file Node.js would load dist/*.js as ES modules, as package.json says for src/.
  writeFileSync(
    join(root, 'dist/package.json'),
    `${JSON.stringify({ name: 'taskapp', version, type: 'commonjs' })}\n`,
  )
}

/** Less memory makes zlib start new blocks more often, which saves 120 bytes of the page's script and 30 of its style sheet. */
function gzipped(text: Buffer): Buffer {
  const [some, more] = [5, 6].map((memLevel) =>
    gzipSync(text, { level: constants.Z_BEST_COMPRESSION, memLevel }),
  ) as [Buffer, Buffer]
  return some.length < more.length ? some : more
}

/** Without git, as in an image build, REVISION is used. */
function revision(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'unknown'
}

async function buildWeb(folder: string) {
  const own = mkdtempSync(join(tmpdir(), 'taskapp-page-'))
  // The parent folder is private to this user, and its mode would be copied.
  const made = join(own, 'page')
  try {
    const compiled = await Promise.all(['web', 'web/service-worker'].map((project) => compile(project, made)))
    if (compiled.includes(false)) {
      process.exitCode = 1
      return
    }
    cpSync(join(root, 'web/public'), made, { recursive: true })
    await bundle(made)
    finishPage(made)
    for (const file of filesIn(made)) {
      const text = readFileSync(join(made, file))
      if (!file.endsWith('.png')) writeFileSync(join(made, `${file}.gz`), gzipped(text))
    }
    replace(folder, made)
  } finally {
    rmSync(own, { recursive: true })
  }
}

/** Whether it compiles; tsc says why not. */
async function compile(project: string, outDir: string): Promise<boolean> {
  const options = ['-p', join(root, project), '--outDir', outDir]
  const tsc = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], {
    stdio: 'inherit',
  })
  const [code] = await once(tsc, 'close')
  return code === 0
}

/**
 * File by file, as they may be in use: documents after the files they reference. A page that does not compile
 * leaves the last good one in place.
 */
function replace(folder: string, made: string) {
  const files = filesIn(made)
  const documents = files.filter((file) => /\.html\b/.test(file))
  for (const file of [...files.filter((name) => !documents.includes(name)), ...documents])
    cpSync(join(made, file), join(folder, file))
  for (const file of filesIn(folder)) if (!files.includes(file)) rmSync(join(folder, file))
}

/**
 * One script and one style sheet: with 30 modules the first paint on a slow network took a third of a second more. Their
 * names contain a content hash, so that a document runs only with the files it was built with.
 */
async function bundle(dist: string) {
  const { build } = await import('esbuild')
  const options = { outdir: dist, minify: true, target: 'esnext', allowOverwrite: true }
  const modules = filesIn(dist).filter((file) => file.endsWith('.js'))
  await build({ ...options, entryPoints: [join(dist, 'service-worker.js')] })
  await build({ ...options, entryPoints: [join(dist, 'early.js')], format: 'iife' })
  const script = (name: string) => ({ [name]: join(dist, `${name}.js`) })
  const bundled = { ...options, bundle: true, format: 'esm' as const }
  await build({
    ...bundled,
    entryPoints: {
      ...Object.assign({}, ...['main', 'sign-in', ...later].map(script)),
      page: join(root, 'web/styles/index.css'),
      later: join(root, 'web/styles/later.css'),
    },
    external: later.map((name) => `./${name}.js`),
  })
  const named = [...later.map((name) => `${name}.js`), 'later.css', 'main.js', 'sign-in.js', 'page.css']
  const kept = [...named, 'early.js', 'service-worker.js']
  for (const file of modules) if (!kept.includes(file)) rmSync(join(dist, file))
  for (const file of named) nameByContent(dist, file)
}

function nameByContent(dist: string, file: string) {
  const hash = createHash('sha256')
    .update(readFileSync(join(dist, file)))
    .digest('hex')
    .slice(0, 8)
  const name = file.replace('.', `-${hash}.`)
  renameSync(join(dist, file), join(dist, name))
  for (const other of [...filesIn(dist).filter((each) => each.endsWith('.html')), 'main.js']) {
    if (!existsSync(join(dist, other))) continue
    const text = readFileSync(join(dist, other), 'utf8')
    writeFileSync(
      join(dist, other),
      text.replace(`"${file}"`, `"${name}"`).replace(`"./${file}"`, `"./${name}"`),
    )
  }
}

/** Inserts the version into the document, and the list of files to cache into the service worker. */
function finishPage(dist: string) {
  const [document, worker] = [join(dist, 'index.html'), join(dist, 'service-worker.js')]
  const files = filesIn(dist)
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(dist, file)))
  const version = hash.digest('hex').slice(0, 16)
  const text = readFileSync(document, 'utf8')
    .replace('<html ', `<html data-version="${version}" `)
    .replaceAll(/\n +/g, '\n')
  writeFileSync(document, text)
  // Signing in needs the server anyway, and browsers store the icons of an installed page.
  const isNamed = (file: string) =>
    text.includes(`"${file}"`) || [...later, 'later'].some((name) => file.startsWith(`${name}-`))
  const named = files.filter(isNamed)
  const paths = ['', ...named.filter((path) => !path.endsWith('.png'))]
  const values = `const version = ${JSON.stringify(version)}\nconst files = ${JSON.stringify(paths)}\n`
  writeFileSync(worker, values + readFileSync(worker, 'utf8'))
}

/** Paths with slashes, whatever the platform's separator. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .sort()
}
