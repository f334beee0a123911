/** Files, commands and prices in the documents. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { stepsOf } from '../helpers/documents.ts'
import { needs } from '../helpers/needs.ts'
import { parseCommand } from './stand-ins/commands.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-documents-'))
after(() => rmSync(home, { recursive: true, force: true }))
const read = (file: string) => readFileSync(join(root, file), 'utf8')

suite('The documents', () => {
  const documents = globSync('*.md', { cwd: root }).concat(
    globSync('{docs/**,decisions,test/schemas}/*.md', { cwd: root }),
  )

  test('have no broken link', () => {
    const anchors = (file: string) =>
      new Set(
        Array.from(read(file).matchAll(/^#+ (.+)$/gm), ([, title]) =>
          title!
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
            .replaceAll(' ', '-'),
        ),
      )
    for (const document of documents)
      for (const [, target] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target!)) continue
        const [path = '', anchor] = target!.split('#')
        const file = path === '' ? document : join(dirname(document), path)
        assert.ok(existsSync(join(root, file)), `${document}: ${target}`)
        if (anchor) assert.ok(anchors(file).has(anchor), `${document}: ${target}`)
      }
  })

  test('of decisions have the number of their title, each a different one', () => {
    const names = globSync('*.md', { cwd: join(root, 'decisions') }).sort()
    const numbers = names.map((name) => Number(name.slice(0, 3)))
    assert.deepEqual(numbers, [...new Set(numbers)])
    for (const [index, name] of names.entries())
      assert.match(read(`decisions/${name}`), new RegExp(`^# ${numbers[index]}\\. `), name)
  })

  test('show only commands that az and gh accept', { skip: needs('bash') }, async () => {
    for (const document of documents) {
      const blocks = Array.from(
        read(document).matchAll(/^```(?:sh|bash)\n([\s\S]*?)^```$/gm),
        ([, block]) => block!,
      )
      blocks.push(...stepsOf(read(document)).map(({ command }) => command))
      // A loop that polls a program would never end here.
      for (const block of blocks.filter((text) => /\b(az|gh) /.test(text))) {
        // Nothing else is on the PATH, so nothing else runs.
        const shell = spawn(
          '/bin/bash',
          [
            '--norc',
            '-c',
            `az() { printf '%s\\0' az "$@" end >&3; }\ngh() { printf '%s\\0' gh "$@" end >&3; }\n${block}`,
          ],
          { cwd: home, env: { PATH: join(home, 'nothing') }, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
        )
        const calls = await text(shell.stdio[3] as NodeJS.ReadableStream)
        for (const call of calls.split('\0end\0').slice(0, -1)) {
          const [program, ...args] = call.split('\0')
          assert.doesNotThrow(
            () => parseCommand(program!, args),
            `${document}: ${call.replaceAll('\0', ' ')}`,
          )
        }
      }
      for (const block of blocks) execFileSync('/bin/bash', ['-n'], { input: block })
    }
  })
})

test('The table of costs in docs/deploy.md follows from its prices', () => {
  const table = /^## What it costs\n[\s\S]*?\n\n(\|[\s\S]*?)\n\n/m.exec(read('docs/deploy.md'))![1]!
  const rows = table.split('\n').map((row) => row.split('|').map((cell) => cell.trim().replaceAll('**', '')))
  const row = (name: string) => rows.find(([, first]) => first!.startsWith(name))!
  const prices = (name: string) =>
    Array.from(row(name)[5]!.matchAll(/\$([\d.]+)/g), ([, price]) => Number(price))
  const month = 30 * 86_400

  const [vcpu, memory] = prices('both apps')
  const apps = (seconds: number) =>
    Math.max(0, 2 * 0.25 * seconds - 180_000) * vcpu! + Math.max(0, 2 * 0.5 * seconds - 360_000) * memory!
  const [writes, others] = prices('the share: operations')
  const share = (days: number) => (days * (144_000 * writes! + 288_000 * others!)) / 10_000
  const costs = (hours: number) => [apps(hours * 3_600 * 30), share((30 * hours) / 24)]

  for (const [column, hours] of [
    [2, 0],
    [3, 3],
    [4, 24],
  ] as const) {
    const [own, journal] = costs(hours)
    assert.equal(Number(row('both apps')[column]), Number(own!.toFixed(2)))
    assert.equal(Number(row('the share: operations')[column]), Number(journal!.toFixed(2)))
    const together = row('together')[column]!
    if (hours > 0) assert.equal(Number(together), Math.round(own! + journal!))
  }
  // One listing a second, and a heartbeat every three seconds, opened and written.
  assert.equal(86_400 + 2 * 28_800, 144_000)
  const [hourly, gibibyte] = prices('PostgreSQL')
  for (const column of [2, 3, 4])
    assert.equal(Number(row('PostgreSQL')[column]), Math.round(720 * hourly! + 32 * gibibyte!))
  const idle = (0.25 * month - 180_000) * 0.000004 + (0.5 * month - 360_000) * memory!
  assert.ok(read('docs/deploy.md').includes(`that replica costs ${idle.toFixed(2)} a month`))
})
