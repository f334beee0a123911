import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dateOf } from '../../web/src/dates/dates.ts'
import { formatDue, parseDue } from '../../web/src/dates/due.ts'

/** A Monday. */
const today = '2026-11-23'

describe('A due date', () => {
  for (const [typed, locale, date] of [
    ['today', 'en-GB', '2026-11-23'],
    ['Tomorrow', 'en-GB', '2026-11-24'],
    ['morgen', 'de-DE', '2026-11-24'],
    ['tomorrow', 'de-DE', '2026-11-24'],
    ['übermorgen', 'de', '2026-11-25'],
    ['demain', 'fr', '2026-11-24'],
    ['明日', 'ja', '2026-11-24'],
    ['غدًا', 'ar', '2026-11-24'],
    ['fri', 'en-US', '2026-11-27'],
    ['Friday', 'en-US', '2026-11-27'],
    ['monday', 'en-US', '2026-11-30'],
    ['Fr.', 'de', '2026-11-27'],
    ['next week', 'en', '2026-11-30'],
    ['in 3 days', 'en', '2026-11-26'],
    ['in 2 Wochen', 'de', '2026-12-07'],
    ['+10', 'en', '2026-12-03'],
    ['24 dec', 'en', '2026-12-24'],
    ['Dec 24', 'en', '2026-12-24'],
    ['January 2nd', 'en', '2027-01-02'],
    ['24. Dezember 2027', 'de', '2027-12-24'],
    ['24.12.', 'de', '2026-12-24'],
    ['1.11.', 'de', '2027-11-01'],
    ['12/24', 'en-US', '2026-12-24'],
    ['24/12', 'en-GB', '2026-12-24'],
    ['24/12/27', 'en-GB', '2027-12-24'],
    ['29.2.', 'de', '2028-02-29'],
    ['2026-12-4', 'en', '2026-12-04'],
  ] as const)
    test(`is meant by “${typed}” (${locale})`, () => assert.equal(parseDue(typed, locale, today), date))

  /** The last day of a month. */
  const monthEnd = '2026-01-31'
  for (const [typed, locale, from, date] of [
    ['next month', 'en', monthEnd, '2026-02-28'],
    ['next year', 'en', '2028-02-29', '2029-02-28'],
    ['24 Dec 27', 'en', monthEnd, '2027-12-24'],
    ['Thu, Dec 24', 'en-US', monthEnd, '2026-12-24'],
    ['Fri, 24 Dec', 'en-GB', monthEnd, '2026-12-24'],
    ['Sa., 24. Dez.', 'de', monthEnd, '2026-12-24'],
    ['in a week', 'en', monthEnd, '2026-02-07'],
    ['in einer Woche', 'de', monthEnd, '2026-02-07'],
    ['2 weeks', 'en', monthEnd, '2026-02-14'],
    ['next friday', 'en', monthEnd, '2026-02-06'],
    ['this friday', 'en', monthEnd, '2026-02-06'],
    ['tmr', 'en', monthEnd, '2026-02-01'],
    ['tod', 'en', monthEnd, '2026-01-31'],
    ['tonight', 'en', monthEnd, '2026-01-31'],
    ['24/12', 'en-US', monthEnd, '2026-12-24'],
    ['2026/12/24', 'en', monthEnd, '2026-12-24'],
    ['3/4', 'fr', monthEnd, '2026-04-03'],
  ] as const)
    test(`is meant by “${typed}” (${locale}) on ${from}`, () =>
      assert.equal(parseDue(typed, locale, from), date))

  for (const locale of ['en-GB', 'en-US', 'de', 'fr', 'ar', 'ja'])
    test(`is read as it is shown, on each of the next 400 days (${locale})`, () => {
      for (let days = 0; days < 400; days++) {
        const due = new Date(Date.parse(today) + days * 864e5).toISOString().slice(0, 10)
        const { text } = formatDue(due, locale, today)
        assert.equal(parseDue(text, locale, today), due, text)
      }
    })

  for (const typed of [
    '',
    'soon',
    '31.11.',
    '2026-02-30',
    '24',
    'x'.repeat(10_000),
    '13/13',
    '+99999',
    '%',
    'de',
  ])
    test(`is not meant by “${typed.slice(0, 20)}”`, () =>
      assert.equal(parseDue(typed, 'en', today), undefined))

  test('is shown in words where there are some', () => {
    const told = (due: string, locale = 'en-GB') => Object.values(formatDue(due, locale, today)).join(', ')
    assert.equal(told('2026-11-23'), 'Today, today')
    assert.equal(told('2026-11-24'), 'Tomorrow, ahead')
    assert.equal(told('2026-11-20'), '3 days ago, overdue')
    assert.equal(told('2026-11-27'), 'Friday, ahead')
    assert.equal(told('2026-12-24'), 'Thu 24 Dec, ahead')
    assert.equal(told('2027-01-02', 'de'), 'Sa., 2. Jan. 2027, ahead')
  })

  test('is the user’s own day, not that of Greenwich', () => {
    const late = new Date(2026, 11, 24, 23, 30)
    assert.equal(dateOf(late), '2026-12-24')
  })
})
