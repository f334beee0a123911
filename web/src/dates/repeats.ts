/** Rules by which tasks repeat: as people say them, and in words. The server (src/tasks/repeat.ts) says what one may be. */

import type { RepeatSayings, RepeatWords } from '../words/words.en.ts'
import { iso, shifted } from './dates.ts'

const names = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const workdays = 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'
const after = ';FROM=COMPLETION'
/** The rules offered to choose from. */
export const common: readonly string[] = [
  'FREQ=DAILY',
  workdays,
  'FREQ=WEEKLY',
  'FREQ=WEEKLY;INTERVAL=2',
  'FREQ=MONTHLY',
  'FREQ=YEARLY',
]

export type Frequency = 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'

interface Rule {
  readonly freq: Frequency
  readonly interval: number
  readonly month: string | undefined
  readonly monthDays: readonly number[]
  readonly days: readonly number[]
  readonly until: string | undefined
  readonly count: string | undefined
  readonly isAfter: boolean
}

/** Undefined if the text is not a rule in the server's form. */
function ruleOf(text: string): Rule | undefined {
  const [, freq, interval, month, monthDays, days, until, count, from] =
    /^FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(?:;INTERVAL=(\d{1,3}))?(?:;BYMONTH=(\d\d?))?(?:;BYMONTHDAY=([\d,-]+))?(?:;BYDAY=([A-Z,]+))?(?:;UNTIL=(\d{8}))?(?:;COUNT=(\d{1,4}))?(;FROM=COMPLETION)?$/.exec(
      text,
    ) ?? []
  if (freq === undefined) return undefined
  return {
    freq: freq as Frequency,
    interval: Number(interval ?? 1),
    month,
    monthDays: monthDays?.split(',').map(Number) ?? [],
    days: days?.split(',').map((name) => names.indexOf(name)) ?? [],
    until,
    count,
    isAfter: from !== undefined,
  }
}

/** `every Friday`; the rule as it is where it cannot be said. */
export function repeatInWords(text: string, w: RepeatWords, locale: string): string {
  const rule = ruleOf(text)
  if (!rule) return text
  const { freq, interval, month, monthDays, days, until, count, isAfter } = rule
  const base = interval === 1 ? w.each[freq] : w.every(interval, freq)
  const weekday = days.length === 1 ? 'long' : 'short'
  // The fifth of January 1970 was a Monday.
  const listed = days.map((day) => format(iso(1970, 1, 5 + day), locale, { weekday })).join(', ')
  const onDays = monthDays.length > 0 ? ` ${w.onDays(monthDays)}` : ''
  const inMonth =
    month === undefined ? '' : ` ${format(iso(2000, Number(month), 1), locale, { month: 'long' })}`
  const isWorkdays = text.startsWith(workdays)
  const main = isWorkdays
    ? w.workdays
    : days.length > 0 && interval === 1
      ? w.everyDay(listed)
      : `${base}${listed && ` (${listed})`}${onDays}${inMonth}`
  return [
    main,
    until && w.until(format(dashed(until), locale, { dateStyle: 'medium' })),
    count && `${count}×`,
    isAfter && w.afterCompletion,
  ]
    .filter(Boolean)
    .join(', ')
}

/** Whether days are counted from the one on which the task is done; and the rule without that. */
export function splitRepeat(text: string): { readonly rule: string; readonly isAfter: boolean } {
  const isAfter = text.endsWith(after)
  return { rule: isAfter ? text.slice(0, -after.length) : text, isAfter }
}

export function joinedRepeat(rule: string, isAfter: boolean): string {
  return rule === '' ? '' : rule + (isAfter ? after : '')
}

/** The first day of a rule from today on. */
export function firstDay(text: string, today: string): string {
  const rule = ruleOf(text)
  for (let day = today, n = 0; rule && n < 366; day = shifted(day, 1, 'day'), n++)
    if (isOn(rule, day)) return day
  return today
}

function isOn({ days, monthDays, month }: Rule, date: string): boolean {
  const time = new Date(date)
  if (month !== undefined && time.getUTCMonth() + 1 !== Number(month)) return false
  if (days.length > 0) return days.includes((time.getUTCDay() + 6) % 7)
  const day = time.getUTCDate()
  const isLast = shifted(date, 1, 'day').endsWith('-01')
  return (
    monthDays.length === 0 || monthDays.some((one) => one === day || (isLast && (one === -1 || one > day)))
  )
}

export interface Said {
  readonly repeat: string
  readonly due: string
  readonly from: number
  readonly to: number
}

const mostWords = 7
const longestTitle = 1_000

/** The rule that a title begins or ends with, as in "bins every friday": what stands elsewhere may mean anything. */
export function repeatIn(
  title: string,
  sayings: Readonly<Record<string, RepeatSayings>>,
  locales: readonly string[],
  today: string,
): Said | undefined {
  if (title.length > longestTitle) return undefined
  const words = [...title.matchAll(/\S+/gu)]
  for (let last = words.length - 1; last >= 0; last--)
    for (let first = Math.max(0, last - mostWords + 1); first <= last; first++) {
      const next = words[last + 1]?.[0]
      const isEnd = next === undefined || /^(?:at|@|um|\d)/i.test(next)
      if (first > 0 && !isEnd) continue
      const end = words[last]![0].replace(/[,;:!?]{1,3}$/, '')
      const [from, to] = [words[first]!.index, words[last]!.index + end.length]
      const repeat = repeatSaid(title.slice(from, to), sayings, locales, isEnd)
      // Nothing else would be left of it.
      if (repeat !== undefined && last - first + 1 < words.length)
        return { repeat, due: firstDay(repeat, today), from, to }
    }
  return undefined
}

