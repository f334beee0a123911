import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dateIn, titleWithout } from '../../web/src/dates/title-date.ts'

/** A Monday. */
const today = '2026-11-23'
const locales = {
  en: ['en-GB', 'en'],
  us: ['en-US', 'en'],
  de: ['de-DE', 'de'],
  both: ['de-DE', 'de', 'en-US', 'en'],
  // A language of the browser that the page does not speak.
  fr: ['fr', 'en'],
} as const

/** The words, the day and what is left. */
function read(title: string, languages: keyof typeof locales) {
  const date = dateIn(title, locales[languages], today)
  return date && [title.slice(date.from, date.to), date.due, titleWithout(title, date)]
}

describe('A date in a title', () => {
  for (const [languages, title, words, due, rest] of [
    ['en', 'call mum tomorrow', 'tomorrow', '2026-11-24', 'call mum'],
    ['en', 'rent 1 Dec', '1 Dec', '2026-12-01', 'rent'],
    ['de', 'morgen Zahnarzt', 'morgen', '2026-11-24', 'Zahnarzt'],
    ['both', 'call mum tomorrow', 'tomorrow', '2026-11-24', 'call mum'],
    ['both', 'morgen Zahnarzt', 'morgen', '2026-11-24', 'Zahnarzt'],
    ['fr', 'call mum tomorrow', 'tomorrow', '2026-11-24', 'call mum'],
    ['en', 'Today water the plants', 'Today', '2026-11-23', 'water the plants'],
    ['en', 'dentist tomorrow 9am', 'tomorrow', '2026-11-24', 'dentist 9am'],
    ['en', 'gym Friday at 7', 'Friday', '2026-11-27', 'gym at 7'],
    ['en', 'call mum   tomorrow  about it', 'tomorrow', '2026-11-24', 'call mum about it'],
    ['en', 'call mum tomorrow.', 'tomorrow', '2026-11-24', 'call mum.'],
    ['en', 'call mum, tomorrow', 'tomorrow', '2026-11-24', 'call mum'],
    ['en', 'tomorrow: call mum', 'tomorrow', '2026-11-24', 'call mum'],
    ['en', 'call mum - tomorrow', 'tomorrow', '2026-11-24', 'call mum'],
    ['en', 'tmrw call', 'tmrw', '2026-11-24', 'call'],
    ['en', 'pay rent the day after tomorrow', 'the day after tomorrow', '2026-11-25', 'pay rent'],
    ['en', 'taxes by Friday', 'by Friday', '2026-11-27', 'taxes'],
    ['en', 'taxes by tomorrow', 'by tomorrow', '2026-11-24', 'taxes'],
    ['en', 'see Ann on Fri in town', 'on Fri', '2026-11-27', 'see Ann in town'],
    ['en', 'Monday gym', 'Monday', '2026-11-30', 'gym'],
    ['en', 'gym monday', 'monday', '2026-11-30', 'gym'],
    ['en', 'plan next Tuesday', 'next Tuesday', '2026-12-01', 'plan'],
    ['en', 'plan next week', 'next week', '2026-11-30', 'plan'],
    ['en', 'call in 3 days', 'in 3 days', '2026-11-26', 'call'],
    ['en', 'call in two weeks', 'in two weeks', '2026-12-07', 'call'],
    ['us', 'rent December 1st', 'December 1st', '2026-12-01', 'rent'],
    ['en', 'party Thu, 24 Dec 2026', 'Thu, 24 Dec 2026', '2026-12-24', 'party'],
    ['en', 'rent 1 Dec to Bob', '1 Dec', '2026-12-01', 'rent to Bob'],
    ['en', 'rent on the 1 Dec', undefined],
    ['en', 'rent 1 Dec 500', '1 Dec', '2026-12-01', 'rent 500'],
    ['en', 'trip 3 May', '3 May', '2027-05-03', 'trip'],
    ['en', 'rent 1/12', '1/12', '2026-12-01', 'rent'],
    ['us', 'rent 12/1', '12/1', '2026-12-01', 'rent'],
    ['us', 'rent 1/12', '1/12', '2027-01-12', 'rent'],
    ['both', 'rent 1/12', '1/12', '2026-12-01', 'rent'],
    ['en', '1/12/2026 rent', '1/12/2026', '2026-12-01', 'rent'],
    ['en', 'rent 2026-12-01 please', '2026-12-01', '2026-12-01', 'rent please'],
    ['de', 'Miete 1.12.', '1.12.', '2026-12-01', 'Miete'],
    ['de', 'Miete am 1.12. zahlen', 'am 1.12.', '2026-12-01', 'Miete zahlen'],
    ['de', 'Miete 1.12.2026', '1.12.2026', '2026-12-01', 'Miete'],
    ['de', 'Miete 1. Dezember', '1. Dezember', '2026-12-01', 'Miete'],
    ['de', 'Miete 1. Dez.', '1. Dez.', '2026-12-01', 'Miete'],
    ['de', 'Oma anrufen übermorgen', 'übermorgen', '2026-11-25', 'Oma anrufen'],
    ['de', 'am Freitag Müll rausbringen', 'am Freitag', '2026-11-27', 'Müll rausbringen'],
    ['de', 'Müll am Fr', 'am Fr', '2026-11-27', 'Müll'],
    ['de', 'Steuer bis Freitag', 'bis Freitag', '2026-11-27', 'Steuer'],
    ['de', 'Steuer bis morgen', 'bis morgen', '2026-11-24', 'Steuer'],
    ['de', 'nächsten Dienstag Sport', 'nächsten Dienstag', '2026-12-01', 'Sport'],
    ['de', 'Sport nächste Woche', 'nächste Woche', '2026-11-30', 'Sport'],
    ['de', 'Termin in zwei Wochen', 'in zwei Wochen', '2026-12-07', 'Termin'],
    ['de', 'Zahnarzt morgen um 9', 'morgen', '2026-11-24', 'Zahnarzt um 9'],
    ['de', 'heute Morgen laufen', 'heute Morgen', '2026-11-23', 'laufen'],
    // Nothing else is left.
    ['en', 'tomorrow', 'tomorrow', '2026-11-24', 'tomorrow'],
    ['en', ' tomorrow! ', 'tomorrow', '2026-11-24', 'tomorrow!'],
    ['de', 'morgen', 'morgen', '2026-11-24', 'morgen'],
  ] as const)
    test(`“${title}” (${languages}): ${words ?? 'none'}`, () =>
      assert.deepEqual(read(title, languages), words && [words, due, rest]))

  for (const [languages, titles] of [
    [
      'en',
      [
        ...[
          'Mayor',
          'sun cream',
          'enjoy the sun',
          'may be',
          'Marchand',
          "Monday's report",
          'Monday’s report',
        ],
        ...['tomorrowland', 'todays', 'Sunday-school', 'ask Tom', 'the cat sat', 'wed in white', 'march on'],
        ...['second hand', 'order 12', 'bus 24', 'in 3', '3 days of rain', 'a week', 'week', 'this week'],
        ...['yesterday', 'last Friday', 'since Monday', 'every Friday', 'Black Friday', 'Good Friday'],
        ...['Send Friday report to Bob', 'the Sunday roast', 'slides for tomorrow', 'Friday to Sunday'],
        ...['Mon - Fri', 'Saturday and Sunday', 'Move Monday meeting to Friday', 'Monday, Tuesday'],
        ...['1/2 cup flour', 'open 24/7', 'score 31/31', 'version 1.2.', 'size 10.5', '1.5.2', '7-11', '+3'],
        ...['24 Dec 27 guests', '31 Nov', '31/02/2027', '2025-12-24', '1 Dec 2020', 'T-2', '12:30', '#1/12x'],
        ...['mail@tomorrow.io', 'tomorrow/today', '(tomorrow)', '“tomorrow”', 'morgen', '', ' ', '😀'],
      ],
    ],
    [
      'de',
      [
        ...['Guten Morgen', 'jeden Morgen laufen', 'am Morgen laufen', 'Freitag Morgen laufen', 'morgens'],
        ...['Heuteshow', 'freitags', 'Montagsmaler', 'so geht das', 'do it', 'mi casa', 'Fr. Müller', 'Mai'],
        ...['Version 2.4', '1.5 Liter', 'Maier', 'Dezemberabend', 'seit gestern', 'gestern'],
        ...['vor Freitag', 'Montag und Dienstag', 'Einkauf für morgen', '3 Tage', 'eine Woche', '24/7'],
      ],
    ],
  ] as const)
    for (const title of titles)
      test(`“${title}” (${languages}): none`, () => assert.equal(read(title, languages), undefined))

  test('is not searched for in text that is not a title', () =>
    assert.equal(read(`${'x '.repeat(600)}tomorrow`, 'en'), undefined))
})
