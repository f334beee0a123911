/** Previews the import of another program's file: the tasks found, the lists they go into, and what cannot be imported. */
import { dateOf } from '../dates/dates.ts'
import { formatDue, parseDue } from '../dates/due.ts'
import { firstDay, repeatInWords, repeatSaid } from '../dates/repeats.ts'
import { element, openDialog } from '../shell/dialog.ts'
import { repeatSayings } from '../words/languages.ts'
import { dateLocales, locale, t } from '../words/words.ts'
import { l } from '../words/words-later.ts'
import { type Found, foreignTasks, type Left } from './formats.ts'
import { decode } from './formats-parts.ts'

const shown = 5
const listsShown = 10
/** Foreign files are parsed in memory. Larger files go to the server, which streams its own formats. */
const mostBytes = 32 * 1024 * 1024
/** A preview does not wait longer than this for the names of the lists. */
const patienceMs = 5_000

/**
 * The file to upload: the same file if it is in this program's own format. Undefined if the user cancels. Rejects if it cannot be read.
 * `fields` are those of a request for the lists.
 */
export async function toImport(
  file: File,
  lists: string,
  fields: Record<string, string>,
): Promise<File | undefined> {
  if (file.size > mostBytes) return file
  const today = dateOf(new Date())
  const readDate = (text: string) => parseDue(text, dateLocales, today)
  const readRepeat = (text: string) => {
    const repeat = repeatSaid(text, repeatSayings, [...dateLocales, 'en'])
    return repeat === undefined ? undefined : { repeat, due: firstDay(repeat, today) }
  }
  const text = decode(new Uint8Array(await file.arrayBuffer()))
  const found =
    text === undefined
      ? { tasks: [], left: new Map() }
      : foreignTasks({ name: file.name, text, readDate, readRepeat })
  if (found === undefined) return file
  const isWanted = await preview(found, file.name, today, await namesOf(lists, fields))
  return isWanted
    ? new File([JSON.stringify(found.tasks)], 'tasks.json', { type: 'application/json' })
    : undefined
}

/** What the lists are called, the first one first; undefined where the server does not say. */
async function namesOf(lists: string, headers: Record<string, string>): Promise<string[] | undefined> {
  try {
    const response = await fetch(lists, { headers, signal: AbortSignal.timeout(patienceMs) })
    const all: readonly { readonly name: string }[] = await response.json()
    return all.map(({ name }) => name)
  } catch {
    return undefined
  }
}

async function preview(
  { tasks, left }: Found,
  name: string,
  today: string,
  names: readonly string[] | undefined,
): Promise<boolean> {
  const heading = tasks.length === 0 ? l.nothingToImport(name) : l.importFrom(tasks.length, name)
  const list = element('ul', { className: 'preview' })
  for (const { title, due, repeat, list: within, done } of tasks.slice(0, shown)) {
    const item = element('li')
    item.append(element('span', { textContent: title, dir: 'auto', className: done ? 'done' : '' }))
    const words = [
      due && formatDue(due, locale, today).text,
      repeat && repeatInWords(repeat, l.repeats, locale),
      within,
    ].filter(Boolean)
    if (words.length > 0) item.append(' ', element('small', { textContent: words.join(', ') }))
    list.append(item)
  }
  if (tasks.length > shown) list.append(element('li', { textContent: l.moreTasks(tasks.length - shown) }))
  const rest = element('ul', { className: 'preview left' })
  for (const [what, count] of left) rest.append(element('li', { textContent: wordsFor(what, count) }))
  const parts = [
    ...(tasks.length > 0 ? [list] : []),
    ...placesOf(tasks, names),
    ...(left.size > 0 ? [element('h3', { textContent: l.staysBehind }), rest] : []),
  ]
  const { answer } = openDialog(
    heading,
    parts,
    tasks.length > 0
      ? [
          ['import', l.importNow],
          ['', t.cancel],
        ]
      : [['', l.close]],
  )
  return (await answer) === 'import'
}

/** Into which lists the tasks go, unless that is the only one. */
function placesOf(tasks: Found['tasks'], names: readonly string[] | undefined): HTMLElement[] {
  const [first, ...others] = names ?? []
  const lists = new Set(tasks.map(({ list }) => (list === first ? undefined : list)))
  if (tasks.length === 0 || (lists.size === 1 && lists.has(undefined) && others.length === 0)) return []
  const said = [...lists].map((list) => {
    // The server calls the first list so until it is renamed.
    if (list === undefined) return first === undefined || first === 'Tasks' ? t.tasks : first
    return names === undefined || others.includes(list) ? list : l.newOne(list)
  })
  const more = said.length - listsShown
  const short = more > 1 ? [...said.slice(0, listsShown), l.moreLists(more)] : said
  const words = new Intl.ListFormat(locale, { type: 'conjunction' }).format(short)
  return [element('p', { textContent: l.intoLists(said.length, words) })]
}

function wordsFor(what: Left, count: number): string {
  return `${l.stays[what]}${count > 1 ? ` (${count})` : ''}`
}
