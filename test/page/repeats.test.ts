/** Rules as people say them, and in words. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { canonicalRepeat, repeatFault } from '../../src/tasks/repeat.ts'
import { common, firstDay, repeatIn, repeatInWords, repeatOfRRule } from '../../web/src/dates/repeats.ts'
import { repeatSayings } from '../../web/src/words/languages.ts'
import { later as german } from '../../web/src/words/words.de.ts'
import { later as english } from '../../web/src/words/words.en.ts'

/** A Friday. */
const today = '2026-11-27'
const said = (title: string, locales = ['en-GB', 'de']) => {
  const found = repeatIn(title, repeatSayings, locales, today)
  return found && [title.slice(found.from, found.to), found.repeat, found.due]
}

suite('A rule that is said in a title', () => {
  test('is at its beginning or end, and starts on its first day from today on', () => {
    for (const [title, words, rule, due] of [
      ['bins every friday', 'every friday', 'FREQ=WEEKLY;BYDAY=FR', today],
      ['Every Monday: bins', 'Every Monday', 'FREQ=WEEKLY;BYDAY=MO', '2026-11-30'],
      ['gym every mon, wed and fri', 'every mon, wed and fri', 'FREQ=WEEKLY;BYDAY=MO,WE,FR', today],
      ['water plants every 2 weeks', 'every 2 weeks', 'FREQ=WEEKLY;INTERVAL=2', today],
      ['pay every other Friday', 'every other Friday', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=FR', today],
      ['rent every month', 'every month', 'FREQ=MONTHLY', today],
      ['rent every 1st', 'every 1st', 'FREQ=MONTHLY;BYMONTHDAY=1', '2026-12-01'],
      ['report every weekday', 'every weekday', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', today],
      ['filter every! 3 months', 'every! 3 months', 'FREQ=MONTHLY;INTERVAL=3;FROM=COMPLETION', today],
      ['standup every day at 9', 'every day', 'FREQ=DAILY', today],
      ['stretch daily', 'daily', 'FREQ=DAILY', today],
      ['Müll jeden Montag', 'jeden Montag', 'FREQ=WEEKLY;BYDAY=MO', '2026-11-30'],
      ['Dehnen täglich', 'täglich', 'FREQ=DAILY', today],
      ['Blumen alle zwei Wochen', 'alle zwei Wochen', 'FREQ=WEEKLY;INTERVAL=2', today],
      ['Chor montags', 'montags', 'FREQ=WEEKLY;BYDAY=MO', '2026-11-30'],
      ['Miete jeden 1.', 'jeden 1.', 'FREQ=MONTHLY;BYMONTHDAY=1', '2026-12-01'],
      ['Bericht werktags', 'werktags', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', today],
    ] as const)
      assert.deepEqual(said(title), [words, rule, due], title)
  })

  test('is not recognized where the words may mean something else, or no title would be left', () => {
    for (const title of [
      'every day',
      'weekly report',
      'read every book',
      'the one for every day use',
      'every 0 days call',
      'every 40th bins',
      'alle Kinder abholen',
      'Alles montags-Kram',
    ])
      assert.equal(said(title), undefined, title)
    assert.equal(said('Müll jeden Montag', ['en']), undefined)
  })
})

const rule = fc
  .record({
    freq: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
    interval: fc.integer({ min: 1, max: 40 }),
    days: fc.subarray(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']),
    monthDays: fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 31 }), fc.constant(-1)), { maxLength: 3 }),
    month: fc.integer({ min: 0, max: 12 }),
    end: fc.constantFrom('', ';UNTIL=20271231', ';COUNT=4'),
  })
  .map(({ freq, interval, days, monthDays, month, end }) =>
    [
      `FREQ=${freq};INTERVAL=${interval}`,
      days.length > 0 && `;BYDAY=${days}`,
      monthDays.length > 0 && `;BYMONTHDAY=${monthDays}`,
      month > 0 && `;BYMONTH=${month}`,
      end,
    ]
      .filter(Boolean)
      .join(''),
  )

test('A rule of another program is accepted exactly when the server accepts it', () => {
  fc.assert(
    fc.property(rule, (text) => {
      const taken = repeatOfRRule(text)
      if (taken === undefined) assert.notEqual(repeatFault(text), undefined, text)
      else if (!/DAILY.*BYDAY/.test(text)) assert.equal(canonicalRepeat(taken), canonicalRepeat(text))
      if (taken !== undefined) assert.equal(repeatFault(taken), undefined, taken)
    }),
    { numRuns: 2_000 },
  )
  assert.equal(
    repeatOfRRule('RRULE:FREQ=WEEKLY;WKST=SU;UNTIL=20261231T225959Z;BYDAY=FR'),
    'FREQ=WEEKLY;BYDAY=FR;UNTIL=20261231',
  )
  for (const text of [
    'FREQ=MONTHLY;BYDAY=2TU',
    'FREQ=HOURLY',
    'FREQ=DAILY;BYHOUR=9',
    '',
    'FREQ=DAILY;COUNT=0',
  ])
    assert.equal(repeatOfRRule(text), undefined, text)
})

test('A rule is said in words', () => {
  for (const [text, en, de] of [
    ['FREQ=DAILY', 'every day', 'jeden Tag'],
    ['FREQ=WEEKLY;BYDAY=FR', 'every Friday', 'jeden Freitag'],
    ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', 'every weekday', 'werktags'],
    [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=3',
      'every 2 weeks (Mon, Fri), 3×',
      'alle 2 Wochen (Mo, Fr), 3×',
    ],
    ['FREQ=MONTHLY;BYMONTHDAY=1,-1', 'every month on the 1st, last day', 'jeden Monat am 1., letzten Tag'],
    ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24', 'every year on the 24th December', 'jedes Jahr am 24. Dezember'],
    [
      'FREQ=DAILY;INTERVAL=3;FROM=COMPLETION',
      'every 3 days, after completion',
      'alle 3 Tage, nach dem Erledigen',
    ],
    ['FREQ=DAILY;UNTIL=20261231', 'every day, until 31 Dec 2026', 'jeden Tag, bis 31.12.2026'],
  ] as const) {
    assert.equal(repeatInWords(text, english.repeats, 'en-GB'), en)
    assert.equal(repeatInWords(text, german.repeats, 'de'), de)
  }
})

test('What is offered is what the server takes, and begins from today on', () => {
  for (const text of common) {
    assert.equal(canonicalRepeat(text), text)
    assert.equal(repeatFault(text), undefined)
    assert.equal(firstDay(text, today), today)
  }
  assert.equal(firstDay('FREQ=MONTHLY;BYMONTHDAY=31', '2027-02-03'), '2027-02-28')
})
