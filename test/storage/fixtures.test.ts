/** Files that versions on main have left, one for each step of the schema, opened by today's program. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { migrations } from '../../src/storage/sqlite/schema/migrations.ts'
import type { Fixture } from '../fixtures/make.ts'
import { runCommand, startApp } from '../helpers/app.ts'
import { client, create, listAll, parse, type TaskBody } from '../helpers/client.ts'

const folder = join(import.meta.dirname, '../fixtures')
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.gz'))
  .map((name): Fixture => JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()))
const home = mkdtempSync(join(tmpdir(), 'taskapp-fixtures-'))
after(() => rmSync(home, { recursive: true }))
let count = 0

/** Their steps were put in another order before the first release: a merge came between. */
const lost = ['079d827', '0f82b69', '6b9f04e', 'ff71081']
/** What it left to do after its last record is what today's steps do. */
const lostJournals = lost.slice(0, 3)

suite('The data of an older version', { concurrency: 2 }, () => {
  test('exists for every step of the schema except the last', () => {
    const known = new Set(fixtures.filter(({ commit }) => !lost.includes(commit)).map(({ schema }) => schema))
    const missing = migrations.map((_, index) => index + 1).filter((step) => !known.has(step))
    // Steps 4 to 6 came in one merge. A new step needs a fixture of the one before it: node test/fixtures/make.ts COMMIT.
    assert.deepEqual(
      missing.filter((step) => ![4, 5, 6, migrations.length].includes(step)),
      [],
    )
  })

  for (const fixture of fixtures) {
    const { commit, schema, journal } = fixture
    const opens = !lost.includes(commit)
    const follows = !lostJournals.includes(commit)

    test(`a database of ${commit}, step ${schema}, ${opens ? 'is opened, searched and exported' : 'is refused with a sentence'}`, async () => {
      const { env, file } = unpack(fixture)
      if (opens) return has(fixture.tasks, env)
      const before = readFileSync(file)
      const { code, err } = await runCommand(['serve'], { env })
      assert.equal(code, 1)
      assert.match(
        err,
        /^taskapp: Cannot open the database .*: its tables are not those of this program .*\n$/,
      )
      assert.ok(err.includes(file))
      assert.ok(readFileSync(file).equals(before))
      assert.equal((await runCommand(['restore', file, `${file}.restored`])).code, 1)
    })

    if (journal)
      test(`a journal of ${commit}, step ${schema}, ${follows ? 'is opened, searched and exported' : 'is refused with a sentence'}`, async () => {
        const { env, share } = unpack(fixture)
        const database = { DATABASE_URL: `sqlite:///${home}/${++count}.db` }
        if (follows) {
          await has(journal.tasks, { ...env, ...database, DURABLE_DIR: share })
          assert.equal((await runCommand(['verify', share])).code, 0)
          return
        }
        const { code, out } = await runCommand(['serve'], {
          env: { ...env, ...database, DURABLE_DIR: share },
        })
        assert.equal(code, 1)
        assert.match(out, /Cannot use .*: its tables are not those of this program/)
        assert.deepEqual(readdirSync(share).sort(), Object.keys(journal.files).sort())
        assert.equal((await runCommand(['verify', share])).code, 1)
      })
  }
})

function unpack({ database, journal }: Fixture) {
  const own = join(home, String(++count))
  const share = join(own, 'share')
  mkdirSync(share, { recursive: true })
  const file = join(own, 'tasks.db')
  writeFileSync(file, database, 'base64')
  for (const [name, content] of Object.entries(journal?.files ?? {}))
    writeFileSync(join(share, name), content, 'base64')
  return { env: { PORT: '0', DATABASE_URL: `sqlite:///${file}` }, file, share }
}

async function has(tasks: readonly TaskBody[], env: Readonly<Record<string, string>>) {
  await using app = await startApp({ env })
  const call = client(app.url)
  const found = parse<TaskBody[]>(await call('GET', '/tasks?view=full&limit=100'))
  // Members that came later have no values.
  for (const [index, task] of tasks.entries()) assert.partialDeepStrictEqual(found[index], task)
  assert.equal(found.length, tasks.length)
  // Whatever the version thought of words, and in whatever script.
  for (const { id, title } of tasks) {
    const hits = parse<TaskBody[]>(await call('GET', `/tasks?q=${encodeURIComponent(title)}`))
    assert.deepEqual(
      hits.map((hit) => hit.id),
      [id],
      title,
    )
  }
  assert.equal(parse<unknown[]>(await call('GET', '/export')).length, tasks.length)
  const before = Math.max(...tasks.map(({ id }) => id))
  assert.ok((await create(call, 'new')).id > before)
  assert.equal((await listAll(call)).length, tasks.length + 1)
}
