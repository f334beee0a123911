/** Helpers that the parsers of foreign formats share. */
import { dateOf, valid } from '../dates/dates.ts'
import { isVisible, longest, notesOf, shortened, titleOf } from '../shell/text.ts'

export interface Given {
  readonly name: string
  readonly text: string
  /** Parses a date in words; undefined if it is none. */
  readonly readDate: (text: string) => string | undefined
  /** Parses a rule in words, with its first day; undefined if it is none. */
  readonly readRepeat: (text: string) => { readonly repeat: string; readonly due: string } | undefined
}

/** What cannot be imported. */
export type Left =
  | 'repeat'
  | 'priority'
  | 'section'
  | 'folder'
  | 'subtask'
  | 'time'
  | 'reminder'
  | 'date'
  | 'empty'
  | 'deleted'
  | 'attachment'
  | 'tag'
  | 'event'
  | 'long'

/** A task as `POST /import` accepts it. */
export interface Imported {
  readonly title: string
  readonly done?: true
  readonly notes?: string
  readonly due?: string
  readonly repeat?: string
  /** The list's name. */
  readonly list?: string
  readonly created?: string
  readonly completed?: string
}

export interface Found {
  readonly tasks: readonly Imported[]
  readonly left: ReadonlyMap<Left, number>
}

interface Raw {
  readonly title: string
  readonly done?: boolean
  readonly notes?: string
  readonly due?: string | undefined
  /** Omitted if there is no date, or if the date is '': one that a task cannot have. */
  readonly repeat?: string | undefined
  /** The name of its list; '' if the other program has it in none. */
  readonly list?: string
  readonly created?: string | undefined
  readonly completed?: string | undefined
}

export interface Taken {
  add(raw: Raw): void
  /** Appends to the notes of the last task. */
  addNote(text: string): void
  leave(what: Left): undefined
  found(): Found
}

export function taker(): Taken {
  const tasks: Imported[] = []
  const left = new Map<Left, number>()
  const leave = (what: Left): undefined => {
    left.set(what, (left.get(what) ?? 0) + 1)
  }
  /** Truncates notes to the API's limit. */
  const fitting = (text: string) => {
    const characters = [...notesOf(text).trim()]
    if (characters.length > longest.notes) leave('long')
    return characters.slice(0, longest.notes).join('')
  }

  return {
    add({ title, done, notes = '', due, repeat, list = '', created, completed }) {
      const line = titleOf(title)
      if (!isVisible(line)) return leave('empty')
      const short = shortened(line)
      if (repeat !== undefined && !(due && repeat)) leave('repeat')
      const within = listOf(list)
      const kept = fitting(short === line ? notes : `${line}\n\n${notes}`)
      tasks.push({
        title: short,
        ...(done && { done }),
        ...(kept !== '' && { notes: kept }),
        ...(due && { due }),
        ...(due && repeat && { repeat }),
        ...(within !== '' && { list: within }),
        ...(created && { created }),
        ...(done && completed && { completed }),
      })
    },
    addNote(text) {
      const last = tasks.pop()
      if (last === undefined) return
      const notes = fitting([last.notes ?? '', text].filter((part) => part !== '').join('\n\n'))
      tasks.push({ ...last, ...(notes !== '' && { notes }) })
    },
    leave,
    found: () => ({ tasks, left }),
  }
}

/** A name as the service takes it for a list, '' where nothing of it can be seen: an import is not refused for a name. */
function listOf(name: string): string {
  const line = titleOf(name)
  const characters = [...line]
  if (!isVisible(line)) return ''
  return characters.length > longest.list ? `${characters.slice(0, longest.list - 1).join('')}…` : line
}

/**
 * The text of a file: UTF-8, UTF-16 if it begins with a byte order mark, and otherwise Windows-1252, which spreadsheets and old
 * programs write. Undefined for a binary file.
 */
export function decode(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  const [first, second] = bytes
  const marked =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  let text: string
  try {
    text = new TextDecoder(marked, { fatal: true }).decode(bytes)
  } catch {
    text = new TextDecoder('windows-1252').decode(bytes)
  }
  return text.includes('\0') ? undefined : text
}

/** Whether `2026-12-24` is a day of the calendar. */
export function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  return year !== undefined && valid(Number(year), Number(month), Number(day)) === text
}

/** An RFC 3339 timestamp in UTC; undefined if the text is no time or before 1970. */
export function timeOf(text: string): string | undefined {
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return ms >= 0 ? new Date(ms).toISOString() : undefined
}

/** The calendar day of a timestamp, in the given time zone or the user's. A timestamp without an offset keeps its own day. */
export function dateIn(text: string, zone?: string): string | undefined {
  const day = text.slice(0, 10)
  if (!/(?:Z|[+-]\d\d:?\d\d)$/i.test(text)) return isDay(day) ? day : undefined
  const time = timeOf(text)
  if (time === undefined) return undefined
  try {
    const parts = new Intl.DateTimeFormat('en', {
      timeZone: zone || undefined,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    }).formatToParts(new Date(time))
    const part = (type: string) => parts.find((candidate) => candidate.type === type)!.value
    return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  } catch {
    // The browser does not know this time zone.
    return dateOf(new Date(time))
  }
}

/** Parses CSV (RFC 4180). The separator is the first of `,`, `;` and tab in the first line. */
export function recordsOf(text: string): string[][] {
  const separator = /^[^"\r\n]*?([,;\t])/.exec(text)?.[1] ?? ','
  const records: string[][] = []
  let record: string[] = []
  let field = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (quoted) {
      if (character !== '"') field += character
      else if (text[at + 1] === '"') field += text[++at]
      else quoted = false
    } else if (character === '"' && field === '') quoted = true
    else if (character === separator) {
      record.push(field)
      field = ''
    } else if (character === '\n' || character === '\r') {
      if (character === '\r' && text[at + 1] === '\n') at++
      records.push([...record, field])
      record = []
      field = ''
    } else field += character
  }
  if (field !== '' || record.length > 0) records.push([...record, field])
  return records
}
