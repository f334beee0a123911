/** A text in a CSV file: no formula wherever a spreadsheet begins a cell, and the same text again after an import. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { bareText, csvLine, guardText } from '../../src/tasks/api/csv.ts'

const text = fc.string({
  unit: fc.constantFrom("'", '"', '=', '+', '-', '@', '＝', ';', ',', '\t', '\r', '\n', ' ', 'a', '1'),
  maxLength: 12,
})

/** As spreadsheets do: a quote counts where a field begins with it, and what follows the closing one belongs to the field. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = []
  let cell = ''
  let state: 'start' | 'bare' | 'quoted' = 'start'
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!
    if (state === 'quoted') {
      if (character !== '"') cell += character
      else if (line[at + 1] === '"') cell += line[++at]
      else state = 'bare'
    } else if (character === '"' && state === 'start') state = 'quoted'
    else if (character === separator || character === '\n' || character === '\r') {
      cells.push(cell)
      cell = ''
      state = 'start'
    } else {
      cell += character
      state = 'bare'
    }
  }
  return cells
}

const isFormula = (cell: string) => /^[=+\-@＝＋－＠]/.test(cell)

suite('A text in a CSV file', () => {
  test('is never a formula, whether the file is read with commas, semicolons or tabs', () => {
    fc.assert(
      fc.property(text, text, (title, notes) => {
        const line = csvLine(['1', guardText(title), 'false', guardText(notes), ''])
        for (const separator of [',', ';', '\t'])
          assert.deepEqual(cellsOf(line, separator).filter(isFormula), [], JSON.stringify(line))
        // Where quotes mean nothing, or are taken off wherever they stand.
        const parts = line.split(/[;\t\r\n]/).map((part) => part.replace(/^"+/, ''))
        assert.deepEqual(parts.filter(isFormula), [], JSON.stringify(line))
      }),
      { numRuns: 20_000 },
    )
  })

  test('is one cell even if commas, semicolons and tabs all separate', () => {
    for (const title of ['a;b', 'a\tb', 'a,b', 'x;=1+1;y'])
      assert.equal(csvLine(['1', guardText(title)]), `1,"${guardText(title)}"\r\n`)
  })

  test('round-trips', () => {
    fc.assert(
      fc.property(text, (given) => assert.equal(bareText(guardText(given)), given)),
      { numRuns: 20_000 },
    )
    for (const given of ["'", "''", "'tis", "x;'=1", "x;'tis", '- milk\n- eggs'])
      assert.equal(bareText(guardText(given)), given)
  })
})
