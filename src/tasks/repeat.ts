/**
 * Recurrence rules: those of iCalendar (RFC 5545, section 3.3.10) that need only dates, and
 * FROM=COMPLETION (decisions/029).
 */
import { limits } from '../limits.ts'
import { isDate } from './rules.ts'

export interface Repeat {
  readonly freq: (typeof frequencies)[number]
  readonly interval: number
  /** Monday is 0; empty: the date's. */
  readonly weekdays: readonly number[]
  /** Days of the month, -1 for the last; empty: the date's. */
  readonly monthDays: readonly number[]
  /** From 1. */
  readonly month?: number | undefined
  /** `20261231`. */
  readonly until?: string | undefined
  /** The number of tasks left, including this one. */
  readonly count?: number | undefined
  /** Whether days are counted from the completion date, not from the due date. */
  readonly fromCompletion: boolean
}

const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
const weekdayNames = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']

/** The error in a rule, if any. */
export function repeatFault(text: string): string | undefined {
  const rule = parseRepeat(text)
  return typeof rule === 'string' ? rule : undefined
}

/** The canonical text of a rule; an invalid rule is returned unchanged. */
export function canonicalRepeat(text: string): string {
  const rule = parseRepeat(text)
  return typeof rule === 'string' ? text : repeatText(rule)
}

export function repeatText(rule: Repeat): string {
  const parts: readonly (readonly [name: string, value: string | number | undefined])[] = [
    ['FREQ', rule.freq],
    ['INTERVAL', rule.interval === 1 ? undefined : rule.interval],
    ['BYMONTH', rule.month],
    ['BYMONTHDAY', rule.monthDays.join(',') || undefined],
    ['BYDAY', rule.weekdays.map((day) => weekdayNames[day]).join(',') || undefined],
    ['UNTIL', rule.until],
    ['COUNT', rule.count],
    ['FROM', rule.fromCompletion ? 'COMPLETION' : undefined],
  ]
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])).join(';')
}

/** The rule, or its error. */
export function parseRepeat(text: string): Repeat | string {
  if (text.length > limits.repeatLength) return `must have at most ${limits.repeatLength} characters`
  const parts = new Map<string, string>()
  for (const part of text.toUpperCase().split(';')) {
    const [, name, value] = /^([A-Z]+)=([^=]+)$/.exec(part) ?? []
    if (name === undefined) return 'must be a rule such as FREQ=WEEKLY;BYDAY=MO,FR'
    if (parts.has(name)) return `must not have ${name} twice`
    if (!known.includes(name)) return `cannot have ${name}: it may have ${known.join(', ')}`
    parts.set(name, value!)
  }
  const freq = frequencies.find((name) => name === parts.get('FREQ'))
  if (freq === undefined)
    return `must have a FREQ of ${frequencies.join(', ')}: a task has a date and no time of day`

  const interval = integer(parts.get('INTERVAL') ?? '1', limits.repeatInterval)
  if (interval === undefined) return `must have an INTERVAL from 1 to ${limits.repeatInterval}`

  const weekdays = list(parts.get('BYDAY'), (day) => weekdayNames.indexOf(day))
  if (weekdays.includes(-1)) return 'must have days such as MO,FR in BYDAY, without numbers'
  if (weekdays.length > 0 && freq !== 'WEEKLY') return 'cannot have BYDAY without FREQ=WEEKLY'

  const monthDays = list(parts.get('BYMONTHDAY'), (day) => (day === '-1' ? -1 : (integer(day, 31) ?? 0)))
  if (monthDays.includes(0)) return 'must have days from 1 to 31, or -1 for the last, in BYMONTHDAY'
  const month = parts.has('BYMONTH') ? (integer(parts.get('BYMONTH')!, 12) ?? 0) : undefined
  if (month === 0) return 'must have one month from 1 to 12 in BYMONTH'
  if (month !== undefined && freq !== 'YEARLY') return 'cannot have BYMONTH without FREQ=YEARLY'
  if (monthDays.length > 0 && freq !== 'MONTHLY' && freq !== 'YEARLY')
    return 'cannot have BYMONTHDAY without FREQ=MONTHLY or FREQ=YEARLY'
  if (freq === 'YEARLY' && (month === undefined ? monthDays.length > 0 : monthDays.length !== 1))
    return 'must have BYMONTH and one day in BYMONTHDAY, or neither, with FREQ=YEARLY'
  if (month !== undefined && monthDays[0]! > daysIn(leapYear, month - 1))
    return `must not have a BYMONTHDAY of ${monthDays[0]} in BYMONTH=${month}, which has no such day`

  const until = parts.get('UNTIL')
  if (until !== undefined && !isCompactDate(until)) return 'must have a date such as 20261231 in UNTIL'
  const count = parts.has('COUNT') ? integer(parts.get('COUNT')!, limits.repeatCount) : undefined
  if (parts.has('COUNT') && count === undefined) return `must have a COUNT from 1 to ${limits.repeatCount}`
  if (until !== undefined && count !== undefined) return 'must not have both UNTIL and COUNT'
  if ((parts.get('WKST') ?? 'MO') !== 'MO') return 'must have weeks that begin on Monday: WKST=MO'
  if ((parts.get('FROM') ?? 'COMPLETION') !== 'COMPLETION') return 'must have COMPLETION in FROM, or no FROM'
  return {
    freq,
    interval,
    weekdays: weekdays.toSorted((a, b) => a - b),
    // The last day stands behind the others.
    monthDays: monthDays.toSorted((a, b) => (a === -1 ? 32 : a) - (b === -1 ? 32 : b)),
    month,
    until,
    count,
    fromCompletion: parts.has('FROM'),
  }
}

