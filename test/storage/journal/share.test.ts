/** A share that is emptied, exchanged or hangs under the real program: the last copy of the tasks is never lost. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { type RunningApp, runCommand, startApp } from '../../helpers/app.ts'
import { client, create, listAll } from '../../helpers/client.ts'
import { needs } from '../../helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-share-'))
after(() => rmSync(home, { recursive: true, force: true }))
let count = 0

/** Folders of one service: its share, and the disk of its copy. */
function newPlace() {
  const place = join(home, String(++count))
  const share = join(place, 'share')
  mkdirSync(share, { recursive: true })
  return { place, share, env: { DURABLE_DIR: share, DATABASE_URL: `sqlite:///${place}/tasks.db` } }
}

/** Calls that name the folder, or a file that is open in it, wait as long as there is a file HANG_WHILE. */
const hang = `#define _GNU_SOURCE
  #include <dirent.h>
  #include <dlfcn.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  #include <unistd.h>
  static void wait_for(const char *path) {
    const char *share = getenv("HANG"), *flag = getenv("HANG_WHILE");
    if (!share || !flag || strncmp(path, share, strlen(share)) != 0) return;
    while (access(flag, F_OK) == 0) usleep(10000);
  }
  int fdatasync(int file) {
    static int (*real)(int);
    char name[32], path[4096];
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length > 0) { path[length] = 0; wait_for(path); }
    return real(file);
  }
  int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
      int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
    static int (*real)(const char *, struct dirent64 ***, int (*)(const struct dirent64 *),
      int (*)(const struct dirent64 **, const struct dirent64 **));
    if (!real) real = dlsym(RTLD_NEXT, "scandir64");
    wait_for(path);
    return real(path, names, filter, compare);
  }
  int access(const char *path, int mode) {
    static int (*real)(const char *, int);
    if (!real) real = dlsym(RTLD_NEXT, "access");
    wait_for(path);
    return real(path, mode);
  }`

suite('A share that loses the journal', { concurrency: 3 }, () => {
  for (const [what, change] of [
    ['is emptied', empty],
    [
      'is another one by now, with a journal of its own',
      (share: string, other: string) => {
        empty(share)
        cpSync(other, share, { recursive: true })
      },
    ],
  ] as const)
    test(`${what}: warns, and at the stop keeps the copy and says where`, {
      skip: needs('signals'),
    }, async () => {
      const [{ share, env, place }, other] = [newPlace(), newPlace()]
      {
        await using app = await startApp({ env: other.env })
        await create(client(app.url), 'of another service')
        await app.stop('SIGKILL')
      }
      await using app = await startApp({ env })
      const call = client(app.url)
      for (const title of ['Tea', 'Coffee']) await create(call, title)
      change(share, other.share)
      await warned(app, /Writes fail: the folder of the journal is not there/)
      const refusal = await call('POST', '/tasks', { json: { title: 'no' } })
      assert.equal(refusal.status, 503)
      assert.match(refusal.text, /did nothing; try again/)
      assert.deepEqual(await titlesOf(app), ['Tea', 'Coffee'])
      const count = async () =>
        Number(/^taskapp_journal_warnings_total (\d+)$/m.exec((await call('GET', '/metrics')).text)![1])
      const counted = await count()
      assert.ok((await count()) > counted, 'the alert on its increase lasts')
      const before = readdirSync(share).sort()

      assert.equal(await app.stop(), 1)
      assert.deepEqual(readdirSync(share).sort(), before)
      const { msg } = app.log.findLast(({ level }) => level === 'error')!
      const [, kept = ''] = /They are in (\S+):/.exec(msg) ?? []
      assert.ok(kept.startsWith(join(place, 'tasks.db-kept-')), msg)
      assert.deepEqual(titlesIn(kept), ['Tea', 'Coffee'])
    })

  test('while no process runs: no new journal is started beside a copy that was kept', {
    skip: needs('signals'),
  }, async () => {
    const { share, env, place } = newPlace()
    {
      await using app = await startApp({ env })
      for (const title of ['Tea', 'Coffee']) await create(client(app.url), title)
      empty(share)
      await app.stop()
    }
    const { code, out } = await runCommand(['serve'], { env: { ...env, PORT: '0' } })
    assert.equal(code, 1)
    assert.match(out, /it has no journal, but \S+ is the copy of one, with 2 tasks/)
    assert.deepEqual(readdirSync(share), [])

    // As it says.
    const kept = join(place, readdirSync(place).find((name) => name.includes('-kept-'))!)
    const database = join(place, 'tasks.db')
    assert.equal((await runCommand(['restore', kept, database, '--replace'])).code, 0)
    renameSync(kept, join(home, `moved-${++count}.db`))
    await using app = await startApp({ env })
    assert.deepEqual(await titlesOf(app), ['Tea', 'Coffee'])
  })

  test('while its process is killed: no new journal is started beside the remaining copy', async () => {
    const { share, env, place } = newPlace()
    {
      await using app = await startApp({ env })
      for (const title of ['Tea', 'Coffee']) await create(client(app.url), title)
      await app.stop('SIGKILL')
    }
    const away = `${share}.away`
    renameSync(share, away)
    mkdirSync(share)
    for (let start = 0; start < 2; start++) {
      const { code, out } = await runCommand(['serve'], { env: { ...env, PORT: '0' } })
      assert.equal(code, 1)
      assert.match(out, /it has no journal, but \S+ is the copy of one, with 2 tasks/)
    }
    assert.deepEqual(readdirSync(share), [])

    rmSync(share, { recursive: true })
    renameSync(away, share)
    await using app = await startApp({ env })
    assert.deepEqual(await titlesOf(app), ['Tea', 'Coffee'])
    assert.deepEqual(
      readdirSync(place).filter((name) => name.includes('-left-') || name.includes('-kept-')),
      [],
    )
  })

  test('to that of another service, while its process is killed: keeps the copy and says where', async () => {
    const [{ share, env }, other] = [newPlace(), newPlace()]
    for (const [own, title] of [
      [env, 'Tea'],
      [other.env, 'of another service'],
    ] as const) {
      await using app = await startApp({ env: own })
      await create(client(app.url), title)
      await app.stop('SIGKILL')
    }
    empty(share)
    cpSync(other.share, share, { recursive: true })
    await using app = await startApp({ env })
    assert.deepEqual(await titlesOf(app), ['of another service'])
    const { msg } = await app.logged(
      ({ level, msg }) => level === 'warn' && /is not of this journal/.test(msg),
    )
    assert.deepEqual(titlesIn(/it is now (\S+)$/.exec(msg)![1]!), ['Tea'])
  })

  test('and returns: accepts writes again by itself, and reports nothing at shutdown', {
    skip: needs('signals'),
  }, async () => {
    const { share, env, place } = newPlace()
    await using app = await startApp({ env })
    const call = client(app.url)
    await create(call, 'Tea')
    renameSync(share, `${share}.away`)
    mkdirSync(share)
    await warned(app, /Writes fail/)
    rmSync(share, { recursive: true })
    renameSync(`${share}.away`, share)
    await app.logged(({ msg }) => msg === 'the folder of the journal takes writes again')
    await create(call, 'Coffee')
    assert.doesNotMatch((await call('GET', '/readyz')).text, /Writes fail/)
    assert.equal(await app.stop(), 0)
    assert.deepEqual(readdirSync(place).sort(), ['share'])
  })
})

