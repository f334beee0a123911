/**
 * The date that is said within a title: "call mum tomorrow", "rent 1 Dec". Stricter than a field for dates (due.ts), for most
 * words of a title are none: a word counts as a whole, by itself, and never where it mostly means something else.
 */

import { withoutEnd } from '../shell/text.ts'
import { sayings } from '../words/languages.ts'
import type { Sayings } from '../words/words.en.ts'
import { daysBetween, shifted, startOfWeek, valid } from './dates.ts'
import { ahead, amount, format, made, monthNames, plain, relativeFormat } from './due.ts'

export interface TitleDate {
  readonly due: string
  /** Where the words stand. */
  readonly from: number
  readonly to: number
}

/** Where it may stand: anywhere, at the beginning, the end and before a time of day, or at the last two of these alone. */
type Place = 'anywhere' | 'edge' | 'end'

interface Meant {
  readonly due: string
  readonly place: Place
}

/** Of which it may consist, as in `on Thu, 24 Dec 2026`. */
const mostWords = 5
const longestTitle = 1_000

/** The last date in the title, unless what stands before it says that it is not when the task is due. */
export function dateIn(title: string, locales: readonly string[], today: string): TitleDate | undefined {
  if (title.length > longestTitle) return undefined
  const spoken = locales.filter((locale) => sayingsOf(locale))
  const words = [...title.matchAll(/\S+/gu)]
  const meantBy = (text: string) => {
    const said = plain(text)
    for (const locale of spoken) {
      const meant = inLanguage(said, locale, today) ?? numeric(said, locale, locales[0]!, today)
      if (meant) return meant
    }
    return undefined
  }

  for (let last = words.length - 1; last >= 0; last--)
    for (let first = Math.max(0, last - mostWords + 1); first <= last; first++)
      for (const end of endsOf(words[last]![0])) {
        const [from, to] = [words[first]!.index, words[last]!.index + end]
        const meant = meantBy(title.slice(from, to))
        if (meant)
          return meant.due >= today && isOwn(first, last, meant) ? { due: meant.due, from, to } : undefined
      }
  return undefined

  function isOwn(first: number, last: number, { place }: Meant): boolean {
    const before = words[first - 1]?.[0]
    const next = plain(words[last + 1]?.[0] ?? '')
    const isLast = next === '' || spoken.some((locale) => sayingsOf(locale)!.time.test(next))
    if (place !== 'anywhere' && !isLast && (place === 'end' || first > 0)) return false
    if (before === undefined) return true
    // `24 Dec 27 guests` may be either.
    if (/^\d+\.?$/.test(before)) return false
    if (spoken.some((locale) => sayingsOf(locale)!.before.includes(plain(before)))) return false
    // Of two, as in `Mon - Fri`, neither is.
    const other = /^[-–—&/+]$/.test(before) ? words[first - 2]?.[0] : before
    return other === undefined || !endsOf(other).some((end) => meantBy(other.slice(0, end)))
  }
}

/** The title without those words; all of it where nothing else is left. */
export function titleWithout(title: string, { from, to }: TitleDate): string {
  let before = title.slice(0, from).trimEnd()
  let after = title.slice(to).trimStart()
  if (!/[^\p{P}\s]/u.test(before)) after = after.replace(/^[,;:–—-]\s*/, '')
  if (!/[^\p{P}\s]/u.test(after)) before = before.replace(/[,;:–—-]$/, '').trimEnd()
  const rest = `${before}${before === '' || /^[.,;:!?]/.test(after) ? '' : ' '}${after}`.trim()
  return /[^\p{P}\s]/u.test(rest) ? rest : title.trim()
}

/** How much of a word may belong to a date: all of it, or all without the marks behind it. */
function endsOf(word: string): number[] {
  const ends = ['', ',;:!?', '.,;:!?'].map((marks) => withoutEnd(word, marks).length)
  return [...new Set(ends)].filter((end) => end > 0)
}

function inLanguage(text: string, locale: string, today: string): Meant | undefined {
  const sayings = sayingsOf(locale)!
  if (sayings.ambiguous.includes(text)) return undefined
  const [by, on] = [sayings.deadline.exec(text)?.[1], sayings.said.exec(text)?.[1]]
  const relative = byToday(locale, today).get(by ?? text) ?? inAWhile(text, sayings, today)
  if (relative !== undefined) return { due: relative, place: 'anywhere' }
  const next = sayings.next.exec(by ?? text)?.[1]
  if (next !== undefined) {
    const days = daysBetween(today, startOfWeek(shifted(today, 7, 'day')))
    const due = weekday(next, locale, sayings, shifted(today, days, 'day'))
    if (due) return { due, place: 'anywhere' }
  }
  const day = by ?? on ?? text
  const isBare = day === text
  // Two letters mean a day behind a word for it alone: `am Fr`.
  const due = isBare && day.length < 3 ? undefined : weekday(day, locale, sayings, shifted(today, 1, 'day'))
  if (due) return { due, place: isBare ? 'edge' : 'anywhere' }
  const date = inMonth(day, locale, sayings, today)
  return date === undefined ? undefined : { due: date, place: 'anywhere' }
}

