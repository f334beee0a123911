/** Due dates as people type and read them, in the words that Intl knows for their language. */

export type DueState = 'overdue' | 'today' | 'ahead'

const dayMs = 86_400_000
const units = ['day', 'week', 'month', 'year'] as const

/** The user's date: `2026-12-24`. */
export function dateOf(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

/**
 * The date that is meant by `tomorrow`, `fri`, `in 3 days`, `+3`, `24 Dec`, `24.12.` or `2026-12-24`: in the words
 * of `locale` or in English. Undefined where none is meant.
 */
export function parseDue(typed: string, locale: string, today: string): string | undefined {
  const text = typed.trim().toLowerCase()
  for (const language of [locale, 'en']) {
    const date =
      relative(text, language, today) ?? weekday(text, language, today) ?? inMonth(text, language, today)
    if (date !== undefined) return date
  }
  return numeric(text, locale, today)
}

/** A word for the day where there is one, else the date. */
export function formatDue(due: string, locale: string, today: string): { text: string; state: DueState } {
  const days = daysBetween(today, due)
  const state = days < 0 ? 'overdue' : days === 0 ? 'today' : 'ahead'
  return { text: capital(dayText(due, days, locale, today), locale), state }
}

function dayText(due: string, days: number, locale: string, today: string): string {
  if (days >= -30 && days <= 1)
    return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(days, 'day')
  if (days > 1 && days < 7) return format(due, locale, { weekday: 'long' })
  const year = due.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: 'numeric' } as const)
  return format(due, locale, { weekday: 'short', day: 'numeric', month: 'short', ...year })
}

function relative(text: string, language: string, today: string): string | undefined {
  const amount = Number(/\d{1,4}/.exec(text)?.[0] ?? NaN)
  if (/^\+\d{1,4}$/.test(text)) return shifted(today, amount, 'day')
  for (const unit of units) {
    for (const numeric of ['auto', 'always'] as const) {
      const words = new Intl.RelativeTimeFormat(language, { numeric })
      for (const number of Number.isNaN(amount) ? [-1, 0, 1, 2] : [amount])
        if (words.format(number, unit).toLowerCase() === text) return shifted(today, number, unit)
    }
  }
  return undefined
}

/** The next such day after today. */
function weekday(text: string, language: string, today: string): string | undefined {
  const word = text.replace(/\.$/, '')
  if (word.length < 2) return undefined
  for (let days = 1; days <= 7; days++) {
    const date = shifted(today, days, 'day')
    if (format(date, language, { weekday: 'long' }).toLowerCase().startsWith(word)) return date
  }
  return undefined
}

/** `24 dec`, `december 24th`, `24. Dezember 2027`. */
function inMonth(text: string, language: string, today: string): string | undefined {
  const [, first, name, second, year] =
    /^(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+)?(\p{L}{3,})\.?,?(?:\s+(\d{1,2})(?:st|nd|rd|th)?(?![\d]))?,?(?:\s+(\d{4}))?$/u.exec(
      text,
    ) ?? []
  const day = Number(first ?? second ?? NaN)
  for (let month = 1; month <= 12 && name !== undefined; month++)
    if (
      format(iso(2000, month, 1), language, { month: 'long' })
        .toLowerCase()
        .startsWith(name)
    )
      return ahead(Number(year ?? NaN), month, day, today)
  return undefined
}

function numeric(text: string, locale: string, today: string): string | undefined {
  const [, y, m, d] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? []
  if (y !== undefined) return valid(Number(y), Number(m), Number(d))
  const [, first, mark, second, rest] =
    /^(\d{1,2})([./-])\s?(\d{1,2})(?:[./-]\s?(\d{2}|\d{4})?)?$/.exec(text) ?? []
  if (first === undefined) return undefined
  const order = new Intl.DateTimeFormat(locale).formatToParts().map(({ type }) => type)
  const dayFirst = mark === '.' || order.indexOf('day') < order.indexOf('month')
  const [day, month] = dayFirst ? [first, second] : [second, first]
  const year = rest === undefined ? NaN : Number(rest.length === 2 ? `20${rest}` : rest)
  return ahead(year, Number(month), Number(day), today)
}

/** Without a year the next one. */
function ahead(year: number, month: number, day: number, today: string): string | undefined {
  if (!Number.isNaN(year)) return valid(year, month, day)
  const now = Number(today.slice(0, 4))
  const date = valid(now, month, day)
  // The 29th of February may be four years away.
  for (let later = now + 1; date === undefined || date < today; later++) {
    const next = later < now + 9 ? valid(later, month, day) : date
    if (next !== undefined || later >= now + 9) return next
  }
  return date
}

function valid(year: number, month: number, day: number): string | undefined {
  const date = iso(year, month, day)
  const time = Date.parse(date)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? undefined : date
}

function iso(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

function shifted(date: string, amount: number, unit: (typeof units)[number]): string {
  const time = new Date(date)
  if (unit === 'day') time.setUTCDate(time.getUTCDate() + amount)
  if (unit === 'week') time.setUTCDate(time.getUTCDate() + 7 * amount)
  if (unit === 'month') time.setUTCMonth(time.getUTCMonth() + amount)
  if (unit === 'year') time.setUTCFullYear(time.getUTCFullYear() + amount)
  return time.toISOString().slice(0, 10)
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs)
}

function format(date: string, locale: string, how: Intl.DateTimeFormatOptions): string {
  const name = locale + JSON.stringify(how)
  let known = formats.get(name)
  if (known === undefined) {
    known = new Intl.DateTimeFormat(locale, { ...how, timeZone: 'UTC' })
    formats.set(name, known)
  }
  return known.format(new Date(date))
}

/** Making one takes longer than all that it formats. */
const formats = new Map<string, Intl.DateTimeFormat>()

function capital(text: string, locale: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
}
