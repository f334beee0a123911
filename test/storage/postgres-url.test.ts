import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { after, before, suite, test } from 'node:test'
import { ConfigError, readConfig } from '../../src/config.ts'
import { parsePostgresUrl } from '../../src/storage/postgres/url.ts'
import { startApp } from '../helpers/app.ts'
import { client, create, listAll } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'
import { type Postgres, startPostgres } from '../helpers/postgres.ts'

suite('A PostgreSQL URL', () => {
  const whole = {
    host: 'db',
    port: 5_432,
    user: 'me',
    password: 'secret',
    database: 'tasks',
    tls: 'verify-full',
  }
  for (const [url, meant] of [
    ['postgres://me:secret@db/tasks', whole],
    ['postgresql://me:secret@db:5433/tasks', { ...whole, port: 5_433 }],
    ['postgresql+psycopg://me:secret@db/tasks', whole],
    ['postgresql+asyncpg://me:secret@db/tasks?sslmode=prefer', { ...whole, tls: 'prefer' }],
    ['postgres://me:secret@db/tasks?sslmode=allow&application_name=x', { ...whole, tls: 'allow' }],
    ['postgres://me:%25%2F%23%3F%40@db/tasks', { ...whole, password: '%/#?@' }],
    ['postgres://me:a@b@db/tasks', { ...whole, password: 'a@b' }],
    ['postgres://me@[::1]/tasks', { ...whole, host: '::1', password: '', tls: 'disable' }],
    ['postgres:///tasks', { ...whole, host: 'localhost', user: undefined, password: '', tls: 'disable' }],
    ...[
      'postgres://me@/tasks?host=/run/postgresql',
      'postgres://me@%2Frun%2Fpostgresql/tasks',
      'postgresql+psycopg2://me@/tasks?host=/run/postgresql&sslmode=require',
    ].map((url) => [url, { ...whole, host: '/run/postgresql', password: '', tls: 'disable' }] as const),
  ] as const)
    test(`is understood: ${url}`, () => {
      assert.partialDeepStrictEqual(parsePostgresUrl(url), meant)
      assert.deepEqual(readConfig({ DATABASE_URL: url }).database.postgres, { url })
    })

  for (const password of ['pa#ss', 'pa/ss', '12/ss', '12?ss', 'pa%ss', '100%'])
    test(`with the unescaped password ${password} is refused with the way to escape it, and without printing it`, () => {
      assert.throws(
        () => readConfig({ DATABASE_URL: `postgres://me:${password}@db/tasks` }),
        (error) =>
          error instanceof ConfigError &&
          /in a password write % \/ # \? @ as %25 %2F %23 %3F %40/.test(error.message) &&
          !error.message.includes(password),
      )
    })

  for (const [url, sentence] of [
    ['postgres://db/', /name/],
    ['postgres://a,b/tasks', /host/],
    ['postgres://db/tasks?sslmode=always', /one of disable, allow, prefer, require, verify-ca, verify-full/],
    ['postgres://db/tasks?ssl_mode=disable', /expected \?sslmode= in place of \?ssl_mode=/],
  ] as const)
    test(`is refused: ${url}`, () => {
      assert.throws(() => readConfig({ DATABASE_URL: url }), sentence)
    })
})

suite('A PostgreSQL', { skip: needs('postgres') }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  test('is reached through its socket, by default as the user of the operating system', async () => {
    const name = new URL(server.database()).pathname
    server.run(`postgres:${name}`, `create role "${userInfo().username}" superuser login`)
    for (const user of ['postgres@', '']) {
      const DATABASE_URL = `postgresql+psycopg://${user}:${server.port}${name}?host=${server.folder}`
      await using app = await startApp({ env: { DATABASE_URL } })
      await create(client(app.url), 'Tea')
      const { database } = await app.logged(({ msg }) => msg === 'listening')
      assert.equal(database, `${server.folder}, ${name.slice(1)}`)
    }
    await using app = await startApp({
      env: { DATABASE_URL: `postgres://postgres@127.0.0.1:${server.port}${name}` },
    })
    assert.equal((await listAll(client(app.url))).length, 2)
  })

  test('without TLS is accepted if TLS is only preferred', async () => {
    for (const mode of ['prefer', 'allow']) {
      await using app = await startApp({ env: { DATABASE_URL: `${server.database()}?sslmode=${mode}` } })
      await create(client(app.url), 'Tea')
    }
  })
})