/** The rule that a text says, all of it: `every 2 weeks`, `jeden Montag`. `alone`: also in one word, such as `daily`. */
export function repeatSaid(
  text: string,
  sayings: Readonly<Record<string, RepeatSayings>>,
  locales: readonly string[],
  alone = true,
): string | undefined {
  const said = plain(text)
    .split(/[\s,&]+/)
    .filter(Boolean)
  for (const locale of locales) {
    const known = sayings[locale.split('-')[0]!]
    const rule = known && ruleSaid(said, known, locale, alone)
    if (rule !== undefined) return rule
  }
  return undefined
}

function ruleSaid(
  said: readonly string[],
  { every, alone, numbers, units, workday, and, adverb }: RepeatSayings,
  locale: string,
  isAlone: boolean,
): string | undefined {
  const weekday = (word: string) => weekdaysOf(locale).get(word.replace(/\.$/, ''))
  const [first = '', ...rest] = said
  if (rest.length === 0) {
    if (!isAlone) return undefined
    const day = adverb !== '' && first.endsWith(adverb) ? weekday(first.slice(0, -adverb.length)) : undefined
    if (day !== undefined && first.length > 4) return `FREQ=WEEKLY;BYDAY=${day}`
    return alone[first] === 'WORKDAYS' ? workdays : alone[first] && `FREQ=${alone[first]}`
  }
  if (!every.includes(first.replace(/!$/, ''))) return undefined
  // As Todoist writes it: `every! 3 days`.
  const behind = first.endsWith('!') ? after : ''
  const [, digits] = /^(\d{1,3})(?:st|nd|rd|th|\.)?$/.exec(rest[0]!) ?? []
  const number = digits === undefined ? numbers[rest[0]!] : Number(digits)
  if (rest.length === 1 && digits !== undefined && digits !== rest[0])
    return Number(digits) >= 1 && Number(digits) <= 31
      ? `FREQ=MONTHLY;BYMONTHDAY=${Number(digits)}${behind}`
      : undefined
  if (number === 0) return undefined
  const interval = number === undefined || number === 1 ? '' : `;INTERVAL=${number}`
  const what = (number === undefined ? rest : rest.slice(1)).filter((word) => !and.includes(word))
  if (what.length === 1 && units[what[0]!]) return `FREQ=${units[what[0]!]}${interval}${behind}`
  if (what.length === 1 && workday.includes(what[0]!)) return interval === '' ? workdays + behind : undefined
  const days = what.map(weekday)
  if (days.length === 0 || days.includes(undefined)) return undefined
  return `FREQ=WEEKLY${interval};BYDAY=${names.filter((name) => days.includes(name))}${behind}`
}

/** What another program has for a rule: RRULE of RFC 5545. Undefined where the server knows nothing that says the same. */
export function repeatOfRRule(value: string): string | undefined {
  const parts = new Map(
    value
      .toUpperCase()
      .replace(/^RRULE:/, '')
      .split(';')
      .filter(Boolean)
      .map((part) => part.trim().split('=', 2) as [string, string]),
  )
  const at = (name: string) => parts.get(name)
  const days = at('BYDAY')?.split(',') ?? []
  // They matter to weeks that are left out alone.
  if (at('WKST') !== undefined && at('WKST') !== 'MO' && (at('INTERVAL') ?? '1') !== '1' && days.length > 1)
    return undefined
  parts.delete('WKST')
  if (at('INTERVAL') === '1') parts.delete('INTERVAL')
  const until = at('UNTIL')
  if (until !== undefined) parts.set('UNTIL', until.slice(0, 8))
  if (at('FREQ') === 'DAILY' && days.length > 0 && at('INTERVAL') === undefined) parts.set('FREQ', 'WEEKLY')
  if (days.length > 0) parts.set('BYDAY', names.filter((name) => days.includes(name)).join(','))
  const order = ['FREQ', 'INTERVAL', 'BYMONTH', 'BYMONTHDAY', 'BYDAY', 'UNTIL', 'COUNT']
  if ([...parts.keys()].some((name) => !order.includes(name))) return undefined
  const text = order.flatMap((name) => (parts.has(name) ? [`${name}=${at(name)}`] : [])).join(';')
  const rule = ruleOf(text)
  if (!rule || rule.interval === 0 || (rule.until !== undefined && rule.count !== undefined)) return undefined
  if (rule.count !== undefined && Number(rule.count) === 0) return undefined
  if (rule.until !== undefined && Number.isNaN(Date.parse(dashed(rule.until)))) return undefined
  if (days.some((day) => !names.includes(day)) || (days.length > 0 && rule.freq !== 'WEEKLY'))
    return undefined
  if (rule.monthDays.some((day) => !(day === -1 || (day >= 1 && day <= 31)))) return undefined
  if (rule.month === undefined && rule.monthDays.length > 0 && rule.freq !== 'MONTHLY') return undefined
  if (rule.month === undefined) return text
  const [day = 0] = rule.monthDays
  const isOne = rule.freq === 'YEARLY' && rule.monthDays.length === 1 && Number(rule.month) <= 12
  return isOne && day <= new Date(Date.UTC(2000, Number(rule.month), 0)).getUTCDate() ? text : undefined
}

function weekdaysOf(locale: string): ReadonlyMap<string, string> {
  const days = new Map<string, string>()
  for (const [index, name] of names.entries())
    for (const weekday of ['long', 'short'] as const)
      days.set(plain(format(iso(1970, 1, 5 + index), locale, { weekday })).replace(/\.$/, ''), name)
  return days
}

function dashed(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
}

function format(date: string, locale: string, how: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { ...how, timeZone: 'UTC' }).format(new Date(date))
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .trim()
}
