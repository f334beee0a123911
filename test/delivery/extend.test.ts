/**
 * docs/extend.md adds a member, a route, a resource, an element of the page and a setting, and removes the tasks: its diffs are applied
 * to a copy and tested.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

interface Section {
  readonly title: string
  /** The files in its table, and those in its diff. */
  readonly named: readonly string[]
  readonly changed: readonly string[]
  readonly diff: string
}

const sections = readFileSync(join(root, 'docs/extend.md'), 'utf8')
  .split(/^## /m)
  .slice(1)
  .flatMap((text): Section[] => {
    const diff = /^```diff\n(.*?\n)```$/ms.exec(text)?.[1]
    if (diff === undefined) return []
    const rows = Array.from(text.matchAll(/^\| (`.*?) \|/gm), ([, files]) => files!)
    return [
      {
        title: text.slice(0, text.indexOf('\n')),
        named: rows.flatMap((files) => files.split(', ').map((file) => file.slice(1, -1))).sort(),
        changed: Array.from(diff.matchAll(/^\+\+\+ b\/(.*)$/gm), ([, file]) => file!).sort(),
        diff,
      },
    ]
  })

suite('docs/extend.md', { skip: needs('git') }, () => {
  const home = mkdtempSync(join(tmpdir(), 'extended-'))
  const copy = join(home, 'copy')
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const run = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: copy, env, encoding: 'utf8' })
    assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
    return stdout
  }

  const apply = (diff: string) => {
    const patch = join(home, 'patch')
    writeFileSync(patch, diff)
    run('git', 'apply', patch)
  }
  const tsc = (project: string) =>
    run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', project)

  before(() => {
    const parts = ['src', 'web', 'test', 'scripts', 'bench', 'docs']
    const files = ['package.json', 'tsconfig.json', 'biome.json', '.gitignore', 'README.md']
    for (const name of [...parts, ...files])
      cpSync(join(root, name), join(copy, name), {
        recursive: true,
        filter: (path) => !/[\\/](node_modules|web[\\/]dist)$/.test(path),
      })
    for (const name of ['node_modules', 'test/node_modules'])
      symlinkSync(join(root, name), join(copy, name), 'junction')
    // Only a repository knows what is ignored.
    run('git', 'init', '--quiet')
  })
  after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }))

  test('has a member, a route, a resource, an element of the page, a setting and the removal of the tasks', () => {
    assert.deepEqual(
      sections.map(({ title }) => title),
      [
        'Add a member to a task',
        'Add a route',
        'Add a resource',
        'Add an element to the page',
        'Add a setting',
        'Remove the tasks',
      ],
    )
  })

  const additions = sections.filter(({ title }) => title.startsWith('Add'))
  for (const { title, named, changed, diff } of additions)
    test(`lists the files that its diff changes, within the promised number: ${title}`, () => {
      assert.deepEqual(named, changed)
      const ofSources = changed.filter((file) => file.startsWith('src/') && !file.endsWith('migrations.ts'))
      assert.ok(ofSources.length <= 3, ofSources.join(', '))
      apply(diff)
    })

  test('results in sources that are formatted and compile', () => {
    run(process.execPath, join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', 'src', 'web', 'test')
    for (const project of ['.', 'web']) tsc(project)
  })

  test('results in a service and a page with all of it', () => {
    const added = additions.flatMap(({ changed }) => changed.filter((file) => file.endsWith('.test.ts')))
    assert.equal(added.length, 3)
    run(process.execPath, 'scripts/build.ts', 'web')
    const out = run(
      process.execPath,
      ...[
        '--test',
        '--test-reporter=spec',
        '--test-name-pattern=is described|in SQLite|GET|EVENT|tasks shown',
      ],
      ...['test/members.test.ts', 'test/items.test.ts', ...added],
    )
    assert.match(out, /is changed by itself, and cleared if it can be null: priority/)
    assert.match(out, /creates, changes, orders, deletes and restores: searches/)
  })

  test('leaves a service of resources once the tasks are removed', () => {
    const { named, changed, diff } = sections.at(-1)!
    assert.deepEqual(named, changed)
    rmSync(join(copy, 'src/tasks'), { recursive: true })
    apply(diff)
    writeFileSync(
      join(copy, 'rest.json'),
      JSON.stringify({ extends: './tsconfig.json', include: ['src', 'test/items.test.ts'] }),
    )
    tsc('rest.json')
    const out = run(process.execPath, '--test', '--test-reporter=spec', 'test/items.test.ts')
    assert.match(out, /creates, changes, orders, deletes and restores: searches/)
    assert.match(out, /fail 0/)
  })
})
