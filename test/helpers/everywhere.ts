import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { type RunningApp, runCommand, startApp } from './app.ts'
import { type Client, client } from './client.ts'
import { needs } from './needs.ts'
import { type Postgres, startPostgres } from './postgres.ts'

export interface Place {
  /** For the currently running program. */
  readonly call: Client
  readonly url: string
  /** Restarts it; with a journal the new process takes over before the old one ends, as in a rollout. */
  restart(): Promise<void>
}

/**
 * Declares the tests of `walk` for each kind of storage, and one that copies what they left to PostgreSQL and back: `kept` must say the
 * same of both. `walk` must not use the place before its tests run.
 */
export function everywhere(walk: (place: Place) => void, kept: (call: Client) => Promise<unknown>): void {
  const home = mkdtempSync(join(tmpdir(), 'taskapp-everywhere-'))
  const share = join(home, 'share')
  mkdirSync(share)
  after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }))
  const sqlite = (name: string) => `sqlite:///${home}/${name}.db`

  walkIn('in SQLite', () => ({ DATABASE_URL: sqlite('walk') }))
  walkIn('in a journal, which another process takes over', () => ({
    DATABASE_URL: sqlite('journaled'),
    DURABLE_DIR: share,
  }))

  suite('with PostgreSQL', { skip: needs('postgres') }, () => {
    let server: Postgres
    const urls: string[] = []
    before(async () => {
      server = await startPostgres()
      urls.push(server.database(), server.database())
    })
    after(() => server[Symbol.asyncDispose]())

    walkIn('in PostgreSQL', () => ({ DATABASE_URL: urls[0]! }))

    test('goes there and back by `copy`', async () => {
      for (const [from, to] of [
        [sqlite('walk'), urls[1]!],
        [urls[1]!, sqlite('copied')],
      ] as const) {
        const { code, err } = await runCommand(['copy', '--from', from, '--to', to])
        assert.deepEqual([code, err], [0, ''])
      }
      await using copy = await startApp({ env: { DATABASE_URL: sqlite('copied') } })
      await using original = await startApp({ env: { DATABASE_URL: sqlite('walk') } })
      assert.deepEqual(await kept(client(copy.url)), await kept(client(original.url)))
    })
  })

  function walkIn(where: string, env: () => Readonly<Record<string, string>>) {
    suite(where, () => {
      let app: RunningApp
      const start = async () => {
        app = await startApp({ env: env() })
        // A journal is read first.
        for (;;) if ((await place.call('GET', '/readyz')).status === 200) return
      }
      const place: Place = {
        call: (...request) => client(app.url)(...request),
        get url() {
          return app.url
        },
        async restart() {
          const old = app
          if (env()['DURABLE_DIR'] === undefined) await old.stop()
          await start()
          await old[Symbol.asyncDispose]()
        },
      }
      before(start)
      after(() => app[Symbol.asyncDispose]())
      walk(place)
    })
  }
}
