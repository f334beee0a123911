/** Parses VTODO components of iCalendar (RFC 5545). */
import { dateIn, isDay, type Taken, timeOf } from './formats-parts.ts'
import { repeatOfRRule } from './repeats.ts'

interface Property {
  readonly value: string
  /** The TZID parameter, if any. */
  readonly zone: string | undefined
}

export function calendarTasks(text: string, take: Taken) {
  /** Stack of open components. */
  const within: string[] = []
  let todo = new Map<string, Property>()
  // Unfold lines (RFC 5545, section 3.1).
  for (const line of text.replace(/(?:\r\n?|\n)[ \t]/g, '').split(/\r\n?|\n/)) {
    const [, name, parameters, value] =
      /^([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^":;,]*)(?:,(?:"[^"]*"|[^":;,]*))*)*):(.*)$/.exec(line) ?? []
    if (name === undefined) continue
    const property = name.toUpperCase()
    const component = value!.trim().toUpperCase()
    if (property === 'BEGIN') {
      within.push(component)
      if (component === 'VTODO') todo = new Map()
      else if (component === 'VALARM' && within.includes('VTODO')) take.leave('reminder')
      else if (component === 'VEVENT' || component === 'VJOURNAL') take.leave('event')
    } else if (property === 'END') {
      within.pop()
      if (component === 'VTODO') add(todo, take)
    } else if (within.at(-1) === 'VTODO')
      todo.set(property, { value: value!, zone: /;TZID="?([^";:]+)/i.exec(parameters!)?.[1] })
  }
}

function add(todo: ReadonlyMap<string, Property>, take: Taken) {
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
