/** The two readers of an import: what they read, how often they look at a character, and that it is the same however it is cut. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { HttpError } from '../../src/http/message.ts'
import { jsonElements } from '../../src/tasks/api/elements.ts'
import { csvRecords } from '../../src/tasks/api/records.ts'

/** A text that counts how many of its characters were looked at. It is no string to what else could look at it. */
class Watched {
  static looks = 0
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  get length() {
    return this.#text.length
  }
  charCodeAt(at: number) {
    Watched.looks++
    return this.#text.charCodeAt(at)
  }
  slice(from: number, to = this.length) {
    Watched.looks += to - from
    return this.#text.slice(from, to)
  }
}

const readers = { JSON: jsonElements, CSV: csvRecords }
type Reader = keyof typeof readers

/** What the reader makes of the text in parts of so many characters, and how many characters it looked at. */
async function read(reader: Reader, text: string, size: number) {
  async function* parts() {
    for (let at = 0; at < text.length; at += size)
      yield new Watched(text.slice(at, at + size)) as unknown as string
  }
  Watched.looks = 0
  const results: unknown[] = []
  try {
    for await (const result of readers[reader](parts())) results.push(result)
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    results.push([error.status, error.message])
  }
  return { results, looks: Watched.looks }
}

/** Of any length, what makes a reader that goes back do so as often as it can. */
const adversaries: Readonly<Record<Reader, Readonly<Record<string, (n: number) => string>>>> = {
  JSON: {
    backslashes: (n) => `[{"title":"${'\\'.repeat(n)}`,
    'backslashes and a letter': (n) => `[{"title":"${'\\'.repeat(n)}a${'\\'.repeat(n)}`,
    'blanks, an object and line ends': (n) => `[${' '.repeat(n)}{${'\n'.repeat(n)}`,
    'line ends before an object': (n) => `[${'\n'.repeat(n)}{"title":"a"}${' \n'.repeat(n)},`,
    'blanks behind the array': (n) => `[]${' \n'.repeat(n)}`,
    brackets: (n) => `[${'['.repeat(n)}${']'.repeat(n)}`,
    'empty elements': (n) => `[${'1,'.repeat(n)}`,
    quotes: (n) => `[${'""'.repeat(n)}`,
  },
  CSV: {
    quotes: (n) => `title\n"${'""'.repeat(n)}`,
    'quotes and line ends': (n) => `title\n"${'""\n'.repeat(n)}`,
    'blank lines': (n) => `title\n${'\r\n'.repeat(n)}`,
    'carriage returns': (n) => `title\na${'\r'.repeat(n)}`,
    separators: (n) => `title\na${','.repeat(n)}`,
    'empty quoted fields': (n) => `title\n${'"",'.repeat(n)}`,
    blanks: (n) => `title\n${' '.repeat(n)}`,
    'line ends in a field': (n) => `title\n"${'\n'.repeat(n)}`,
    'many columns': (n) => 'title;'.repeat(n),
  },
}

for (const reader of ['JSON', 'CSV'] as const)
  suite(`The reader of ${reader}`, () => {
    for (const [name, adversary] of Object.entries(adversaries[reader]))
      test(`looks at each character at most twice: ${name}`, async () => {
        for (const n of [1_000, 2_000, 4_000])
          for (const size of [1, 2, 7, 64, 1_000_000]) {
            const text = adversary(n)
            const { looks } = await read(reader, text, size)
            assert.ok(
              looks <= 2 * text.length,
              `${looks} looks at ${text.length} characters in parts of ${size}`,
            )
          }
      })

    test('reads any text the same however it is cut, and looks at each character at most twice', async () => {
      const tokens =
        reader === 'JSON'
          ? ['[', ']', '{', '}', ',', ':', '"', '\\', '\n', ' ', '1', 'a', '[{"title":"', '"}]']
          : ['"', '""', ',', ';', '\t', '\n', '\r\n', '\r', ' ', 'a', 'title', 'sep=;', '\n"']
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom(...tokens), { maxLength: 60 }),
          fc.integer({ min: 1, max: 9 }),
          async (parts, size) => {
            const text = parts.join('')
            const whole = await read(reader, text, Number.POSITIVE_INFINITY)
            assert.deepEqual((await read(reader, text, size)).results, whole.results)
            assert.ok(whole.looks <= 2 * text.length)
          },
        ),
        { numRuns: 2_000 },
      )
    })
  })

test('The reader of JSON reads what JSON.parse reads', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json()), fc.integer({ min: 1, max: 50 }), async (elements, size) => {
      const { results } = await read('JSON', `[${elements.join(' ,\n')}]`, size)
      assert.deepEqual(
        results.map((result) => (result as { value: unknown }).value),
        elements.map((element) => JSON.parse(element)),
      )
    }),
  )
})

test('The reader of CSV reads fields of any text, with each separator that spreadsheets use', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '\r', ' ', '=', '漢') })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, field), { maxLength: 20 }),
      fc.constantFrom(',', ';', '\t'),
      fc.integer({ min: 1, max: 50 }),
      async (records, separator, size) => {
        const quoted = records.map((fields) =>
          fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(separator),
        )
        const { results } = await read('CSV', [`a${separator}b`, ...quoted].join('\r\n'), size)
        assert.deepEqual(
          results.slice(1).map((result) => (result as { fields: string[] }).fields),
          records,
        )
      },
    ),
  )
})
