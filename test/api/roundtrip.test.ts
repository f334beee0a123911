/** What the service accepts, its own export brings back: whatever the text, and whenever the time. */
import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import fc from 'fast-check'
import { startApp } from '../helpers/app.ts'
import { clear, client, parse } from '../helpers/client.ts'

// In memory: nothing of this is about the disk.
const app = await startApp({ env: { DATABASE_URL: 'sqlite:///:memory:' } })
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'))

/** Times that are right, nearly right and wrong, of which the first and the last years are the most. */
const nearly = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('0000', '1969', '1970', '2023', '2024', '2100', '9998', '9999'),
      two(99).map((n) => `20${n}`),
    ),
    fc.oneof(
      fc.constantFrom('02-28', '02-29', '02-30', '12-31', '01-01'),
      fc.tuple(two(13), two(32)).map((parts) => parts.join('-')),
    ),
    fc.oneof(
      fc.constantFrom('00:00:00', '23:59:59', '24:00:00', '23:59:60'),
      fc.tuple(two(24), two(60), two(60)).map((parts) => parts.join(':')),
    ),
    fc.constantFrom('', '.9', '.999', '.999999', '.123456789'),
    fc.oneof(
      fc.constantFrom('Z', 'z', '+00:00', '-00:00', '-12:00', '+14:00', '-23:59', '+24:00'),
      fc.tuple(two(24), two(60)).map(([h, m]) => `+${h}:${m}`),
    ),
  )
  .map(([year, day, clock, fraction, zone]) => `${year}-${day}T${clock}${fraction}${zone}`)

const time = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  nearly,
)

const characters = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 1 }),
  fc.constantFrom(
    'a',
    ' ',
    "'",
    '=',
    ';',
    ',',
    '"',
    '\t',
    '\r',
    '\n',
    '\r\n',
    '\ufeff',
    '\u00a0',
    '\u0085',
    '\u2028',
  ),
  fc.constantFrom(
    '\u200b',
    '\u200d',
    '\u202e',
    '\u2066',
    '\ufe0f',
    '\u0301',
    '🐢',
    '漢',
    'ﷺ',
    '\u{e0001}',
    '\ufffe',
    '\u0000',
  ),
)
const text = fc.array(characters, { maxLength: 12 }).map((parts) => parts.join(''))

const task = fc.record(
  {
    title: fc.oneof(
      text,
      text.map((title) => `a${title}`),
    ),
    done: fc.boolean(),
    notes: fc.option(text),
    due: fc.option(
      fc.oneof(
        fc.constantFrom('0001-01-01', '9999-12-31', '2024-02-29', '2023-02-29'),
        time.map((t) => t.slice(0, 10)),
      ),
    ),
    created: fc.option(time),
    updated: fc.option(time),
    completed: fc.option(time),
  },
  { requiredKeys: ['title'] },
)

/** Several changes, as each makes the version grow. */
const change = fc.record({ title: text, done: fc.boolean(), notes: fc.option(text) }, { requiredKeys: [] })

const withoutIds = (tasks: readonly { id: number }[]) => tasks.map(({ id: _, ...members }) => members)
const exported = async (format: string) => call('GET', `/export?format=${format}`)
const full = async () => withoutIds(parse(await exported('json')))

suite('An import takes what an export gives', () => {
  for (const format of ['json', 'csv'])
    test(`as ${format}, after any task that was accepted and any change`, async () => {
      let accepted = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(task, { minLength: 1, maxLength: 4 }),
          fc.array(change, { maxLength: 3 }),
          async (tasks, changes) => {
            await clear(call)
            for (const each of tasks)
              if ((await call('POST', '/import', { json: [each] })).status === 200) accepted++
            for (const { id } of parse<{ id: number }[]>(await call('GET', '/tasks')))
              for (const each of changes) {
                const { status } = await call('PATCH', `/tasks/${id}`, { json: each })
                assert.ok(status === 200 || status === 422)
                await call('PATCH', `/tasks/${id}`)
              }
            await roundtrip(format)
          },
        ),
        { numRuns: 100 },
      )
      assert.ok(accepted > 20, `${accepted} accepted`)
    })

  async function roundtrip(format: string) {
    const before = await full()
    const { text: file } = await exported(format)
    await clear(call)
    const answer = await call('POST', '/import', {
      body: file,
      headers: { 'Content-Type': format === 'csv' ? 'text/csv' : 'application/json' },
    })
    assert.equal(answer.text, `{"imported":${before.length}}`)
    assert.deepEqual(await full(), before)
  }

  test('at the end of the year 9999, however often a task is changed', async () => {
    const last = '9999-12-31T23:59:59.999Z'
    const times = { created: last, updated: last, completed: last, done: true }
    await call('POST', '/import', {
      json: [
        { title: 'a', ...times },
        { title: 'b', ...times },
      ],
    })
    const [a, b] = parse<{ id: number }[]>(await call('GET', '/tasks'))
    const versions = new Set([`"${Date.parse(last)}"`])
    for (let n = 0; n < 5; n++) versions.add((await call('PATCH', `/tasks/${a!.id}`)).headers.get('etag')!)
    assert.equal(versions.size, 6)
    for (const done of [false, true, false]) {
      await call('PATCH', '/tasks', { json: { done } })
      await call('PATCH', '/tasks', { json: { ids: [b!.id], done: !done } })
    }
    for (const format of ['json', 'csv']) await roundtrip(format)
  })
})

