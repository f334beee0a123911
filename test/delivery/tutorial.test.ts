/**
 * docs/tutorial, followed from its first command to its last in a fresh clone and a real shell. Each output has to be as
 * the chapter shows it, and each quoted line as its file has it: `UPDATE_QUOTES=1 npm test -- delivery/tutorial` updates them.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, suite, test } from 'node:test'
import { openStore, serve } from '../../docs/tutorial/smallest/server.ts'
import { root } from '../helpers/app.ts'
import { needsChromium } from '../helpers/browser.ts'
import { stepsOf } from '../helpers/documents.ts'
import { assertFirstVersion } from '../helpers/first-version.ts'
import { needs } from '../helpers/needs.ts'
import { freePort } from '../helpers/postgres.ts'
import { requote } from '../helpers/quotes.ts'
import { openShell, type Shell } from '../helpers/shell.ts'
import { chapters, follow } from './stand-ins/follow.ts'
import { environmentOf, newReader, type Reader } from './stand-ins/reader.ts'

const skip = needs('linux') || needs('jq') || needs('strace') || needsChromium()
const read = (file: string) => readFileSync(join(root, file), 'utf8')

suite('The tutorial', () => {
  test('has goal, requirements and troubleshooting in each chapter', () => {
    for (const { name, text } of chapters) {
      for (const part of [
        '**Goal**',
        '**You need**',
        '**Tried**',
        '## Why so',
        '## Try next',
        '## What goes wrong',
      ])
        assert.ok(text.includes(part), `${name}: ${part}`)
    }
  })

  test('lists each chapter', () => {
    const listed = Array.from(
      read('docs/tutorial/README.md').matchAll(/^\| \[\d+\..*\]\((.+)\) \|/gm),
      ([, file]) => file,
    )
    assert.deepEqual(
      listed,
      chapters.map(({ name }) => name),
    )
  })

  test('quotes files verbatim', () => {
    for (const document of globSync('docs/**/*.md', { cwd: root })) {
      const text = read(document)
      const anew = requote(text, read)
      if (process.env['UPDATE_QUOTES']) writeFileSync(join(root, document), anew)
      else assert.equal(text, anew, `${document}: UPDATE_QUOTES=1 npm test -- delivery/tutorial quotes anew`)
    }
  })

  test('has a source or a command for each figure', () => {
    const figure =
      /\d ?(?:%|ms|kB|MB|GB|seconds?|minutes?|hours?|cents?|dollars?)\b|\d an? (?:month|day|hour|GB)\b/
    for (const document of [...globSync('docs/tutorial/*.md', { cwd: root }), 'docs/choices.md']) {
      const prose = read(document).replaceAll(/^```[\s\S]*?^```$/gm, '')
      // A paragraph, an item of a list or a row of a table.
      for (const part of prose.split(/\n\n|\n(?=[|-] )/))
        if (figure.test(part)) assert.match(part, /\]\(|`[^`]+ [^`]+`|```|commits/, `${document}: ${part}`)
    }
  })

  test('has practices whose lines and tests exist', () => {
    const rows = read('docs/practices.md').match(/^\| (?!practice|---).*$/gm)!
    assert.ok(rows.length > 18)
    for (const row of rows) {
      const [line, test] = Array.from(
        row.matchAll(/\]\(\.\.\/([^)]+)\)(?:: (?:`([^`]+)`|“([^”]+)”))?/g),
        ([, file, code, name]) => ({
          file: file!,
          text: code ?? name ?? '',
        }),
      )
      for (const { file, text } of [line!, test!]) assert.ok(read(file).includes(text), `${file}: ${text}`)
      assert.match(test!.file, /\.test\.ts$/)
    }
  })
})

test('The smallest form keeps the contract of the first version', async () => {
  const server = serve(openStore(new DatabaseSync(':memory:'))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  await assertFirstVersion(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  server.close()
})

suite('Following the tutorial gives the output it shows', { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), 'taskapp-tutorial-'))
  let reader: Reader
  let shell: Shell
  let port: string
  before(async () => {
    reader = await newReader(home)
    port = String(await freePort())
    shell = openShell({ cwd: home, env: { ...environmentOf(home), ...npm, PORT: port } })
  })
  after(async () => {
    await shell[Symbol.asyncDispose]()
    reader.close()
    rmSync(home, { recursive: true, force: true })
  })
  for (const { name, text } of chapters.filter(({ withDocker }) => !withDocker))
    test(`in ${name}`, () => follow(shell, stepsOf(text.replaceAll('8000', port))))

  test('and leaves nothing behind', () => {
    assert.deepEqual(reader.world.azure.groups, {})
    assert.deepEqual(reader.world.github.repositories, {})
  })
})

/** Packages come from npm's cache. */
const npm = {
  npm_config_cache: process.env['npm_config_cache'] ?? join(homedir(), '.npm'),
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_update_notifier: 'false',
}
