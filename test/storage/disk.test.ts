/** File systems and neighbours that fail while the service runs. What makes it refuse to start is in open.test.ts. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { openStore } from '../../src/storage/open.ts'
import { startApp } from '../helpers/app.ts'
import { type Answer, type Client, client, listAll } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-disk-'))
after(() => rmSync(home, { recursive: true, force: true }))
const notes = 'n'.repeat(10_000)

suite('The service', { concurrency: true }, () => {
  test('on a full disk refuses writes, still reads, and writes again once there is space', {
    skip: needs('mount'),
  }, async () => {
    const folder = mkdtempSync(join(home, 'full-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder])
    after(() => execFileSync('umount', ['--lazy', folder]))
    const filler = join(folder, 'filler')
    writeFileSync(filler, Buffer.alloc(3 * 1024 * 1024))
    const kept: string[] = []
    {
      await using app = await startApp({ folder })
      const call = client(app.url)
      let refusal: Answer | undefined
      while (!refusal) refusal = await tryToAdd(call, kept)
      isUnavailable(refusal)
      assert.deepEqual(await titlesOf(call), kept)
      rmSync(filler)
      for (const goal = kept.length + 20; kept.length < goal; )
        assert.equal(await tryToAdd(call, kept), undefined)
      await app.stop('SIGKILL')
    }
    await using again = await startApp({ folder })
    assert.deepEqual(await titlesOf(client(again.url)), kept)
  })

  test('refuses writes while another program holds the lock, still reads, and writes again afterwards', async () => {
    await using app = await startApp()
    const call = client(app.url)
    const kept: string[] = []
    await tryToAdd(call, kept)
    const other = new DatabaseSync(join(app.folder, 'tasks.db'))
    other.exec('begin immediate')
    // The first waits for the lock, and those that come once it has waited for long are refused at once.
    const waiting = tryToAdd(call, kept)
    assert.deepEqual(await titlesOf(call), ['task 0'])
    isUnavailable((await waiting)!)
    other.exec('rollback')
    other.close()
    assert.equal(await tryToAdd(call, kept), undefined)
    assert.deepEqual(await titlesOf(call), kept)
  })

  test('acknowledges no write to a deleted file, and continues when it is back', {
    skip: needs('rename'),
  }, async () => {
    await using app = await startApp()
    const call = client(app.url)
    const kept: string[] = []
    await tryToAdd(call, kept)
    const file = join(app.folder, 'tasks.db')
    renameSync(file, `${file}.elsewhere`)
    isUnavailable((await tryToAdd(call, kept))!)
    assert.match(
      String((await app.logged(({ level }) => level === 'error'))['error']),
      /the file of the database is gone/,
    )
    renameSync(`${file}.elsewhere`, file)
    assert.equal(await tryToAdd(call, kept), undefined)
    assert.deepEqual(await titlesOf(call), kept)
  })

  test('acknowledges no write to a replaced file', {
    skip: needs('rename'),
  }, async () => {
    await using app = await startApp()
    const call = client(app.url)
    const kept: string[] = []
    await tryToAdd(call, kept)
    const file = join(app.folder, 'tasks.db')
    renameSync(file, `${file}.before`)
    await openStore({ file: join(app.folder, 'other.db') }).close()
    renameSync(join(app.folder, 'other.db'), file)
    isUnavailable((await tryToAdd(call, kept))!)
    assert.match(
      String((await app.logged(({ level }) => level === 'error'))['error']),
      /the file of the database was replaced by another file; start anew/,
    )
    assert.deepEqual(await titlesOf(call), kept)
  })

  // Root may write everywhere, unless it gives that up.
  const root = process.getuid?.() === 0
  const bounded = root ? ['setpriv', '--inh-caps=-all', '--bounding-set=-dac_override,-dac_read_search'] : []
  test('refuses writes to a file that became read-only, warns, and writes again when it is writable', {
    skip: needs('modes') || (root && needs('setpriv')),
  }, async () => {
    await using app = await startApp({ under: bounded })
    const call = client(app.url)
    const kept: string[] = []
    const file = join(app.folder, 'tasks.db')
    const warned = async () => {
      const { status, text } = await call('GET', '/readyz')
      assert.equal(status, 200)
      return /(Writes will fail|The last write failed): the database may only be read/.exec(text)?.[0]
    }
    assert.equal(await warned(), undefined)
    chmodSync(file, 0o444)
    assert.match(String(await warned()), /^Writes will fail/)
    const refusal = (await tryToAdd(call, kept))!
    isUnavailable(refusal)
    assert.match(refusal.text, /urn:problem-type:taskapp:not-done.*did nothing; try again/)
    assert.match(String(await warned()), /^The last write failed/)
    assert.deepEqual(await titlesOf(call), [])
    chmodSync(file, 0o644)
    assert.equal(await tryToAdd(call, kept), undefined)
    assert.equal(await warned(), undefined)
    assert.deepEqual(await titlesOf(call), kept)
  })

  test('is not harmed by partial writes of the system', {
    skip: needs('cc'),
  }, async () => {
    const library = join(home, 'short.so')
    const source = `#define _GNU_SOURCE
      #include <dlfcn.h>
      #include <unistd.h>
      ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
        static ssize_t (*real)(int, const void *, size_t, off64_t);
        static _Atomic int calls;
        if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
        return real(file, bytes, count > 1 && ++calls % 3 == 0 ? count / 2 : count, at);
      }`
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, '-x', 'c', '-', '-ldl'], { input: source })
    const folder = mkdtempSync(join(home, 'short-'))
    const kept: string[] = []
    {
      await using app = await startApp({ folder, env: { LD_PRELOAD: library } })
      while (kept.length < 50) assert.equal(await tryToAdd(client(app.url), kept), undefined)
      await app.stop('SIGKILL')
    }
    await using again = await startApp({ folder })
    assert.deepEqual(await titlesOf(client(again.url)), kept)
  })
})

/** Undefined where it was added. */
async function tryToAdd(call: Client, kept: string[]): Promise<Answer | undefined> {
  const title = `task ${kept.length}`
  const answer = await call('POST', '/tasks', { json: { title, notes } })
  if (answer.status !== 201) return answer
  kept.push(title)
  return undefined
}

function isUnavailable({ status, headers }: Answer) {
  assert.equal(status, 503)
  assert.match(headers.get('retry-after')!, /^\d+$/)
}

async function titlesOf(call: Client): Promise<string[]> {
  return (await listAll(call)).map(({ title }) => title)
}
