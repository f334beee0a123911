/** Parses VTODO components of iCalendar (RFC 5545). */

import { repeatOfRRule } from '../dates/repeats.ts'
import { dateIn, isDay, type Taken, timeOf } from './formats-parts.ts'

interface Property {
  readonly value: string
  /** The TZID parameter, if any. */
  readonly zone: string | undefined
}

/** What programs call a calendar without a name. */
const usual = new Set(
  ['tasks', 'my tasks', 'to-do', 'to do', 'todo', 'todos', 'to-dos', 'reminders', 'inbox', 'calendar'].concat(
    ['aufgaben', 'meine aufgaben', 'erinnerungen', 'eingang', 'kalender'],
  ),
)

export function calendarTasks(text: string, take: Taken) {
  /** Stack of open components. */
  const within: string[] = []
  let todo = new Map<string, Property>()
  let calendar = new Map<string, Property>()
  // Unfold lines (RFC 5545, section 3.1).
  for (const line of text.replace(/(?:\r\n?|\n)[ \t]/g, '').split(/\r\n?|\n/)) {
    const [, name, parameters, value] =
      /^([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^":;,]*)(?:,(?:"[^"]*"|[^":;,]*))*)*):(.*)$/.exec(line) ?? []
    if (name === undefined) continue
    const property = name.toUpperCase()
    const component = value!.trim().toUpperCase()
    if (property === 'BEGIN') {
      within.push(component)
      if (component === 'VCALENDAR') calendar = new Map()
      else if (component === 'VTODO') todo = new Map()
      else if (component === 'VALARM' && within.includes('VTODO')) take.leave('reminder')
      else if (component === 'VEVENT' || component === 'VJOURNAL') take.leave('event')
    } else if (property === 'END') {
      within.pop()
      if (component === 'VTODO') add(todo, nameOf(calendar), take)
    } else if (within.at(-1) === 'VTODO')
      todo.set(property, { value: value!, zone: /;TZID="?([^";:]+)/i.exec(parameters!)?.[1] })
    // In several languages, the first is that of the calendar.
    else if (within.at(-1) === 'VCALENDAR' && !calendar.has(property))
      calendar.set(property, { value: value!, zone: undefined })
  }
}

/** RFC 7986, section 5.1, and what programs wrote before it. */
function nameOf(calendar: ReadonlyMap<string, Property>): string {
  const name = bare(calendar.get('NAME') ?? calendar.get('X-WR-CALNAME')).trim()
  return usual.has(name.toLowerCase()) ? '' : name
}

function add(todo: ReadonlyMap<string, Property>, list: string, take: Taken) {
  const status = todo.get('STATUS')?.value.trim().toUpperCase()
  if (status === 'CANCELLED') return take.leave('deleted')
  const done = status === 'COMPLETED' || (status === undefined && todo.has('COMPLETED'))
  const due = todo.get('DUE') ?? todo.get('DTSTART')
  const rule = todo.get('RRULE')
  if (todo.has('ATTACH')) take.leave('attachment')
  if (todo.has('CATEGORIES')) take.leave('tag')
  if (todo.has('RELATED-TO')) take.leave('subtask')
  if (/^[1-9]$/.test(todo.get('PRIORITY')?.value ?? '')) take.leave('priority')
  if (due?.value.includes('T')) take.leave('time')
  take.add({
    title: bare(todo.get('SUMMARY')),
    notes: bare(todo.get('DESCRIPTION')),
    due: due && (dayOf(due) ?? take.leave('date')),
    repeat: todo.has('RDATE') || todo.has('EXDATE') ? '' : rule && (repeatOfRRule(rule.value.trim()) ?? ''),
    list,
    created: timed(todo.get('CREATED')),
    ...(done && { done, completed: timed(todo.get('COMPLETED')) }),
  })
  return undefined
}

/** The day of a DATE or DATE-TIME (RFC 5545, sections 3.3.4 and 3.3.5). UTC times are converted to the user's day. */
function dayOf({ value }: Property): string | undefined {
  const time = extended(value)
  return time.endsWith('Z') ? dateIn(time) : isDay(time.slice(0, 10)) ? time.slice(0, 10) : undefined
}

const timed = (property: Property | undefined) => property && timeOf(extended(property.value))

/** Converts basic to extended ISO 8601. */
function extended(value: string): string {
  return value
    .trim()
    .replace(
      /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/,
      (_, year, month, day, hour, minute, second, zone) =>
        hour === undefined
          ? `${year}-${month}-${day}`
          : `${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`,
    )
}

/** Unescapes TEXT (RFC 5545, section 3.3.11). */
function bare(property: Property | undefined): string {
  return (property?.value ?? '').replace(/\\([\\;,nN])/g, (_, character: string) =>
    /n/i.test(character) ? '\n' : character,
  )
}