suite('A share that hangs', { skip: needs('cc') }, () => {
  const library = join(home, 'hang.so')
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, '-x', 'c', '-', '-ldl'], { input: hang })

  test('blocks no request: writes get a 503 that states the outcome, reads still work, and /readyz warns', async () => {
    const { share, env, place } = newPlace()
    const flag = join(place, 'hang')
    await using app = await startApp({ env: { ...env, LD_PRELOAD: library, HANG: share, HANG_WHILE: flag } })
    const call = client(app.url)
    await create(call, 'Tea')
    writeFileSync(flag, '')
    const first = call('POST', '/tasks', { json: { title: 'first' } })
    await warned(app, /Writes fail: the folder of the journal does not answer/)
    assert.deepEqual(await titlesOf(app), ['Tea'])
    const { status, text } = await first
    assert.equal(status, 503)
    assert.match(
      text,
      /urn:problem-type:taskapp:uncertain.*it may have been done; send it again with the same Idempotency-Key/,
    )
    const second = await call('POST', '/tasks', { json: { title: 'second' } })
    assert.equal(second.status, 503)
    assert.match(second.text, /did nothing; try again/)

    rmSync(flag)
    await app.logged(({ msg }) => msg === 'the folder of the journal takes writes again')
    while ((await call('POST', '/tasks', { json: { title: 'third' } })).status !== 201);
    assert.ok(!(await titlesOf(app)).includes('second'))
    assert.equal(await app.stop(), 0)
  })

  test('does not keep the process from exiting, which leaves the copy', async () => {
    const { share, env, place } = newPlace()
    const flag = join(place, 'hang')
    const hanging = { ...env, LD_PRELOAD: library, HANG: share, HANG_WHILE: flag, SHUTDOWN_SECONDS: '2' }
    await using app = await startApp({ env: hanging })
    await create(client(app.url), 'Tea')
    writeFileSync(flag, '')
    assert.equal(await app.stop(), null)
    const [copy] = readdirSync(place).filter((name) => /-copy-\d+-\d+$/.test(name))
    assert.deepEqual(titlesIn(join(place, copy!)), ['Tea'])
  })

  test('at startup is reported in one sentence', async () => {
    const { share, env, place } = newPlace()
    const flag = join(place, 'hang')
    writeFileSync(flag, '')
    const { err } = await runCommand(['serve'], {
      env: { ...env, PORT: '0', LD_PRELOAD: library, HANG: share, HANG_WHILE: flag },
    })
    assert.match(err, /^taskapp: Cannot use DURABLE_DIR ".*": it does not answer within \d+ s; .*\n$/)
  })
})

test('A normal start with a journal logs no error, although /readyz is requested meanwhile', async () => {
  const { env } = newPlace()
  {
    await using app = await startApp({ env })
    await create(client(app.url), 'Tea')
  }
  await using app = await startApp({ env })
  let status = 0
  while (status !== 200) status = (await client(app.url)('GET', '/readyz')).status
  assert.deepEqual(
    app.log.filter(({ level }) => level === 'error'),
    [],
  )
})

function empty(share: string) {
  for (const name of readdirSync(share)) rmSync(join(share, name), { recursive: true })
}

async function warned(app: RunningApp, warning: RegExp) {
  for (;;) {
    const { status, text } = await client(app.url)('GET', '/readyz')
    assert.equal(status, 200)
    if (warning.test(text)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function titlesOf(app: RunningApp): Promise<string[]> {
  return (await listAll(client(app.url))).map(({ title }) => title)
}

function titlesIn(file: string): unknown[] {
  const db = new DatabaseSync(file)
  const rows = db.prepare('select title from tasks order by id').all()
  db.close()
  return rows.map(({ title }) => title)
}
