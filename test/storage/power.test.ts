/**
 * The power fails: of each file remains what a sync that succeeded covered, and of the rest a part by chance. A sync
 * that failed takes along what was written before it, as the page cache of Linux does ("fsyncgate"): a later one that
 * succeeds proves nothing about it. The files are made anew from the program's system calls, as strace saw them.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { openStore } from '../../src/storage/open.ts'
import { client } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'
import { type Random, randomFrom } from '../helpers/random.ts'
import { startTraced } from '../helpers/trace.ts'

const writers = 8
const turns = 45
const notes = 'n'.repeat(10_000)

suite('After a power failure every acknowledged task is there', { skip: needs('strace') }, () => {
  for (const [what, inject] of [
    ['at any moment', []],
    ['although every third sync fails', ['-e', 'inject=fsync:error=EIO:when=9+3']],
  ] as const)
    test(what, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'taskapp-power-'))
      after(() => rmSync(folder, { recursive: true, force: true }))
      const file = join(folder, 'tasks.db')
      await openStore({ file }).close()
      const before = readFileSync(file)
      const calls = ['-xx', '-s', '20000', '-e', 'trace=pwrite64,fsync,write,writev', ...inject]
      await using app = await startTraced(calls, { folder })
      const call = client(app.url)
      let refused = 0
      await Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let turn = 0; turn < turns; turn++) {
            const title = `task ${writer}.${turn}.`
            const { status } = await call('POST', '/tasks', { json: { title, notes } })
            if (status === 503) refused++
            else assert.equal(status, 201)
          }
        }),
      )
      assert.equal(refused > 0, inject.length > 0)
      const lines = await app.trace(t.signal)
      const { cuts, acknowledged, checkpoints } = replay(lines, before, randomFrom(1))
      assert.equal(acknowledged, writers * turns - refused)
      assert.ok(checkpoints > 0)
      t.diagnostic(`${cuts} power failures, ${acknowledged} acknowledged writes, ${refused} refused`)
    })
})

interface Disk {
  /** What is there whatever happens. */
  durable: Buffer
  /** What was written since the last sync. */
  pending: { at: number; bytes: Buffer }[]
}

/** Goes through the calls up to the last answer, and cuts the power after each answer that tells of a task. */
function replay(lines: readonly string[], database: Buffer, random: Random) {
  const disks = { 'tasks.db': disk(database), 'tasks.db-wal': disk(Buffer.alloc(0)) }
  const titles: string[] = []
  let cuts = 0
  let checkpoints = 0
  let due = false
  const began = new Map<string, string>()

  for (const line of lines) {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)
    // An answer counts from when it begins to go out, all else from when it returned.
    const answer = /^writev?\(/.test(text) ? told(text) : []
    if (answer.length > 0) {
      titles.push(...answer)
      due = true
      continue
    }
    if (text.endsWith('<unfinished ...>')) {
      began.set(pid, text)
      continue
    }
    const call = resumed ? `${began.get(pid)} ${resumed[1]}` : text
    const name = /^(?:pwrite64|fsync)\(\d+<([^>]*)>/.exec(call)?.[1]
    const changed = name && disks[decode(name).split('/').at(-1) as keyof typeof disks]
    if (!changed) continue
    // One cut for all answers since the files changed last.
    if (due) cut()
    due = false
    if (call.startsWith('pwrite64')) {
      const [, data, at] = /"([^"]*)"(?:\.\.\.)?, \d+, (\d+)/.exec(call)!
      changed.pending.push({ at: Number(at), bytes: Buffer.from(data!.replaceAll('\\x', ''), 'hex') })
    } else {
      if (/ = 0\b/.test(call)) changed.durable = changed.pending.reduce(put, changed.durable)
      if (/ = 0\b/.test(call) && changed === disks['tasks.db']) checkpoints++
      changed.pending = []
    }
  }
  if (due) cut()
  return { cuts, acknowledged: titles.length, checkpoints }

  function cut() {
    cuts++
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-cut-'))
    for (const [name, { durable, pending }] of Object.entries(disks)) {
      const survived = pending.filter(() => random.once(2))
      writeFileSync(join(folder, name), survived.reduce(put, Buffer.from(durable)))
    }
    const db = new DatabaseSync(join(folder, 'tasks.db'))
    assert.equal(db.prepare('pragma quick_check').get()!['quick_check'], 'ok')
    const found = new Set(
      db
        .prepare('select title from tasks')
        .all()
        .map(({ title }) => String(title)),
    )
    assert.deepEqual(
      titles.filter((title) => !found.has(title)),
      [],
    )
    db.close()
    rmSync(folder, { recursive: true })
  }
}

function disk(durable: Buffer): Disk {
  return { durable, pending: [] }
}

/** Writes into the content, or into a longer copy of it. */
function put(content: Buffer, { at, bytes }: Disk['pending'][number]): Buffer {
  const missing = at + bytes.length - content.length
  const long = missing > 0 ? Buffer.concat([content, Buffer.alloc(missing)]) : content
  bytes.copy(long, at)
  return long
}

/** The titles of the tasks that an answer tells of. */
function told(call: string): string[] {
  const text = decode(call)
  if (!text.includes('HTTP/1.1 201')) return []
  return Array.from(text.matchAll(/"title":"(task [\d.]+)"/g), ([, title]) => title!)
}

function decode(text: string): string {
  return text.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}
