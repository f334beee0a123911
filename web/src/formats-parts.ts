/** What the formats of other programs have in common. */
import { dateOf } from './dates.ts'
import { isVisible, longest, notesOf, titleOf } from './text.ts'

export interface Given {
  readonly name: string
  readonly text: string
  /** A date in words. */
  readonly readDate: (text: string) => string | undefined
}

/** Why something stays behind. */
export type Left =
  | 'repeat'
  | 'priority'
  | 'list'
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

/** As an import of the API takes it. */
export interface Imported {
  readonly title: string
  readonly done?: true
  readonly notes?: string
  readonly due?: string
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
  readonly created?: string | undefined
  readonly completed?: string | undefined
}

export interface Taken {
  add(raw: Raw): void
  /** More notes of the last task. */
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
  /** Notes that are too long end where they must. */
  const fitting = (text: string) => {
    const characters = [...notesOf(text).trim()]
    if (characters.length > longest.notes) leave('long')
    return characters.slice(0, longest.notes).join('')
  }

  return {
    add({ title, done, notes = '', due, created, completed }) {
      const line = titleOf(title)
      if (!isVisible(line)) return leave('empty')
      const characters = [...line]
      const isShort = characters.length <= longest.title
      const kept = fitting(isShort ? notes : `${line}\n\n${notes}`)
      tasks.push({
        title: isShort ? line : `${characters.slice(0, longest.title - 1).join('')}…`,
        ...(done && { done }),
        ...(kept !== '' && { notes: kept }),
        ...(due && { due }),
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

/** Whether the calendar has this day. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text
}

/** A time as the API has it, or undefined. */
export function timeOf(text: string): string | undefined {
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return ms >= 0 ? new Date(ms).toISOString() : undefined
}

/** The day of a time: in that zone, or where none is named in the user's. A time without a zone is of the day that it says. */
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
    // A zone that this browser does not know.
    return dateOf(new Date(time))
  }
}

/** The records of a file of comma-separated values (RFC 4180), or separated by what stands in its first line. */
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
