import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { restoreJournal } from '../../../src/storage/journal/inspect.ts'
import { type RunningApp, runCommand, startApp } from '../../helpers/app.ts'
import { client, create, listAll } from '../../helpers/client.ts'
import { needs } from '../../helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-faults-'))
after(() => rmSync(home, { recursive: true, force: true }))
let count = 0
const newFolder = () => {
  const folder = join(home, String(++count))
  mkdirSync(folder)
  return folder
}
const start = (share: string) => startApp({ env: { DURABLE_DIR: share } })

suite('A journal whose share fails', () => {
  test('is full: writes get 503, reads still work, and writes succeed again once there is space', {
    skip: needs('mount'),
  }, async () => {
    const share = newFolder()
    mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', share)
    try {
      await using app = await start(share)
      const filler = join(share, 'filler')
      writeFileSync(filler, Buffer.alloc(40 * 1024))
      const acknowledged = await createUntilRefused(app)
      assert.ok(acknowledged.length > 0)
      assert.deepEqual(await titlesOf(app), acknowledged)
      rmSync(filler)
      await proveRecovered(app, share, acknowledged)
    } finally {
      unmount(share)
    }
  })

  test('is read-only at startup: the program exits with one sentence', { skip: needs('mount') }, async () => {
    const share = newFolder()
    mount('-t', 'tmpfs', '-o', 'ro', 'tmpfs', share)
    try {
      const { code, out, err } = await runCommand(['serve'], {
        env: { DURABLE_DIR: share, PORT: '0', DATABASE_URL: `sqlite:///${home}/ro.db` },
      })
      assert.equal(code, 1)
      assert.match(out + err, /Cannot use .*: .* may only be read; mount a volume or a folder there/)
    } finally {
      unmount(share)
    }
  })

  test('is replaced by an empty folder and returns: nothing is written elsewhere or lost', async () => {
    const share = newFolder()
    await using app = await start(share)
    await create(client(app.url), 'before')
    renameSync(share, `${share}.away`)
    mkdirSync(share)
    const acknowledged = ['before', ...(await createUntilRefused(app))]
    assert.deepEqual(acknowledged, ['before'])
    assert.deepEqual(await titlesOf(app), acknowledged)
    assert.deepEqual(
      readdirSync(share).filter((name) => !name.startsWith('alive')),
      [],
    )
    rmSync(share, { recursive: true })
    renameSync(`${share}.away`, share)
    await proveRecovered(app, share, acknowledged)
  })
})