const known = ['FREQ', 'INTERVAL', 'BYMONTH', 'BYMONTHDAY', 'BYDAY', 'UNTIL', 'COUNT', 'FROM', 'WKST']
const leapYear = 2000

/**
 * Date and rule of the task after one completed on `today`: the rule's first day after both its date and
 * today, so that missed tasks do not pile up. Undefined if the rule has ended.
 */
export function following(
  due: string,
  repeat: string,
  today: string,
): { readonly due: string; readonly repeat: string } | undefined {
  const rule = parseRepeat(repeat)
  if (typeof rule === 'string' || rule.count === 1) return undefined
  const base = dayOf(rule.fromCompletion ? today : due)
  const day = dayAfter(rule, base, Math.max(base, dayOf(today)))
  if (day > lastDay) return undefined
  const next = dateOf(day)
  if (rule.until !== undefined && next.replaceAll('-', '') > rule.until) return undefined
  const then = { ...rule, ...(rule.count !== undefined && { count: rule.count - 1 }) }
  return { due: next, repeat: repeatText(rule.fromCompletion ? then : remember(then, base, day)) }
}

/** The rule's first day after `after`, starting from `base`, which is not later. */
function dayAfter({ freq, interval, weekdays, monthDays, month }: Repeat, base: number, after: number) {
  if (freq === 'DAILY') return base + (Math.floor((after - base) / interval) + 1) * interval
  const date = partsOf(base)
  const isWeekly = freq === 'WEEKLY'
  const step = freq === 'YEARLY' ? 12 * interval : interval
  // Weeks and months are numbered, and `from` is the number of one in the rule.
  const from = isWeekly ? weekOf(base) : date.year * 12 + (month === undefined ? date.month : month - 1)
  const now = isWeekly ? weekOf(after) : monthOf(after)
  for (let at = from + Math.floor((now - from) / step) * step; ; at += step) {
    const days = isWeekly
      ? (weekdays.length > 0 ? weekdays : [weekdayOf(base)]).map((weekday) => mondayOf(at) + weekday)
      : (monthDays.length > 0 ? monthDays : [date.day]).map((day) => dayIn(at, day))
    const behind = days.filter((day) => day > after)
    if (behind.length > 0) return Math.min(...behind)
  }
}

/** Keeps the day of a rule that takes it from the date, which a short month would lose. */
function remember(rule: Repeat, base: number, day: number): Repeat {
  const { day: wanted, month } = partsOf(base)
  if (rule.monthDays.length > 0 || partsOf(day).day === wanted) return rule
  if (rule.freq === 'MONTHLY') return { ...rule, monthDays: [wanted] }
  return rule.freq === 'YEARLY' ? { ...rule, month: month + 1, monthDays: [wanted] } : rule
}

/**
 * The rule in the semantics of RFC 5545, which skips months that are too short for a day; undefined if it cannot express the
 * same.
 */
export function icalendarRule(text: string, due: string): string | undefined {
  const rule = parseRepeat(text)
  if (typeof rule === 'string' || rule.fromCompletion) return undefined
  const date = partsOf(dayOf(due))
  const isYearly = rule.freq === 'YEARLY'
  if (!isYearly && rule.freq !== 'MONTHLY') return text
  const month = rule.month ?? date.month + 1
  const wanted = rule.monthDays.length > 0 ? rule.monthDays : [date.day]
  const shortest = isYearly ? daysIn(leapYear + 1, month - 1) : 28
  if (wanted.every((day) => day <= shortest)) return text
  if (wanted.length > 1) return undefined
  // The last of those days that the month has.
  const days = Array.from({ length: wanted[0]! - shortest + 1 }, (_, index) => shortest + index)
  return `${repeatText({ ...rule, ...(isYearly && { month }), monthDays: days })};BYSETPOS=-1`
}

/** Whether the date is one of the rule's days, if it names any. */
export function isOnRule(text: string, due: string): boolean {
  const rule = parseRepeat(text)
  if (typeof rule === 'string') return false
  const { weekdays, monthDays, month } = rule
  const day = dayOf(due)
  if (month !== undefined && partsOf(day).month !== month - 1) return false
  if (weekdays.length > 0) return weekdays.includes(weekdayOf(day))
  return monthDays.length === 0 || monthDays.some((wanted) => dayIn(monthOf(day), wanted) === day)
}

const msOfDay = 86_400_000

/** Days since 1970. */
function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / msOfDay
}

function dateOf(day: number): string {
  return new Date(day * msOfDay).toISOString().slice(0, 10)
}

const lastDay = dayOf('9999-12-31')

function partsOf(day: number) {
  const date = new Date(day * msOfDay)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() }
}

/** 1970 began on a Thursday. */
function weekOf(day: number): number {
  return Math.floor((day + 3) / 7)
}

function mondayOf(week: number): number {
  return week * 7 - 3
}

function weekdayOf(day: number): number {
  return day - mondayOf(weekOf(day))
}

function monthOf(day: number): number {
  const { year, month } = partsOf(day)
  return year * 12 + month
}

/** The day of a month, or its last where it is shorter. */
function dayIn(month: number, day: number): number {
  const year = Math.floor(month / 12)
  const last = daysIn(year, month % 12)
  // Date.UTC takes the years to 99 for those from 1900.
  return new Date(0).setUTCFullYear(year, month % 12, day === -1 ? last : Math.min(day, last)) / msOfDay
}

function daysIn(year: number, month: number): number {
  return new Date(new Date(0).setUTCFullYear(year, month + 1, 0)).getUTCDate()
}

function integer(text: string, most: number): number | undefined {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= most ? number : undefined
}

function list(text: string | undefined, read: (item: string) => number): number[] {
  return text === undefined ? [] : [...new Set(text.split(',').map(read))]
}

function isCompactDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? []
  return year !== undefined && isDate(`${year}-${month}-${day}`)
}
