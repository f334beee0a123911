/** Backups that the service makes by itself, and what an operator does with them. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, suite, test } from 'node:test'
import { openStore } from '../../src/storage/open.ts'
import { runCommand, startApp } from '../helpers/app.ts'
import { client, create, listAll } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-backups-'))
after(() => rmSync(home, { recursive: true, force: true }))
let count = 0
const newPath = () => join(home, String(++count))
const newFolder = () => {
  const folder = newPath()
  mkdirSync(folder)
  return folder
}
const made = ({ msg }: { msg: string }) => msg.startsWith('backed up to ')

suite('With BACKUP_DIR the service', { concurrency: 2 }, () => {
  test('backs up at its first start, not again before the interval has passed, and says so', async () => {
    const backups = newFolder()
    await using app = await startApp({ env: { BACKUP_DIR: backups } })
    const call = client(app.url)
    await create(call, 'Tea')
    await app.logged(made)
    await create(call, 'Coffee')
    const names = readdirSync(backups)
    assert.equal(names.length, 1)
    assert.match(names[0]!, /^tasks-000001-\d{8}T\d{6}Z\.db$/)
    assert.equal((await runCommand(['verify', join(backups, names[0]!)])).code, 0)
  })

  test('makes no backup if nothing has changed since the last one', async () => {
    const [backups, folder] = [newFolder(), newFolder()]
    const env = { BACKUP_DIR: backups }
    {
      await using app = await startApp({ env, folder })
      await create(client(app.url), 'Tea')
      await app.logged(made)
    }
    age(backups, 25)
    const file = join(folder, 'tasks.db')
    const past = new Date(Date.now() - 26 * 3_600_000)
    utimesSync(file, past, past)
    await using app = await startApp({ env, folder })
    await listAll(client(app.url))
    await app.stop()
    assert.equal(readdirSync(backups).length, 1)
  })

  test('backs up after a start if there were changes before it', async () => {
    const [backups, folder] = [newFolder(), newFolder()]
    await openStore({ file: join(folder, 'tasks.db') }).close()
    await using app = await startApp({ env: { BACKUP_DIR: backups }, folder })
    await app.logged(made)
    assert.equal(readdirSync(backups).length, 1)
  })

  test('keeps the configured number, by sequence number, even if the clock was wrong', async () => {
    const backups = newFolder()
    for (const name of ['tasks-000007-20270101T000000Z.db', 'tasks-000008-20270102T000000Z.db', 'notes.txt'])
      writeFileSync(join(backups, name), 'old')
    writeFileSync(join(backups, 'tasks-000009-20270102T000000Z.db.part'), 'of a crash')
    age(backups, -24 * 365)
    const another = 'tasks-000009-20261126T000000Z.db.0a1b2c3d.part'
    writeFileSync(join(backups, another), 'of another program, just now')
    await using app = await startApp({ env: { BACKUP_DIR: backups, BACKUP_KEEP: '2' } })
    await create(client(app.url), 'Tea')
    await app.logged(made)
    const left = readdirSync(backups)
    const own = left.find((name) => name.startsWith('tasks-000009-') && name.endsWith('.db'))
    assert.deepEqual(left.sort(), [another, 'notes.txt', own, 'tasks-000008-20270102T000000Z.db'].sort())
  })

  test('reports a failed backup in the log and in /readyz, and keeps the old ones', async () => {
    const backups = newFolder()
    await using app = await startApp({ env: { BACKUP_DIR: backups } })
    rmSync(backups, { recursive: true })
    const call = client(app.url)
    await create(call, 'Tea')
    const { msg } = await app.logged(({ level, msg }) => level === 'warn' && msg.startsWith('No backup'))
    const { status, text } = await call('GET', '/readyz')
    assert.equal(status, 200)
    assert.match(JSON.parse(text).warnings.join(), /No backup in …/)
    assert.ok(msg.includes(backups) && !text.includes(backups), 'its path is in the log alone')
  })

  test('stops during a backup, and removes the leftovers later', async () => {
    const [backups, folder] = [newFolder(), newFolder()]
    const store = openStore({ file: join(folder, 'tasks.db') })
    const notes = 'n'.repeat(10_000)
    await Promise.all(Array.from({ length: 3_000 }, () => store.create({ title: 'Tea', notes })))
    await store.close()
    const env = { BACKUP_DIR: backups }
    {
      await using app = await startApp({ env, folder })
      while (readdirSync(backups).length === 0) await new Promise(setImmediate)
      assert.equal(await app.stop(), 0)
      assert.ok(app.log.every(({ msg }) => !msg.startsWith('No backup')))
    }
    age(backups, 2)
    await using app = await startApp({ env, folder })
    await create(client(app.url), 'Coffee')
    await app.logged(made)
    assert.deepEqual(
      readdirSync(backups).filter((name) => !/^tasks-\d{6}-\d{8}T\d{6}Z\.db$/.test(name)),
      [],
    )
  })

  for (const durable of [false, true]) {
    test(`under load: a drill restores ${durable ? 'a journal' : 'a file'} to what one moment had`, async () => {
      const [backups, folder] = [newFolder(), newFolder()]
      const env = { BACKUP_DIR: backups, ...(durable && { DURABLE_DIR: newFolder() }) }
      const file = join(folder, 'tasks.db')
      const store = openStore({ file })
      for (let n = 1; n <= before; n++) await store.create({ title: `task ${n}` })
      await store.close()
      {
        await using app = await startApp({ env, folder })
        const call = client(app.url)
        let last = before
        let running = true
        const writer = (async () => {
          while (running) last = (await create(call, `task ${last + 1}`)).id
        })()
        await app.logged(made)
        running = false
        await writer
      }
      const [name] = readdirSync(backups)
      const target = durable ? newPath() : file
      const { code, err } = await runCommand(['restore', join(backups, name!), target, '--replace'])
      assert.equal(code, 0, err)
      await using app = await startApp({ env: { DATABASE_URL: `sqlite:///${target}` } })
      const titles = (await listAll(client(app.url))).map(({ title }) => title)
      assert.ok(titles.length >= before)
      assert.deepEqual(
        titles,
        titles.map((_, index) => `task ${index + 1}`),
      )
    })
  }
})

suite('verify', { concurrency: 2 }, () => {
  test('fails for a folder that has neither a journal nor a backup', async () => {
    const other = newFolder()
    writeFileSync(join(other, 'notes.txt'), 'Dear diary')
    for (const folder of [newFolder(), other, '/']) {
      const { code, out } = await runCommand(['verify', folder])
      assert.equal(code, 1, folder)
      assert.match(out, /there is neither a journal nor a backup/)
    }
  })

  test('checks each backup of a folder, and fails if one is truncated', async () => {
    const folder = newFolder()
    const names = ['tasks-000001-20261224T180000Z.db', 'by-hand.db']
    for (const name of names)
      copyFileSync(await fileWith(...Array.from({ length: 300 }, (_, n) => `task ${n}`)), join(folder, name))
    const sound = await runCommand(['verify', folder])
    assert.equal(sound.code, 0)
    for (const name of names) assert.match(sound.out, new RegExp(`${name}: sound, 300 tasks`))
    for (const name of names) {
      const whole = readFileSync(join(folder, name))
      writeFileSync(join(folder, name), whole.subarray(0, 5_000))
      const { code, out } = await runCommand(['verify', folder])
      assert.equal(code, 1)
      assert.match(out, new RegExp(`${name} is no sound file of tasks`))
      writeFileSync(join(folder, name), whole)
    }
  })
})

suite('restore --replace', { concurrency: 2 }, () => {
  test('keeps the replaced file under another name', async () => {
    const [from, folder] = [await fileWith('from the backup'), newFolder()]
    const to = join(folder, 'tasks.db')
    writeFileSync(to, readFileSync(await fileWith('from before')))
    assert.equal((await runCommand(['restore', from, to, '--replace'])).code, 0)
    assert.deepEqual(titlesIn(to), ['from the backup'])
    const [aside, ...more] = readdirSync(folder).filter((name) => name !== 'tasks.db')
    assert.deepEqual(more, [])
    assert.deepEqual(titlesIn(join(folder, aside!)), ['from before'])
  })

  test('refuses a file that is damaged, foreign, newer or missing, and changes nothing', async () => {
    const to = await fileWith('kept')
    const before = readFileSync(to)
    const cut = await fileWith(...Array.from({ length: 300 }, (_, n) => `task ${n}`))
    writeFileSync(cut, readFileSync(cut).subarray(0, -4_096))
    const foreign = newPath()
    withDatabase(foreign, 'create table songs (name text)')
    const newer = await fileWith('newer')
    withDatabase(newer, 'pragma user_version = 99')
    const diary = newPath()
    writeFileSync(diary, 'Dear diary, '.repeat(500))
    for (const [from, sentence] of [
      [cut, /no sound file of tasks/],
      [foreign, /belongs to another program/],
      [newer, /version 99.*run a newer taskapp/],
      [diary, /no sound file of tasks/],
      [newPath(), /there is no such file/],
    ] as const) {
      const { code, err } = await runCommand(['restore', from, to, '--replace'])
      assert.equal(code, 1)
      assert.match(err, sentence)
      assert.ok(readFileSync(to).equals(before))
      if (from !== newer) assert.equal((await runCommand(['verify', from])).code, 1)
    }
  })

  test('keeps the owner and the permissions of the replaced file', { skip: needs('modes') }, async () => {
    const [from, to] = [await fileWith('from the backup'), await fileWith('from before')]
    const isRoot = process.getuid?.() === 0
    const user = 65_534
    for (const mode of [0o600, 0o640]) {
      chmodSync(to, mode)
      if (isRoot) chownSync(to, user, user)
      assert.equal((await runCommand(['restore', from, to, '--replace'])).code, 0)
      const { uid, gid, mode: now } = statSync(to)
      assert.equal(now & 0o777, mode)
      if (isRoot) assert.deepEqual([uid, gid], [user, user])
    }
  })

  test('run by root gives the file to the owner of the folder, with permissions no wider than the backup’s', {
    skip: needs('modes') || (process.getuid?.() !== 0 && 'only root gives files away'),
  }, async () => {
    const [from, folder] = [await fileWith('from the backup'), newFolder()]
    const user = 65_534
    chmodSync(from, 0o600)
    chownSync(folder, user, user)
    const to = join(folder, 'tasks.db')
    assert.equal((await runCommand(['restore', from, to])).code, 0)
    const { uid, gid, mode } = statSync(to)
    assert.deepEqual([uid, gid, mode & 0o777], [user, user, 0o600])
  })

  test('replaces a damaged file and its log', async () => {
    const [from, folder] = [await fileWith('from the backup'), newFolder()]
    const to = join(folder, 'tasks.db')
    writeFileSync(to, 'Dear diary, '.repeat(500))
    writeFileSync(`${to}-wal`, 'of another time')
    const { code, err } = await runCommand(['restore', from, to, '--replace'])
    assert.equal(code, 0, err)
    assert.deepEqual(titlesIn(to), ['from the backup'])
    assert.ok(!existsSync(`${to}-wal`))
    const aside = readdirSync(folder).find((name) => /^tasks\.db\.\w+$/.test(name))!
    assert.match(readFileSync(join(folder, aside), 'utf8'), /^Dear diary/)
  })

  test('refuses while the service uses the file', async () => {
    const from = await fileWith('from the backup')
    await using app = await startApp()
    await create(client(app.url), 'kept')
    const { code, err } = await runCommand(['restore', from, join(app.folder, 'tasks.db'), '--replace'])
    assert.equal(code, 1)
    assert.match(err, /a program uses it; stop that first/)
    assert.equal((await listAll(client(app.url))).length, 1)
    await create(client(app.url), 'goes on')
    assert.deepEqual(
      readdirSync(app.folder).filter((name) => !/^tasks\.db(-wal|-shm)?$/.test(name)),
      [],
    )
  })
})

/** Tasks that are there before the service starts. */
const before = 50

/** Sets the times of all files back by so many hours. */
function age(folder: string, hours: number) {
  const time = new Date(Date.now() - hours * 3_600_000)
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), time, time)
}

async function fileWith(...titles: string[]): Promise<string> {
  const file = newPath()
  const store = openStore({ file })
  await Promise.all(titles.map((title) => store.create({ title })))
  await store.close()
  return file
}

function withDatabase(file: string, sql: string) {
  const db = new DatabaseSync(file)
  db.exec(sql)
  db.close()
}

function titlesIn(file: string): unknown[] {
  const db = new DatabaseSync(file)
  const rows = db.prepare('select title from tasks order by id').all()
  db.close()
  return rows.map(({ title }) => title)
}
