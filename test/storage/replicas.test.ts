import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { programName } from '../../src/storage/postgres/connect.ts'
import { openPostgres } from '../../src/storage/postgres/store.ts'
import type { TaskStore } from '../../src/tasks/store.ts'
import { runCommand, startApp } from '../helpers/app.ts'
import { type Client, client, parse, type TaskBody } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'
import { needs } from '../helpers/needs.ts'
import { type Postgres, startPostgres } from '../helpers/postgres.ts'
import { until } from '../helpers/until.ts'

suite('Replicas that share a PostgreSQL', { skip: needs('postgres') }, () => {
  let server: Postgres
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-replicas-'))
  before(async () => {
    server = await startPostgres()
    // For PostgreSQL, which may be another user.
    chmodSync(folder, 0o755)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  const replica = (url: string) => startApp({ env: { DATABASE_URL: url } })

  test('make its schema once, ten starting together, and refuse a newer one', async () => {
    const url = server.database()
    const stores = await Promise.all(Array.from({ length: 10 }, () => openPostgres({ url })))
    const tasks = await Promise.all(stores.map((store, n) => store.create({ title: `task ${n}` })))
    assert.deepEqual(
      tasks.map(({ id }) => id).sort((a, b) => a - b),
      Array.from({ length: 10 }, (_, n) => n + 1),
    )
    await Promise.all(stores.map((store) => store.close()))
    server.run(url, 'update taskapp_state set step = 999')
    await assert.rejects(openPostgres({ url }), (error: Error) => /step 999/.test(error.message))
  })

  test('let one of those win who change the same version, and do a write with a key once', async () => {
    const url = server.database()
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgres({ url })))
    const settled = async (write: (store: TaskStore, n: number) => Promise<unknown>) => {
      const results = await Promise.allSettled(stores.map(write))
      return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    }
    const { id } = await stores[0]!.create({ title: 'one' })
    for (let round = 0; round < 50; round++) {
      const { updated } = (await stores[round % 4]!.find(id))!
      const won = await settled((store, n) =>
        store.change(id, { title: `${round}-${n}` }, { versions: [updated] }),
      )
      assert.equal(won.length, 1)
      const made = await settled((store) => store.create({ title: 'once' }, `key ${round}`))
      assert.equal(made.length, 4)
      assert.deepEqual(made, Array(4).fill(made[0]))
    }
    await Promise.all(stores.map((store) => store.close()))
  })

  test('find what an earlier version beside them writes, and let others write before all of it is found', async () => {
    const url = server.database()
    const store = await openPostgres({ url })
    const notes = 'Große Straße '.repeat(500)
    const titles = Array.from({ length: 100 }, (_, n) => `task ${n}`)
    const tasks = await Promise.all(titles.map((title) => store.create({ title, notes })))
    await store.remove(tasks[99]!.id)
    for (const table of ['tasks', 'deleted_tasks'])
      server.run(url, `update ${table} set words = ' ' || lower(title) || ' große straße '`)
    let searching = true
    const search = store.count({ text: 'strasse' }).finally(() => {
      searching = false
    })
    let between = 0
    while (searching) {
      await store.create({ title: 'another' })
      if (searching) between++
    }
    assert.equal(await search, 99)
    assert.ok(between > 1, `${between} writes`)
    await store.restore(tasks[99]!.id)
    assert.equal(await store.count({ text: 'strasse' }), 100)
    await store.close()
  })

  test('change any number of tasks, some in each statement', async () => {
    const url = server.database()
    const store = await openPostgres({ url })
    server.run(url, 'create table sizes (rows bigint)')
    const body = 'begin insert into sizes select count(*) from changed; return null; end'
    server.run(url, `create function note() returns trigger language plpgsql as '${body}'`)
    for (const [event, rows] of [
      ['insert', 'new'],
      ['update', 'new'],
      ['delete', 'old'],
    ])
      server.run(
        url,
        `create trigger note_${event} after ${event} on tasks referencing ${rows} table as changed for each statement execute function note()`,
      )
    const count = 2 * limits.changedAtOnce + 1
    const task = { notes: null, due: null, done: false, created: null, updated: null, completed: null }
    async function* batches() {
      for (let n = 0; n < count; n += 1_000)
        yield Array.from({ length: Math.min(1_000, count - n) }, (_, k) => ({ ...task, title: `${n + k}` }))
    }
    assert.equal(await store.addAll(batches(), 'import'), count)
    assert.equal((await store.find(count))!.title, `${count - 1}`)
    assert.equal(await store.undo('import', 'taken back'), count)
    assert.equal(await store.undo('taken back'), count)
    assert.equal(await store.changeAll({ done: true }), count)
    assert.equal(await store.count({ done: true }), count)
    assert.equal(await store.removeCompleted(), count)
    assert.equal(await store.count({}), 0)
    await store.close()
    assert.equal(
      server.run(url, 'select max(rows), count(*) from sizes').trim(),
      `${limits.changedAtOnce}|15`,
    )
  })

  test('search without a look at the texts', async () => {
    const url = server.database()
    const connected = `select count(*) from pg_stat_activity where application_name = '${programName}' and datname = current_database()`
    /** Its connections report what they did when they end. */
    const closed = async (store: TaskStore) => {
      await store.close()
      await until('all connections have ended', async () => Number(server.run(url, connected)) === 0)
    }
    const writer = await openPostgres({ url })
    // Too long to be kept in the rows.
    const notes = Array.from({ length: 1_200 }, (_, n) => `word${n}`).join(' ')
    await Promise.all(Array.from({ length: 200 }, (_, n) => writer.create({ title: `milk ${n}`, notes })))
    await closed(writer)
    server.run(url, 'vacuum analyze tasks')
    const read = `select toast_blks_read + toast_blks_hit from pg_statio_user_tables where relname = 'tasks'`
    const before = Number(server.run(url, read))
    const store = await openPostgres({ url })
    for (const text of ['milk', 'm', 'word1 word2 word', 'nothing', '一'.repeat(200)]) {
      assert.equal(await store.count({ text }), /^[mw]/.test(text) ? 200 : 0, text)
      const view = await store.view({ text })
      for await (const _ of view.versions());
      await view.close()
    }
    assert.deepEqual((await store.page({ text: 'nothing', limit: 100 })).tasks, [])
    await closed(store)
    assert.equal(Number(server.run(url, read)), before)
  })

  test('assign consecutive ids, whichever replica wrote last, and treat an expired key as new', async () => {
    const url = server.database()
    const [left, right] = [await openPostgres({ url }), await openPostgres({ url })]
    const made: number[] = []
    const create = async (store: TaskStore, key?: string) => {
      const { id } = await store.create({ title: 'one of many' }, key)
      if (made.at(-1) !== id) made.push(id)
      return id
    }
    // A replica that was alone for some writes does not ask what others did meanwhile.
    for (const [round, lefts] of [1, 4, 5, 3, 4].entries()) {
      for (let n = 0; n < lefts; n++) await create(left)
      const first = await create(left, `left ${round}`)
      assert.equal(await create(left, `left ${round}`), first)
      assert.equal(await create(right, `left ${round}`), first)
      for (let n = 0; n < round; n++) await create(right)
    }
    server.run(url, 'update answers set time = 1')
    for (let n = 0; n < 3; n++) await create(left)
    assert.equal(await create(left, 'left 0'), made.length)
    assert.deepEqual(
      made,
      made.map((_, index) => index + 1),
    )
    assert.deepEqual(
      (await right.page({ limit: 1_000 })).tasks.map(({ id }) => id),
      made,
    )
    await Promise.all([left, right].map((store) => store.close()))
  })

  test('never answer with what was before a write that another answered', async () => {
    const url = server.database()
    await using a = await replica(url)
    await using b = await replica(url)
    const [left, right] = [client(a.url), client(b.url)]
    for (let n = 1; n <= 200; n++) {
      const [from, to] = n % 2 ? [left, right] : [right, left]
      await from('POST', '/tasks', { json: { title: `task ${n}` } })
      assert.equal(parse<TaskBody[]>(await to('GET', '/tasks')).length, n)
    }
  })

  test('tell of each other’s changes, and go on where the other left off', async () => {
    const url = server.database()
    await using a = await replica(url)
    await using b = await replica(url)
    const write = client(b.url)
    let id: string
    {
      await using events = await listen(`${a.url}/events`)
      await write('POST', '/tasks', { json: { title: 'one' } })
      assert.match((await events.next()).data, /"one"/)
      server.run(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'taskapp'",
      )
      await untilWritten(write, 'two')
      assert.match((await events.next()).data, /"two"/)
      id = events.lastId()
    }
    await write('POST', '/tasks', { json: { title: 'three' } })
    for (const { url: at } of [b, a]) {
      await using events = await listen(`${at}/events`, { 'Last-Event-ID': id })
      const { event, data } = await events.next()
      assert.equal(event, 'created')
      assert.match(data, /"three"/)
    }
  })

  test('go on beside a newer one, whose schema has more, and do not start with it', async () => {
    const url = server.database()
    await using app = await startApp({ env: { DATABASE_URL: url } })
    const call = client(app.url)
    const { id } = parse<TaskBody>(await call('POST', '/tasks', { json: { title: 'before' } }))
    for (const table of ['tasks', 'deleted_tasks', 'commits', 'answers'])
      server.run(url, `alter table ${table} add column later text`)
    server.run(url, 'update taskapp_state set step = step + 1')
    assert.equal((await call('PATCH', `/tasks/${id}`)).status, 200)
    assert.equal((await call('DELETE', `/tasks/${id}`)).status, 204)
    assert.equal((await call('POST', `/tasks/${id}/restore`)).status, 200)
    assert.equal((await call('POST', '/tasks', { json: { title: 'after' } })).status, 201)
    assert.equal(parse<TaskBody[]>(await call('GET', '/tasks')).length, 2)
    const { code, err } = await runCommand(['serve'], { env: { DATABASE_URL: url, PORT: '0' } })
    assert.equal(code, 1)
    assert.match(err, /its schema is at step \d+, and this version knows \d+; run the newer version/)
  })

  test('throw away what has expired', async () => {
    const url = server.database()
    const store = await openPostgres({ url })
    const [first, second] = await Promise.all([
      store.create({ title: 'one' }, 'key'),
      store.create({ title: 'two' }),
    ])
    await store.remove(first.id)
    await store.remove(second.id)
    server.run(url, 'update answers set time = time - 24 * 60 * 60 * 1000')
    server.run(
      url,
      `update deleted_tasks set deleted = deleted - 31::bigint * 24 * 60 * 60 * 1000 where id = ${first.id}`,
    )
    await assert.rejects(store.restore(first.id))
    assert.notEqual((await store.create({ title: 'one' }, 'key')).id, first.id)
    await store.close()
    const another = await openPostgres({ url })
    await another.create({ title: 'three' })
    assert.equal(server.run(url, 'select id from deleted_tasks'), String(second.id))
    await another.close()
  })

  test('keep the last thousand commits', async () => {
    const url = server.database()
    await (await openPostgres({ url })).close()
    server.run(url, "insert into commits select n, 1, '[]' from generate_series(1, 1500) as n")
    server.run(url, 'update taskapp_state set seq = 1500')
    const store = await openPostgres({ url })
    for (let n = 0; n < 5; n++) await store.create({ title: `task ${n}` })
    await store.close()
    assert.equal(server.run(url, 'select min(seq), max(seq), count(*) from commits').trim(), '506|1505|1000')
  })

  test('reach it by TLS, and nobody else in its place', async () => {
    const url = server.database()
    const [key, certificate] = ['server.key', 'server.pem'].map((name) => join(folder, name)) as [
      string,
      string,
    ]
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...names],
        ...['-keyout', key, '-out', certificate],
      ],
      { stdio: 'ignore' },
    )
    if (process.getuid?.() === 0) execFileSync('chown', ['postgres:', key])
    server.run(url, `alter system set ssl_key_file = '${key}'`)
    server.run(url, `alter system set ssl_cert_file = '${certificate}'`)
    server.run(url, 'alter system set ssl = on')
    server.run(url, 'select pg_reload_conf()')
    await until('TLS is on', () => server.run(url, 'show ssl') === 'on')
    const opened = async (host: string, query: string) => {
      const store = await openPostgres({ url: `${url.replace('127.0.0.1', host)}?${query}` })
      await store.create({ title: 'safe' })
      const used = server.run(
        url,
        "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'taskapp' and datname = current_database()",
      )
      await store.close()
      return used
    }
    const root = `sslrootcert=${certificate}`
    assert.equal(await opened('localhost', `sslmode=verify-full&${root}`), 't')
    assert.equal(await opened('127.0.0.1', `sslmode=verify-ca&${root}`), 't')
    assert.equal(await opened('127.0.0.1', 'sslmode=require'), 't')
    assert.equal(await opened('127.0.0.1', 'sslmode=disable'), 'f')
    await assert.rejects(opened('127.0.0.1', `sslmode=verify-full&${root}`), /altnames/)
    await assert.rejects(opened('localhost', 'sslmode=verify-full'), /self-signed/)
  })

  test('read a password that has changed from its file', async () => {
    const url = server.database()
    server.run(url, "create role app superuser login password 'first-secret'")
    const rules = server.run(url, 'show hba_file')
    writeFileSync(rules, `host all app 127.0.0.1/32 scram-sha-256\n${readFileSync(rules, 'utf8')}`)
    server.run(url, 'select pg_reload_conf()')
    const file = join(folder, 'url')
    const write = (password: string) => writeFileSync(file, url.replace('postgres@', `app:${password}@`))
    write('first-secret')
    await using app = await startApp({ env: { DATABASE_URL_FILE: file, DATABASE_URL: '' } })
    const call = client(app.url)
    assert.equal((await call('POST', '/tasks', { json: { title: 'before' } })).status, 201)
    server.run(url, "alter role app password 'second-secret'")
    server.run(url, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'")
    await until('the old password is refused', async () => (await call('GET', '/tasks')).status === 503)
    write('second-secret')
    await untilWritten(call, 'after')
    assert.doesNotMatch(JSON.stringify(app.log) + app.errors(), /first-secret|second-secret/)
  })

  test('answer 503 while it is away, and go on without a restart; nothing acknowledged is lost or doubled', async () => {
    const url = server.database()
    await using a = await replica(url)
    await using b = await replica(url)
    const clients = [client(a.url), client(b.url)]
    const acknowledged: string[] = []
    let failed = 0
    let stopped = false
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; !stopped; n++) {
        const title = `${writer}-${n}`
        const options = { json: { title }, headers: { 'Idempotency-Key': title } }
        for (let time = 0; ; time++) {
          const { status, headers } = await clients[(writer + time) % 2]!('POST', '/tasks', options)
          if (status === 201) break
          assert.equal(status, 503)
          assert.ok(headers.get('retry-after'))
          failed++
        }
        acknowledged.push(title)
      }
    })
    await until('200 are acknowledged', () => acknowledged.length > 200)
    await server.stop('SIGQUIT')
    await until('one is refused', () => failed > 0)
    assert.equal((await clients[0]!('GET', '/tasks?limit=1')).status, 503)
    assert.equal((await clients[0]!('GET', '/readyz')).status, 503)
    assert.equal((await clients[0]!('GET', '/healthz')).status, 200)
    await server.start()
    const before = acknowledged.length
    await until('200 more are acknowledged', () => acknowledged.length > before + 200)
    stopped = true
    await Promise.all(writers)
    const titles = server.run(url, 'select title from tasks').split('\n')
    assert.deepEqual(titles.sort(), acknowledged.sort())
  })

  test('let nobody in by a session that ended at another, at once and after a restart', async () => {
    const env = {
      DATABASE_URL: server.database(),
      AUTH_TOKEN_SHA256: createHash('sha256').update('token').digest('hex'),
      SESSION_KEY: 'k'.repeat(40),
    }
    await using left = await startApp({ env })
    await using right = await startApp({ env })
    const [here, there] = [client(left.url), client(right.url)]
    const signIn = async () => {
      const { headers } = await here('POST', '/session', { json: { token: 'token' } })
      return { headers: { Cookie: headers.get('set-cookie')!.split(';')[0]! } }
    }
    for (let round = 0; round < 20; round++) {
      const [by, other] = [await signIn(), await signIn()]
      const { body } = await fetch(`${right.url}/events`, by)
      for (const at of [here, there]) assert.equal((await at('GET', '/tasks', by)).status, 200)
      assert.equal((await here('DELETE', '/session', by)).status, 204)
      for (const [method, path] of [
        ['GET', '/tasks'],
        ['POST', '/tasks'],
        ['GET', '/export'],
      ] as const)
        assert.equal((await there(method, path, by)).status, 401, `${method} ${path}`)
      assert.equal((await there('GET', '/tasks', other)).status, 200)
      // What was listened to by it ends.
      for await (const _ of body!);
    }
    const by = await signIn()
    assert.equal((await there('DELETE', '/session?everywhere=true', by)).status, 204)
    assert.equal((await here('GET', '/tasks', by)).status, 401)
    await using late = await startApp({ env })
    assert.equal((await client(late.url)('GET', '/tasks', by)).status, 401)
  })
})

/** A connection that was cut fails the write that finds it so; a repeat with the same key is done once. */
async function untilWritten(write: Client, title: string) {
  const options = { json: { title }, headers: { 'Idempotency-Key': title } }
  while ((await write('POST', '/tasks', options)).status !== 201);
}
