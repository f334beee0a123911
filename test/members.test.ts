/** Every declared member goes every way that a task can go, and arrives as it left. */
import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { givenNames, memberNames, memberOf, searchedNames } from '../src/tasks/members.ts'
import { startApp } from './helpers/app.ts'
import { type Client, client, parse } from './helpers/client.ts'
import { everywhere, type Place } from './helpers/everywhere.ts'
import { samples } from './helpers/samples.ts'

type Body = Readonly<Record<string, unknown>>
type Name = keyof typeof samples

const names = Object.keys(samples) as Name[]
const texts = givenNames as readonly Name[]
/** What a client gives for a task, the first sample of each. */
const given: Body = Object.fromEntries(texts.map((name) => [name, samples[name][0]]))

suite('Every member of a task', () => {
  test('is described', async () => {
    await using app = await startApp()
    const { components } = parse<{ components: { schemas: Record<string, { properties: object }> } }>(
      await client(app.url)('GET', '/openapi.json'),
    )
    assert.deepEqual(Object.keys(components.schemas['Task']!.properties), memberNames)
  })

  everywhere(walk, kept)
})

function walk(place: Place) {
  const call: Client = (...request) => place.call(...request)
  let keys = 0
  before(async () => {
    for (const name of ['Groceries', '=Work, "all"']) await call('POST', '/lists', { json: { name } })
  })
  const get = async (id: number) => (await call('GET', `/tasks/${id}?view=full`)).text

  /** Sends it twice with one key, which must be answered the same, and returns the answer. */
  const send = async (method: string, path: string, json?: object) => {
    const headers = { 'Idempotency-Key': `key-${++keys}` }
    const [first, second] = [
      await call(method, path, { headers, ...(json && { json }) }),
      await call(method, path, { headers, ...(json && { json }) }),
    ]
    assert.ok(first.status < 300, first.text)
    assert.deepEqual([second.status, second.text], [first.status, first.text])
    return first.text
  }

  const add = async (): Promise<number> =>
    JSON.parse(await send('POST', '/tasks?view=full', given))['id'] as number

  /** One whose members are all as the samples say. */
  const addWhole = async () => {
    const id = await add()
    for (const name of names) await send('PATCH', `/tasks/${id}`, { [name]: samples[name].at(-1)! })
    const task = JSON.parse(await get(id))
    for (const name of names) assert.deepEqual(task[name], samples[name].at(-1), name)
    assert.deepEqual(Object.keys(task), memberNames)
    return id
  }

  test('is given to a new task', async () => {
    const answer = await send('POST', '/tasks', given)
    assert.partialDeepStrictEqual(JSON.parse(answer), given)
    assert.equal((await call('GET', `/tasks/${JSON.parse(answer).id}`)).text, answer)
  })

  for (const name of names)
    test(`is changed by itself, and cleared if it can be null: ${name}`, async () => {
      const id = await add()
      for (const value of samples[name].toReversed()) {
        const others = otherThan(name, await get(id))
        const answer = await send('PATCH', `/tasks/${id}?view=full`, { [name]: value })
        assert.deepEqual(JSON.parse(answer)[name], value)
        assert.equal(await get(id), answer)
        assert.deepEqual(otherThan(name, answer), others)
        if ((searchedNames as readonly string[]).includes(name))
          assert.ok(await isFound(call, id, String(value)), `${name} is not found`)
      }
      if (!memberOf(name).optional) return
      const answer = await send('PATCH', `/tasks/${id}?view=full`, { [name]: null })
      assert.ok(!(name in JSON.parse(answer)))
      assert.equal(await get(id), answer)
    })

  test('is not affected by bulk writes, nor by their undo', async () => {
    const id = await addWhole()
    const whole = await get(id)
    await send('PATCH', '/tasks', { ids: [id], done: false })
    const key = `key-${keys}`
    assert.deepEqual(otherThan('done', await get(id)), otherThan('done', whole))
    await send('POST', '/tasks/undo', { key })
    assert.deepEqual(otherThan('updated', await get(id)), otherThan('updated', whole))
  })

  test('is back when a task is restored, one or many', async () => {
    const id = await addWhole()
    const whole = await get(id)
    await send('DELETE', `/tasks/${id}`)
    assert.equal(await send('POST', `/tasks/${id}/restore?view=full`), whole)
    assert.equal(await get(id), whole)
    await send('PATCH', '/tasks', { ids: [id], deleted: true })
    await send('POST', '/tasks/undo', { key: `key-${keys}` })
    assert.equal(await get(id), whole)
  })

  for (const [format, type] of [
    ['json', 'application/json'],
    ['csv', 'text/csv'],
  ] as const)
    test(`comes back from an export as ${format}`, async () => {
      await addWhole()
      await add()
      const { text: body } = await call('GET', `/export?format=${format}`)
      const before = parse<Body[]>(await call('GET', '/export'))
      const headers = { 'Content-Type': type }
      assert.equal((await call('POST', '/import', { headers, body })).status, 200)
      const all = parse<Body[]>(await call('GET', '/export'))
      const withoutId = (tasks: readonly Body[]) => tasks.map(({ id: _, ...members }) => members)
      assert.deepEqual(withoutId(all.slice(before.length)), withoutId(before))
    })

  test('is there after a restart, also in what is answered again and what was deleted', async () => {
    const headers = { 'Idempotency-Key': 'kept' }
    const answer = (await call('POST', '/tasks?view=full', { headers, json: given })).text
    const deleted = await addWhole()
    const whole = await get(deleted)
    await call('DELETE', `/tasks/${deleted}`)
    const before = await kept(call)
    await place.restart()
    assert.equal(await kept(call), before)
    assert.equal((await call('POST', '/tasks?view=full', { headers, json: given })).text, answer)
    assert.equal((await call('POST', `/tasks/${deleted}/restore?view=full`)).text, whole)
  })
}

/** All tasks, with all that they have. */
async function kept(call: Client): Promise<string> {
  return (await call('GET', '/export')).text
}

/** What a member does not touch: all but itself and what changes with every change. */
function otherThan(name: string, text: string): Body {
  const changing = [name, 'updated', 'completed']
  return Object.fromEntries(Object.entries(JSON.parse(text)).filter(([other]) => !changing.includes(other)))
}

async function isFound(call: Client, id: number, text: string): Promise<boolean> {
  const found = parse<Body[]>(await call('GET', `/tasks?q=${encodeURIComponent(text)}`))
  return found.some((task) => task['id'] === id)
}
