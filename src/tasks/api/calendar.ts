import { Readable } from 'node:stream'
import { tagOfNumbers } from '../../http/etag.ts'
import { type Call, type Reply, streamed, text } from '../../http/message.ts'
import type { Route } from '../../http/router.ts'
import { limits } from '../../limits.ts'
import { NotFound } from '../../resources/errors.ts'
import { lists } from '../lists.ts'
import { icalendarRule, isOnRule } from '../repeat.ts'
import { latestDay } from '../rules.ts'
import type { TaskStore } from '../store.ts'
import type { Task } from '../task.ts'
import { parseParameters } from './query.ts'
import { begun, type Views } from './views.ts'

const type = 'text/calendar; charset=utf-8'
/** Maximum line length in octets, without the line break (RFC 5545, section 3.1). */
const mostBytes = 75

/**
 * GET /calendar.ics: open tasks with a due date as all-day events (RFC 5545). Not as VTODO: most calendars ignore to-dos in
 * subscribed feeds.
 */
export function calendarRoutes(store: TaskStore, views: Views): readonly Route[] {
  return [['GET', '/calendar.ics', show, { query: ['key', 'list'] }]]

  async function show(call: Call): Promise<Reply> {
    const { list: id } = parseParameters(call)
    const list =
      id === undefined ? undefined : (await store.items(lists).all()).find((each) => each.id === id)
    if (id !== undefined && !list) throw new NotFound(lists.one)
    const head = headOf(list?.name ?? 'Tasks')
    const dated = { done: false, due: latestDay, ...(id !== undefined && { lists: [id] }) }
    const { tasks, next } = await store.page({ ...dated, limit: limits.pageSize })
    if (next === undefined) {
      const versions = tasks.flatMap(({ id, updated }) => [id, updated])
      const etag = tagOfNumbers(list ? [...versions, list.version] : versions)
      const reply = text(type, `${head}${tasks.map(eventOf).join('')}${end}`)
      return { ...reply, headers: [...reply.headers, 'ETag', etag], etag }
    }
    return views(call, dated, async (view) =>
      streamed(type, Readable.from(pagesOf(head, await begun(view.pages())))),
    )
  }
}

async function* pagesOf(head: string, pages: AsyncIterable<readonly Task[]>): AsyncGenerator<string> {
  yield head
  for await (const tasks of pages) yield tasks.map(eventOf).join('')
  yield end
}

function headOf(name: string): string {
  return linesOf(
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//taskapp//Tasks//EN',
    'METHOD:PUBLISH',
    // NAME is RFC 7986; X-WR-CALNAME its widely supported predecessor.
    `NAME:${escaped(name)}`,
    `X-WR-CALNAME:${escaped(name)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    'X-PUBLISHED-TTL:PT1H',
  )
}

const end = linesOf('END:VCALENDAR')

function eventOf({ id, title, notes, due, repeat, created, updated }: Task): string {
  // RFC 5545 leaves undefined what a rule makes of a first date that is none of its own.
  const rule = repeat !== null && isOnRule(repeat, due!) ? icalendarRule(repeat, due!) : undefined
  return linesOf(
    'BEGIN:VEVENT',
    // Task ids are unique only within one service.
    `UID:${id}-${created}@taskapp`,
    `DTSTAMP:${timeOf(updated)}`,
    `CREATED:${timeOf(created)}`,
    `LAST-MODIFIED:${timeOf(updated)}`,
    // Without DTEND the event lasts one day; TRANSPARENT does not mark it as busy.
    `DTSTART;VALUE=DATE:${due!.replaceAll('-', '')}`,
    ...(rule === undefined ? [] : [`RRULE:${rule}`]),
    'TRANSP:TRANSPARENT',
    `SUMMARY:${escaped(title)}`,
    ...(notes === null ? [] : [`DESCRIPTION:${escaped(notes)}`]),
    'END:VEVENT',
  )
}

/** Formats milliseconds since 1970 as a UTC DATE-TIME (RFC 5545, section 3.3.5). */
function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** Escapes TEXT (RFC 5545, section 3.3.11). */
function escaped(value: string): string {
  return value.replaceAll(/[\\;,]/g, '\\$&').replaceAll(/\r\n?|\n/g, '\\n')
}

function linesOf(...lines: readonly string[]): string {
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

/** Folds a line longer than `mostBytes` (RFC 5545, section 3.1), never within a character. */
function folded(line: string): string {
  if (line.length * 3 <= mostBytes) return line
  let out = ''
  let bytes = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (bytes + size > mostBytes) {
      out += '\r\n '
      bytes = 1
    }
    out += character
    bytes += size
  }
  return out
}
