/** Days of the calendar, as `2026-12-24`. */

const dayMs = 86_400_000
export const units = ['day', 'week', 'month', 'year'] as const
export type Unit = (typeof units)[number]

/** The user's date. */
export function dateOf(time: Date): string {
  return iso(time.getFullYear(), time.getMonth() + 1, time.getDate())
}

/** Called at the beginning of each of the user's days, for as long as the page is there. */
export function eachDay(run: () => void) {
  const now = new Date()
  const next = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
  setTimeout(() => {
    run()
    eachDay(run)
  }, next.getTime() - now.getTime())
}

export function valid(year: number, month: number, day: number): string | undefined {
  const date = iso(year, month, day)
  const time = Date.parse(date)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date ? undefined : date
}

export function iso(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** A month after the 31st of January is the last day of February. */
export function shifted(date: string, amount: number, unit: Unit): string {
  const time = new Date(date)
  if (unit === 'day' || unit === 'week')
    time.setUTCDate(time.getUTCDate() + (unit === 'day' ? 1 : 7) * amount)
  else {
    const day = time.getUTCDate()
    time.setUTCDate(1)
    time.setUTCMonth(time.getUTCMonth() + (unit === 'month' ? 1 : 12) * amount)
    const last = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 0)).getUTCDate()
    time.setUTCDate(Math.min(day, last))
  }
  return time.toISOString().slice(0, 10)
}

/** The Monday before. */
export function startOfWeek(date: string): string {
  return shifted(date, -((new Date(date).getUTCDay() + 6) % 7), 'day')
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs)
}
