/** Due dates as people type and read them, in the words that Intl knows for their language and a few that it does not. */

import { sayings } from '../words/languages.ts'
import type { Sayings } from '../words/words.en.ts'
import { daysBetween, iso, shifted, startOfWeek, units, valid } from './dates.ts'

export type DueState = 'overdue' | 'today' | 'ahead'

/**
 * The date that is meant by `tomorrow`, `fri`, `in 3 days`, `+3`, `24 Dec 27`, `24.12.`, `2026-12-24` or what `formatDue`
 * says: in the words of `locales` or in English, day and month in the order of the first. Undefined where none is meant.
 */
export function parseDue(
  typed: string,
  locales: string | readonly string[],
  today: string,
): string | undefined {
  const text = plain(typed)
  if (text.length > 60) return undefined
  const given = typeof locales === 'string' ? [locales] : locales
  for (const locale of [...given, 'en']) {
    const date = own(text, locale, today) ?? inWords(text, locale, today)
    if (date !== undefined) return date
  }
  return numeric(text, given[0] ?? 'en', today)
}

/** A word for the day where there is one, else the date. */
export function formatDue(due: string, locale: string, today: string): { text: string; state: DueState } {
  const days = daysBetween(today, due)
  const state = days < 0 ? 'overdue' : days === 0 ? 'today' : 'ahead'
  return { text: capital(dayText(due, days, locale, today), locale), state }
}

/** The date itself, the year where it is another one. */
export function formatDay(date: string, locale: string, today: string): string {
  const year = date.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: 'numeric' } as const)
  return format(date, locale, { weekday: 'short', day: 'numeric', month: 'short', ...year })
}

function dayText(due: string, days: number, locale: string, today: string): string {
  if (days >= -30 && days <= 1) return relativeFormat(locale, 'auto').format(days, 'day')
  if (days > 1 && days < 7) return format(due, locale, { weekday: 'long' })
  return formatDay(due, locale, today)
}

/** What the page says itself, of any day from last month to the next year. */
function own(text: string, locale: string, today: string): string | undefined {
  return made(`${locale} ${today}`, () => {
    const dates = new Map<string, string>()
    const add = (days: number) => {
      const date = shifted(today, days, 'day')
      dates.set(plain(dayText(date, days, locale, today)), date)
    }
    // Where two are said alike, the next day to come is meant.
    for (let days = -30; days < 0; days++) add(days)
    for (let days = 400; days >= 0; days--) add(days)
    return dates
  }).get(text)
}

function inWords(text: string, locale: string, today: string): string | undefined {
  const more = sayings[locale.split('-')[0]!]
  const days = more?.days[text]
  if (days !== undefined) return shifted(today, days, 'day')
  const next = more?.next.exec(text)?.[1]
  const day = next && weekday(next, locale, startOfWeek(shifted(today, 7, 'day')), true)
  if (day) return day
  const bare = more?.said.exec(text)?.[1] ?? text
  return (
    relative(bare, locale, today) ??
    (more && amount(bare, more, today)) ??
    weekday(bare, locale, today) ??
    inMonth(bare, locale, today)
  )
}

function relative(text: string, locale: string, today: string): string | undefined {
  const number = Number(/\d{1,4}/.exec(text)?.[0] ?? NaN)
  if (/^\+\d{1,4}$/.test(text)) return shifted(today, number, 'day')
  for (const unit of units)
    for (const numeric of ['auto', 'always'] as const)
      for (const count of Number.isNaN(number) ? [-1, 0, 1, 2] : [number])
        if (plain(relativeFormat(locale, numeric).format(count, unit)) === text)
          return shifted(today, count, unit)
  return undefined
}

/** `in a week`, `2 weeks`. */
export function amount(
  text: string,
  { amount, numbers, counts, units }: Sayings,
  today: string,
): string | undefined {
  const [, number, unit] = amount.exec(text) ?? []
  if (number === undefined) return undefined
  const count = /^\d{1,4}$/.test(number) ? Number(number) : counts[numbers.indexOf(number)]
  return count === undefined ? undefined : shifted(today, count, units[unit!]!)
}

/** The next such day after today, or from a day on. */
function weekday(text: string, locale: string, from: string, included = false): string | undefined {
  const word = text.replace(/\.$/, '')
  if (word.length < 2 && !/[^\x20-\x7e]/.test(word)) return undefined
  const names = (date: string) =>
    (['long', 'short'] as const).map((weekday) => plain(format(date, locale, { weekday })))
  for (let days = included ? 0 : 1; days < (included ? 7 : 8); days++) {
    const date = shifted(from, days, 'day')
    const [long, short] = names(date)
    if (long!.startsWith(word) || short!.replace(/\.$/, '') === word) return date
  }
  return undefined
}

