/** Parses files of other task managers. What a task cannot hold is left out and counted by kind. */

import { linesOf } from '../composer/paste.ts'
import { joinedRepeat, repeatOfRRule } from '../dates/repeats.ts'
import { withoutEnd } from '../shell/text.ts'
import { calendarTasks } from './formats-calendar.ts'
import {
  dateIn,
  type Found,
  type Given,
  isDay,
  recordsOf,
  type Taken,
  taker,
  timeOf,
} from './formats-parts.ts'

export type { Found, Given, Left } from './formats-parts.ts'

/** Undefined for this program's own formats, which the server parses. */
export function foreignTasks(given: Given): Found | undefined {
  const text = given.text.replace(/^\uFEFF/, '')
  const take = taker()
  if (/^\s*BEGIN:VCALENDAR\b/i.test(text)) calendarTasks(text, take)
  else if (/^\s*[[{]/.test(text) && /\.json$/i.test(given.name)) {
    if (!jsonTasks(text, take)) return undefined
  } else if (/\.csv$/i.test(given.name)) {
    const records = recordsOf(text)
    const head = (name: string) =>
      records.findIndex((record) => record.some((field) => field.trim() === name))
    if (records[0]?.includes('TYPE') && records[0].includes('CONTENT')) todoist(records, given, take)
    else if (head('List Name') >= 0 && head('Title') >= 0) tickTick(records.slice(head('Title')), take)
    else return undefined
  } else if (isTodoTxt(given.name, text)) todoTxt(text, take)
  else plainLines(text, take)
  return take.found()
}

/** https://www.todoist.com/help/articles/import-or-export-a-project-as-a-csv-file-in-todoist-YC8YvN */
function todoist(
  [names, ...records]: readonly string[][],
  { name, readDate, readRepeat }: Given,
  take: Taken,
) {
  const list = projectOf(name)
  const at = (record: readonly string[], name: string) => record[names!.indexOf(name)]?.trim() ?? ''
  for (const record of records) {
    const [type, content] = [at(record, 'TYPE'), at(record, 'CONTENT')]
    if (type === 'note') take.addNote(content)
    else if (type === 'section') take.leave('section')
    else if (type === 'task') {
      const date = at(record, 'DATE') || at(record, 'DEADLINE')
      const day = date.split(/ (?:at |um )?\d{1,2}[:.]\d\d/, 1)[0]!
      const rule = /^(?:every|ev|jede[nrs]?|alle)\b/i.test(date) ? (readRepeat(day)?.repeat ?? '') : undefined
      const due = isDay(date.slice(0, 10)) ? date.slice(0, 10) : (readRepeat(day)?.due ?? readDate(day))
      if (date !== '' && due === undefined && rule === undefined) take.leave('date')
      else if (/\d:\d\d/.test(date) && due !== undefined) take.leave('time')
      if (/^[123]$/.test(at(record, 'PRIORITY'))) take.leave('priority')
      if (Number(at(record, 'INDENT')) > 1) take.leave('subtask')
      take.add({
        title: content.replace(/^\* /, ''),
        notes: at(record, 'DESCRIPTION'),
        due,
        repeat: rule,
        list,
      })
    }
  }
}

/** The file is named after its project, in a backup with the project's id: `Work [2203306141].csv`. Tasks without a project are in `Inbox`. */
function projectOf(file: string): string {
  const name = file.replace(/\.csv$/i, '').replace(/\[(?:\d{6,}|[0-9A-Za-z]{16})\]$/, '')
  return name.trim() === 'Inbox' ? '' : name
}

/** https://help.ticktick.com/articles/7055782071829135360: some lines about the file, the names of the columns, a line for each task. */
function tickTick([names, ...records]: readonly string[][], take: Taken) {
  const folders = new Set<string>()
  for (const record of records) {
    const at = (name: string) => record[names!.findIndex((column) => column.trim() === name)]?.trim() ?? ''
    const due = at('Due Date') || at('Start Date')
    const folder = at('Folder Name')
    if (folder !== '' && !folders.has(folder)) take.leave('folder')
    folders.add(folder)
    if (at('Reminder')) take.leave('reminder')
    if (/^[135]$/.test(at('Priority'))) take.leave('priority')
    if (at('parentId')) take.leave('subtask')
    if (at('Tags')) take.leave('tag')
    if (due !== '' && at('Is All Day') === 'false') take.leave('time')
    const done = ['1', '2'].includes(at('Status'))
    take.add({
      title: at('Title'),
      notes: at('Content'),
      due: due === '' ? undefined : (dateIn(due, at('Timezone')) ?? take.leave('date')),
      repeat: at('Repeat') === '' ? undefined : (repeatOfRRule(at('Repeat')) ?? ''),
      list: at('List Name') === 'Inbox' ? '' : at('List Name'),
      created: timeOf(at('Created Time')),
      ...(done && { done, completed: timeOf(at('Completed Time')) }),
    })
  }
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown) => (typeof value === 'string' ? value : '')

/** Whether the JSON is an export of Google Tasks or Microsoft To Do. */
function jsonTasks(text: string, take: Taken): boolean {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The server reports where the JSON is malformed.
    return false
  }
  if (isObject(value) && textOf(value['kind']).startsWith('tasks#')) {
    googleLists(value, take)
    return true
  }
  return microsoftLists(value, take)
}

/** https://developers.google.com/workspace/tasks/reference/rest/v1/tasks, as Takeout has them. */
function googleLists(root: Json, take: Taken) {
  const lists = root['kind'] === 'tasks#taskLists' ? itemsOf(root) : [root]
  // Nothing marks the list that everybody has, but where there is no other.
  const isAlone = lists.length === 1 && lists[0] !== root
  for (const list of lists)
    for (const task of itemsOf(list)) {
      const done = task['status'] === 'completed'
      if (task['deleted'] === true) take.leave('deleted')
      else {
        if (task['parent']) take.leave('subtask')
        const due = textOf(task['due']).slice(0, 10)
        take.add({
          title: textOf(task['title']),
          notes: textOf(task['notes']),
          due: due === '' || isDay(due) ? due || undefined : take.leave('date'),
          list: isAlone ? '' : textOf(list['title']),
          created: timeOf(textOf(task['created'])),
          ...(done && { done, completed: timeOf(textOf(task['completed'])) }),
        })
      }
    }
}

const itemsOf = (list: Json) => (Array.isArray(list['items']) ? list['items'].filter(isObject) : [])

/** https://learn.microsoft.com/graph/api/resources/todotask: tasks, lists of tasks, or what `value` of an answer holds. */
function microsoftLists(root: unknown, take: Taken): boolean {
  const tasks: [task: Json, list: string][] = []
  const walk = (value: unknown, depth: number, list: string) => {
    if (Array.isArray(value)) for (const item of value) walk(item, depth, list)
    else if (isObject(value)) {
      const own = value['wellknownListName'] === 'defaultList' ? '' : textOf(value['displayName']) || list
      if (typeof value['title'] === 'string' && typeof value['status'] === 'string') tasks.push([value, list])
      else if (depth < 4) for (const name of ['value', 'lists', 'tasks']) walk(value[name], depth + 1, own)
    }
  }
  walk(root, 0, '')
  if (tasks.length === 0) return false
  for (const [task, list] of tasks) {
    const done = task['status'] === 'completed'
    if (task['recurrence']) take.leave('repeat')
    if (task['isReminderOn'] === true) take.leave('reminder')
    if (task['importance'] === 'high') take.leave('priority')
    if (task['hasAttachments'] === true) take.leave('attachment')
    if (Array.isArray(task['categories']) && task['categories'].length > 0) take.leave('tag')
    const due = zoned(task['dueDateTime'])
    const { content = '', contentType } = isObject(task['body']) ? task['body'] : {}
    const steps = Array.isArray(task['checklistItems']) ? task['checklistItems'].filter(isObject) : []
    const notes = contentType === 'html' ? withoutTags(textOf(content)) : textOf(content)
    take.add({
      title: textOf(task['title']),
      notes: [notes.trim(), ...steps.map(stepOf)].filter((line) => line !== '').join('\n'),
      due: due === undefined ? undefined : (dateIn(due) ?? take.leave('date')),
      list,
      created: timeOf(textOf(task['createdDateTime'])),
      ...(done && { done, completed: timeOf(zoned(task['completedDateTime']) ?? '') }),
    })
  }
  return true
}

const stepOf = (step: Json) => `${step['isChecked'] === true ? '☑' : '☐'} ${textOf(step['displayName'])}`

/** A dateTimeTimeZone (https://learn.microsoft.com/graph/api/resources/datetimetimezone), which is in UTC unless asked for otherwise. */
function zoned(value: unknown): string | undefined {
  if (!isObject(value) || typeof value['dateTime'] !== 'string') return undefined
  const text = value['dateTime'].replace(/(\.\d{3})\d+/, '$1')
  return value['timeZone'] === 'UTC' && !/Z$/.test(text) ? `${text}Z` : text
}

function withoutTags(html: string): string {
  return html
    .replace(/<br\s*\/?>|<\/(?:p|div|li)>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
}

const doneMark = /^\s*x \d{4}-\d\d-\d\d /
function isTodoTxt(name: string, text: string): boolean {
  return /(?:^|[/\\])(?:todo|done)\.txt$/i.test(name) || /^(?:\([A-Z]\) |x \d{4}-\d\d-\d\d )/m.test(text)
}

/** https://github.com/todotxt/todo.txt */
function todoTxt(text: string, take: Taken) {
  for (const line of text.split(/\r\n?|\n/)) {
    if (line.trim() === '') continue
    const done = /^x /.test(line)
    const [, priority, first, second, rest] =
      /^(?:x )?(\([A-Z]\) )?(?:(\d{4}-\d\d-\d\d) )?(?:(\d{4}-\d\d-\d\d) )?(.*)$/.exec(line) ?? []
    const created = done ? second : first
    const due = /(?:^|\s)due:(\d{4}-\d\d-\d\d)(?=\s|$)/.exec(rest!)?.[1]
    if (priority || /(?:^|\s)pri:[A-Z](?=\s|$)/.test(rest!)) take.leave('priority')
    const [, strict, count, unit] = /(?:^|\s)rec:(\+?)(\d*)([dbwmy])(?=\s|$)/.exec(rest!) ?? []
    if (due !== undefined && !isDay(due)) take.leave('date')
    take.add({
      title: rest!.replace(/(?:^|\s)(?:due:\d{4}-\d\d-\d\d|pri:[A-Z]|rec:\+?\d*[dbwmy])(?=\s|$)/g, ''),
      due: due !== undefined && isDay(due) ? due : undefined,
      repeat: unit && repeatOfUnit(unit, Number(count || 1), strict === ''),
      list: listOfLine(rest!),
      created: created && timeOf(`${created}T00:00:00Z`),
      ...(done && {
        done,
        completed: first && doneMark.test(line) ? timeOf(`${first}T00:00:00Z`) : undefined,
      }),
    })
  }
}

/** The first project. Its word stays in the title, where it may be part of a sentence; `+49 30 …` and `+1` are not projects. */
function listOfLine(text: string): string {
  return withoutEnd(/(?:^|\s)\+(\p{L}\S*)/u.exec(text)?.[1] ?? '', ',;.:!?)')
}

/** Of the extension that Simpletask and others know: with a plus from the date, without from the day on which it is done. */
function repeatOfUnit(unit: string, count: number, isAfter: boolean): string {
  const freq = { d: 'DAILY', w: 'WEEKLY', m: 'MONTHLY', y: 'YEARLY' }[unit]
  const rule = freq && repeatOfRRule(`FREQ=${freq};INTERVAL=${count}`)
  return joinedRepeat(rule ?? '', isAfter)
}

function plainLines(text: string, take: Taken) {
  for (const line of text.split(/\r\n?|[\n\u2028\u2029]/)) {
    const [content] = linesOf(line)
    if (content)
      take.add({
        title: content.title,
        notes: content.notes,
        done: /^\s*(?:[-*+•]\s+)?(?:\[[xX]\]|[☑☒])/u.test(line),
      })
    else if (line.trim() !== '') take.leave('empty')
  }
}