suite('A damaged journal', async () => {
  const sound = newFolder()
  const tasks = ['first', 'second', 'third']
  await makeHistory(sound)

  for (const name of readdirSync(sound)) {
    if (name === 'README.txt') continue
    const size = readFileSync(join(sound, name)).length
    // A sample: all bytes of a file go through the same sums.
    const step = name.startsWith('snapshot') ? 1_999 : 7

    test(`in any byte of ${name}: has all tasks, or says what is wrong`, async () => {
      const folder = copyOf(sound)
      for (let at = 0; at < size; at += step) {
        const bytes = readFileSync(join(sound, name))
        bytes[at]! ^= 0x10
        writeFileSync(join(folder, name), bytes)
        await wholeOrRefused(folder, name)
      }
    })

    test(`by the end of ${name} being cut off: has all tasks, or says what is wrong`, async () => {
      const folder = copyOf(sound)
      for (let length = size - 1; length >= 0; length -= step) {
        truncateSync(join(folder, name), length)
        await wholeOrRefused(folder, name)
      }
    })

    test(`by the loss of ${name}: has all tasks, or says what is wrong`, async () => {
      const folder = copyOf(sound)
      rmSync(join(folder, name))
      await wholeOrRefused(folder, name)
    })
  }

  test('does not start, and verify says where', async () => {
    const folder = copyOf(sound)
    const name = readdirSync(folder).findLast((file) => file.startsWith('journal'))!
    const bytes = readFileSync(join(folder, name))
    bytes[20]! ^= 1
    writeFileSync(join(folder, name), bytes)
    const env = { DURABLE_DIR: folder, PORT: '0', DATABASE_URL: `sqlite:///${home}/damaged.db` }
    const served = await runCommand(['serve'], { env })
    assert.equal(served.code, 1)
    assert.match(served.out, new RegExp(`${name} is damaged at byte 0`))
    const verified = await runCommand(['verify', folder])
    assert.equal(verified.code, 1)
    assert.match(verified.out, new RegExp(`${name}: .*damaged at byte 0`))
  })

  test('of a newer format does not start', async () => {
    const folder = copyOf(sound)
    const { openShare } = await import('../../../src/storage/journal/share.ts')
    const { encode } = await import('../../../src/storage/journal/frames.ts')
    const file = (await openShare(folder).create('journal-0000000099'))!
    const header = { format: 2, schema: 1, time: 0, parent: null }
    await file.write(encode({ kind: 'header', header, taken: undefined }, { epoch: 99, bytes: 0 }), 0)
    await file.close()
    const { code, out } = await runCommand(['serve'], {
      env: { DURABLE_DIR: folder, PORT: '0', DATABASE_URL: `sqlite:///${home}/newer.db` },
    })
    assert.equal(code, 1)
    assert.match(out, /has format 2, this program knows 1; run a newer taskapp/)
  })

  /** Two epochs with a snapshot each, and one that was killed. */
  async function makeHistory(folder: string) {
    for (const [index, title] of tasks.entries()) {
      await using app = await start(folder)
      await create(client(app.url), title)
      if (index < tasks.length - 1) continue
      // Until the sign of life tells how long the journal is.
      const length = () => {
        const name = readdirSync(folder).findLast((file) => file.startsWith('journal'))!
        const alive = join(folder, name.replace('journal', 'alive'))
        return (
          existsSync(alive) &&
          readFileSync(alive, 'utf8').endsWith(` ${readFileSync(join(folder, name)).length}`)
        )
      }
      while (!length()) await new Promise((resolve) => setTimeout(resolve, 50))
      await app.stop('SIGKILL')
    }
  }

  async function wholeOrRefused(folder: string, name: string) {
    const file = join(home, `restored-${++count}.db`)
    try {
      await restoreJournal(folder, file)
    } catch (error) {
      assert.match(String(error), /damaged|missing|cut|format|JSON|fit/, name)
      return
    }
    const db = new DatabaseSync(file)
    assert.deepEqual(
      db
        .prepare('select title from tasks order by id')
        .all()
        .map(({ title }) => title),
      tasks,
      name,
    )
    db.close()
    rmSync(file)
  }
})

function copyOf(folder: string): string {
  const copy = newFolder()
  cpSync(folder, copy, { recursive: true })
  return copy
}

/** The titles that were acknowledged before the first refusal, which must be a 503 that says when to come again. */
async function createUntilRefused(app: RunningApp): Promise<string[]> {
  const acknowledged: string[] = []
  for (let n = 0; ; n++) {
    const title = `task ${n} ${'x'.repeat(150)}`
    const answer = await client(app.url)('POST', '/tasks', { json: { title } })
    if (answer.status !== 201) {
      assert.equal(answer.status, 503)
      assert.ok(answer.headers.get('retry-after'))
      assert.equal((await client(app.url)('GET', '/healthz')).status, 200)
      return acknowledged
    }
    acknowledged.push(title)
  }
}

/** Writes succeed again without a restart, and a process that starts anew has all that was acknowledged. */
async function proveRecovered(app: RunningApp, share: string, acknowledged: readonly string[]) {
  while ((await client(app.url)('POST', '/tasks', { json: { title: 'after' } })).status !== 201)
    await new Promise((resolve) => setTimeout(resolve, 50))
  await app.stop('SIGKILL')
  assert.equal((await runCommand(['verify', share])).code, 0)
  await using next = await start(share)
  const titles = await titlesOf(next)
  assert.deepEqual(
    [...acknowledged, 'after'].filter((title) => !titles.includes(title)),
    [],
  )
}

async function titlesOf(app: RunningApp): Promise<string[]> {
  return (await listAll(client(app.url))).map(({ title }) => title)
}

function mount(...args: string[]) {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

function unmount(folder: string) {
  spawnSync('umount', ['-l', folder])
}