/** `24 dec`, `december 24th`, `24. Dezember 2027`, `Fri, 24 Dec 27`, `24 de diciembre`. */
function inMonth(text: string, locale: string, today: string): string | undefined {
  const [, before, rest] = /^(\p{L}{2,})\.?,? (\D*\d.*)$/u.exec(text) ?? []
  if (before !== undefined && weekday(before, locale, today) !== undefined) {
    const date = inMonth(rest!, locale, today)
    if (date !== undefined) return date
  }
  const [, first, name, second, year] =
    /^(?:(\d{1,2})(?:st|nd|rd|th|er|\.)? (?:de |of )?)?(\p{L}{3,})\.?,?(?: (\d{1,2})(?:st|nd|rd|th)?(?!\d))?,?(?: (?:de )?'?(\d{4}|\d{2}))?$/u.exec(
      text,
    ) ?? []
  if (name === undefined) return undefined
  // `dec 24` and `24 dec 27`: the number behind a day and a month is a year.
  const day = Number(first ?? second ?? NaN)
  const century = first !== undefined && second !== undefined ? second : year
  for (let month = 1; month <= 12; month++)
    if (monthNames(locale, month).some((known) => known.startsWith(name)))
      return ahead(yearOf(century), month, day, today)
  return undefined
}

export function monthNames(locale: string, month: number): string[] {
  const date = iso(2000, month, 1)
  return (['long', 'short'] as const).map((how) =>
    plain(format(date, locale, { month: how, day: 'numeric' }))
      .replace(/[\d.]|\bde\b/g, '')
      .trim(),
  )
}

function numeric(text: string, locale: string, today: string): string | undefined {
  const [, y, m, d] =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text) ?? /^(\d{4})年(\d{1,2})月(\d{1,2})日$/.exec(text) ?? []
  if (y !== undefined) return valid(Number(y), Number(m), Number(d))
  const [, cjkMonth, cjkDay] = /^(\d{1,2})月(\d{1,2})日$/.exec(text) ?? []
  if (cjkMonth !== undefined) return ahead(NaN, Number(cjkMonth), Number(cjkDay), today)
  const [, first, mark, second, rest] =
    /^(\d{1,2})([./-]) ?(\d{1,2})(?:[./-] ?(\d{2}|\d{4})?)?$/.exec(text) ?? []
  if (first === undefined) return undefined
  const order = new Intl.DateTimeFormat(locale).formatToParts().map(({ type }) => type)
  const dayFirst = mark === '.' || order.indexOf('day') < order.indexOf('month')
  const [day, month] = dayFirst ? [first, second!] : [second!, first]
  const year = yearOf(rest)
  // What can be no month is the day.
  return ahead(year, Number(month), Number(day), today) ?? ahead(year, Number(day), Number(month), today)
}

function yearOf(text: string | undefined): number {
  return text === undefined ? NaN : Number(text.length === 2 ? `20${text}` : text)
}

/** Without a year the next one. */
export function ahead(year: number, month: number, day: number, today: string): string | undefined {
  if (!Number.isNaN(year)) return valid(year, month, day)
  const now = Number(today.slice(0, 4))
  // The 29th of February may be eight years away.
  for (let next = now; next <= now + 8; next++) {
    const date = valid(next, month, day)
    if (date !== undefined && date >= today) return date
  }
  return undefined
}

export function format(date: string, locale: string, how: Intl.DateTimeFormatOptions): string {
  return made(
    `${locale} ${JSON.stringify(how)}`,
    () => new Intl.DateTimeFormat(locale, { ...how, calendar: 'gregory', timeZone: 'UTC' }),
  ).format(new Date(date))
}

export function relativeFormat(locale: string, numeric: 'auto' | 'always'): Intl.RelativeTimeFormat {
  return made(`${locale} ${numeric}`, () => new Intl.RelativeTimeFormat(locale, { numeric }))
}

/** Making one takes longer than all that it formats. */
const formats = new Map<string, unknown>()

export function made<T>(name: string, make: () => T): T {
  const known = (formats.get(name) as T | undefined) ?? make()
  formats.set(name, known)
  return known
}

/** Without case, accents, width, doubled blanks and the digits of other scripts. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{Mn}\u200e\u200f]/gu, '')
    .replace(/\p{Nd}/gu, (digit) => String(digitOf(digit.codePointAt(0)!)))
    .toLowerCase()
    .trim()
    .replace(/\s+/g, ' ')
}

/** Decimal digits come in tens, the first of which is zero. */
function digitOf(code: number): number {
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - 1))) {
    code--
    value++
  }
  return value
}

function capital(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
}