/** Today, tomorrow, next week. */
function byToday(locale: string, today: string): ReadonlyMap<string, string> {
  return made(`said of ${locale} ${today}`, () => {
    const { days, ambiguous } = sayingsOf(locale)!
    const own = Object.entries(days).filter(([word]) => !ambiguous.includes(word))
    const say = (count: number, unit: 'day' | 'week' | 'month') =>
      [plain(relativeFormat(locale, 'auto').format(count, unit)), shifted(today, count, unit)] as const
    return new Map([
      ...own.map(([word, count]) => [word, shifted(today, count, 'day')] as const),
      ...[0, 1, 2].map((count) => say(count, 'day')),
      say(1, 'week'),
      say(1, 'month'),
    ])
  })
}

/** `in 3 days`, and not `3 days`. */
function inAWhile(text: string, sayings: Sayings, today: string): string | undefined {
  const number = sayings.amount.exec(text)?.[1]
  return number === undefined || text.startsWith(number) ? undefined : amount(text, sayings, today)
}

function weekday(name: string, locale: string, { ambiguous }: Sayings, from: string): string | undefined {
  if (ambiguous.includes(name)) return undefined
  return daysFrom(from, locale).get(name)
}

/** By their names, whole or short. */
function daysFrom(from: string, locale: string): ReadonlyMap<string, string> {
  return made(`days of ${locale} from ${from}`, () => {
    const names = new Map<string, string>()
    for (let days = 0; days < 7; days++) {
      const date = shifted(from, days, 'day')
      for (const weekday of ['long', 'short'] as const)
        names.set(plain(format(date, locale, { weekday })).replace(/\.$/, ''), date)
    }
    return names
  })
}

/** `1 Dec`, `December 24th`, `Thu, 24. Dez. 2026`: a year has four digits, for two may be anything. */
function inMonth(text: string, locale: string, sayings: Sayings, today: string): string | undefined {
  const [, name, rest] = /^(\p{L}{2,})\.?,? (\D*\d.*)$/u.exec(text) ?? []
  if (name !== undefined && daysFrom(today, locale).has(name)) return inMonth(rest!, locale, sayings, today)
  const [, day, month, year] =
    /^(\d{1,2})(?:st|nd|rd|th|\.)? (?:of )?(\p{L}{3,})\.?,?(?: (\d{4}))?$/u.exec(text) ?? []
  if (day !== undefined) return ofMonth(month!, Number(day), year)
  const [, first, second, behind] =
    /^(\p{L}{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?$/u.exec(text) ?? []
  return first === undefined ? undefined : ofMonth(first, Number(second), behind)

  function ofMonth(word: string, day: number, year: string | undefined) {
    for (let month = 1; month <= 12; month++)
      if (
        monthNames(locale, month).some(
          (known) => known === word || (word.length < 5 && known.startsWith(word)),
        )
      )
        return ahead(Number(year ?? NaN), month, day, today)
    return undefined
  }
}

/** `2026-12-24`, and in the order of the browser `24/12`, `24/12/2026` or `24.12.`; not `24.12`, `1/2 cup`, `24/7`. */
function numeric(text: string, language: string, locale: string, today: string): Meant | undefined {
  const { deadline, said } = sayingsOf(language)!
  const given = (deadline.exec(text) ?? said.exec(text))?.[1] ?? text
  const [, y, m, d] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(given) ?? []
  if (y !== undefined) {
    const due = valid(Number(y), Number(m), Number(d))
    return due === undefined ? undefined : { due, place: 'anywhere' }
  }
  const [, first, mark, second, behind = ''] = /^(\d{1,2})([./])(\d{1,2})(\.|[./]\d{4})?$/.exec(given) ?? []
  const { isDayFirst, isDotted } = formOf(locale)
  const isOurs = mark === '/' ? behind !== '.' && given !== '24/7' : isDotted && behind !== ''
  if (first === undefined || !isOurs) return undefined
  const [day, month] = isDayFirst ? [first, second] : [second, first]
  const year = behind.length > 1 ? Number(behind.slice(1)) : NaN
  const due = ahead(year, Number(month), Number(day), today)
  if (due === undefined) return undefined
  return { due, place: given !== text || behind !== '' ? 'anywhere' : 'end' }
}

function formOf(locale: string) {
  return made(`form of ${locale}`, () => {
    const parts = new Intl.DateTimeFormat(locale).formatToParts()
    const [first] = parts.filter(({ type }) => type === 'day' || type === 'month')
    return { isDayFirst: first!.type === 'day', isDotted: parts.some(({ value }) => value.trim() === '.') }
  })
}

function sayingsOf(locale: string): Sayings | undefined {
  return sayings[locale.split('-')[0]!]
}