suite('A time that the calendar or an export does not have', () => {
  for (const wrong of [
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '9999-12-31T23:59:59.999-12:00',
    '10000-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '1970-01-01T00:00:00+00:01',
  ])
    test(`is refused: ${wrong}`, async () => {
      const answer = await call('POST', '/import', { json: [{ title: 'x', created: wrong }] })
      assert.equal(answer.status, 422)
      assert.match(answer.text, /#\/0\/created/)
    })

  for (const right of [
    '9999-12-31T23:59:59.999Z',
    '2024-02-29T23:59:59.1234567+05:30',
    '1970-01-01t00:00:00z',
    '9999-12-31T11:59:59-12:00',
  ])
    test(`is none of these: ${right}`, async () => {
      const answer = await call('POST', '/import', { json: [{ title: 'x', created: right }] })
      assert.equal(answer.status, 200)
    })
})

suite('A title that shows nothing or turns the text around it', () => {
  const bad: Readonly<Record<string, string>> = {
    'a zero-width space': '\u200b',
    'a joiner and a variation selector': '\u200d\ufe0f',
    'a Braille blank': '\u2800',
    'a Hangul filler': '\u3164',
    'a half-width Hangul filler': '\uffa0',
    'a blank hieroglyph': '\u{13441}',
    'a soft hyphen': '\u00ad',
    'a tag': '\u{e0020}',
    'marks of direction alone': '\u200f\u200e',
    'an override to the left': 'a\u202eb',
    'an embedding': '\u202atext\u202c',
    'an isolate': '\u2066text\u2069',
    'a line separator': 'a\u2028b',
    'a paragraph separator': 'a\u2029b',
  }
  for (const [what, title] of Object.entries(bad))
    test(`is refused: ${what}`, async () => {
      assert.equal((await call('POST', '/tasks', { json: { title } })).status, 422)
      const { id } = parse<{ id: number }>(await call('POST', '/tasks', { json: { title: 'a' } }))
      assert.equal((await call('PATCH', `/tasks/${id}`, { json: { title } })).status, 422)
    })

  test('stays readable, changeable and importable where it is older than the rule', async () => {
    for (const title of Object.values(bad)) {
      await clear(call)
      assert.equal((await call('POST', '/import', { json: [{ title }] })).status, 200)
      const [made] = parse<{ id: number; title: string }[]>(await call('GET', '/tasks'))
      assert.equal(made!.title, title)
      assert.equal((await call('PATCH', `/tasks/${made!.id}`, { json: { done: true } })).status, 200)
      const { text: file } = await exported('csv')
      await clear(call)
      await call('POST', '/import', { body: file, headers: { 'Content-Type': 'text/csv' } })
      assert.equal(parse<{ title: string }[]>(await call('GET', '/tasks'))[0]!.title, title)
    }
  })

  test('is none that people write: emoji of several parts, scripts from right to left, their marks', async () => {
    for (const title of [
      '👩‍👩‍👧',
      '🏳️‍🌈',
      '❤️',
      'שלום \u200fabc',
      'مُحَمَّد',
      'نمی\u200cخواهم',
      'हिन्दी',
      '\u0301',
      '1️⃣',
      '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
      '#',
      '。',
    ])
      assert.equal((await call('POST', '/tasks', { json: { title } })).status, 201, title)
  })
})
