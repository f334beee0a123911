/** Rules for the sources as a whole. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative } from 'node:path'
import { suite, test } from 'node:test'
import { pageHeaders } from '../src/http/static.ts'
import { root } from './helpers/app.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** What each part of src may import beside itself: main → commands → app → {api, storage, http}, and so on down. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  main: ['commands', 'config', 'version'],
  commands: ['app', 'api', 'storage', 'config', 'limits', 'log', 'progress'],
  progress: ['storage', 'limits'],
  app: ['access', 'api', 'domain', 'storage', 'http', 'resources', 'config', 'limits', 'log'],
  config: ['access', 'storage', 'resources', 'log'],
  access: ['http', 'limits', 'log'],
  api: ['access', 'http', 'domain', 'resources', 'limits', 'log', 'version'],
  storage: ['access', 'domain', 'resources', 'limits', 'turn'],
  http: ['limits', 'log', 'turn'],
  log: ['limits'],
  domain: ['tasks/api', 'tasks/storage', 'tasks', 'http', 'resources'],
  'tasks/api': ['access', 'api', 'http', 'tasks', 'resources', 'limits', 'turn'],
  'tasks/storage': ['storage', 'tasks', 'resources', 'limits', 'turn'],
  tasks: ['resources', 'limits'],
  resources: [],
  limits: [],
  turn: [],
  version: [],
}

suite('The sources', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.replaceAll('\\', '/'))
  const imports = files.flatMap((file) => {
    // From import and export declarations, and dynamic import().
    const specifiers = read(`src/${file}`).matchAll(/(?:^|\s)(?:from |import |import\()'([^']+)'/gm)
    return Array.from(specifiers, ([, specifier]) => ({ file, specifier: specifier! }))
  })

  test('import along the layers only', () => {
    assert.ok(imports.length > 50)
    const layerOf = (path: string) => /^tasks[\\/](api|storage)\b|^\w+/.exec(path)![0].replace('\\', '/')
    const wrong = imports
      .filter(({ specifier }) => specifier.startsWith('.'))
      .filter(({ file, specifier }) => {
        const target = relative(join(root, 'src'), join(root, 'src', file, '..', specifier))
        const [from, to] = [layerOf(file), layerOf(target)]
        return from !== to && !mayImport[from]?.includes(to)
      })
    assert.deepEqual(wrong, [])
  })

  test('have no files that import each other around a circle', () => {
    const importsOf = Map.groupBy(
      imports.filter(({ specifier }) => specifier.startsWith('.')),
      ({ file }) => file,
    )
    const left = new Map(
      files.map((file) => [
        file,
        (importsOf.get(file) ?? []).map(({ specifier }) => posix.join(posix.dirname(file), specifier)),
      ]),
    )
    // A file that imports none of the rest, or that none of the rest imports, is in no cycle.
    for (let before = 0; before !== left.size; ) {
      before = left.size
      for (const [file, targets] of left) if (!targets.some((target) => left.has(target))) left.delete(file)
      const imported = new Set([...left.values()].flat())
      for (const file of left.keys()) if (!imported.has(file)) left.delete(file)
    }
    assert.deepEqual([...left.keys()], [])
  })

  test('import from elsewhere nothing but Node.js itself, and the driver of PostgreSQL on demand', () => {
    const foreign = imports.filter(({ specifier }) => !/^(\.|node:)/.test(specifier))
    assert.deepEqual(new Set(foreign.map(({ specifier }) => specifier)), new Set(['pg']))
    assert.ok(foreign.every(({ file }) => file === 'storage/postgres/connect.ts'))
    assert.match(read('src/storage/postgres/connect.ts'), /await import\('pg'\)/)
    assert.match(read('src/storage/open.ts'), /await import\('\.\/postgres\/store\.ts'\)/)
  })

  test('open SQLite files for writing only by openConnection(), whose commits are synced to the drive', () => {
    const opened = files.flatMap((file) =>
      Array.from(read(`src/${file}`).matchAll(/new DatabaseSync\((.*)\)/g), ([, args]) => `${file}: ${args}`),
    )
    assert.deepEqual(
      opened.filter((call) => !call.includes('readOnly: true')),
      [
        // A copy of the share's data, and its reader.
        'storage/journal/replica.ts: file',
        'storage/journal/replica.ts: file',
        'storage/sqlite/schema/open.ts: file, { timeout: alone ? 0 : limits.busyTimeoutMs }',
      ],
    )
  })

  test('read the environment only in the commands, which pass it to config.ts', () => {
    const readers = files.filter((file) => read(`src/${file}`).includes('process.env'))
    assert.ok(
      readers.every((file) => file.startsWith('commands/')),
      readers.join(', '),
    )
  })

  test('use node:http only in http and in the healthcheck', () => {
    const users = imports.filter(({ specifier }) => specifier === 'node:http').map(({ file }) => file)
    assert.deepEqual(
      users.filter((file) => !file.startsWith('http/') && file !== 'commands/healthcheck.ts'),
      [],
    )
  })
})

test('The package has no runtime dependency but the driver that PostgreSQL asks for', () => {
  const manifest = JSON.parse(read('package.json'))
  for (const kind of ['dependencies', 'bundleDependencies'])
    assert.deepEqual(Object.keys(manifest[kind] ?? {}), [], kind)
  // The running Node.js: where npm has none for the platform, the installed one is used.
  assert.deepEqual(Object.keys(manifest.optionalDependencies), ['node'])
  assert.deepEqual(Object.keys(manifest.peerDependencies), ['pg'])
  assert.deepEqual(manifest.peerDependenciesMeta, { pg: { optional: true } })
  for (const version of Object.values<string>({
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  }))
    assert.match(version, /^\d+\.\d+\.\d+$/)
})

// The image's build contains only the sources and tests.
const incomplete = !existsSync(join(root, 'Dockerfile.backend')) && 'this is not the whole repository'

suite('docs/settings.md', { skip: incomplete }, () => {
  const document = existsSync(join(root, 'docs/settings.md')) ? read('docs/settings.md') : ''
  const settings = Array.from(read('src/config.ts').matchAll(/\bsetting\('([A-Z_]+)'/g), ([, name]) => name!)

  test('has every setting in its table', () => {
    assert.ok(settings.length >= 7)
    const missing = settings.filter((name) => !new RegExp(`^\\| *\`${name}\` *\\|`, 'm').test(document))
    assert.deepEqual(missing, [])
  })

  test('names every command', () => {
    const commands = readdirSync(join(root, 'src/commands')).map((file) => file.replace('.ts', ''))
    assert.deepEqual(
      commands.filter((name) => !document.includes(name)),
      [],
    )
  })
})

const nginx = 'nginx/default.conf.template'
const skip = !existsSync(join(root, nginx)) && `there is no ${nginx}`

test('nginx guards the page with the same header fields as the single process', { skip }, () => {
  const fields = new Map(
    Array.from(
      read(nginx).matchAll(/^ *add_header (\S+) (?:"([^"]*)"|([^$\s]\S*)) always;/gm),
      ([, name, quoted, bare]) => [name!, quoted ?? bare!],
    ),
  )
  const ours = new Map<string, string>()
  for (let index = 0; index < pageHeaders.length; index += 2)
    ours.set(pageHeaders[index]!, pageHeaders[index + 1]!)
  assert.deepEqual([...fields].sort(), [...ours].sort())
})
