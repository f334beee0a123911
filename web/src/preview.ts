/** Shows what will come of a file of another program, and what will not, before anything is done. */
import { dateOf } from './dates.ts'
import { element, openDialog } from './dialog.ts'
import { formatDue, parseDue } from './due.ts'
import { type Found, foreignTasks, type Left } from './formats.ts'
import { dateLocales, locale, t } from './words.ts'

const shown = 5
/** A file of another program is read as a whole. Larger ones are left to the server, which reads its own as they come. */
const mostBytes = 32 * 1024 * 1024

/** The file to send, which is the very one where it is of this program; undefined where the user does not want it. */
export async function toImport(file: File): Promise<File | undefined> {
  if (file.size > mostBytes) return file
  const today = dateOf(new Date())
  const readDate = (text: string) => parseDue(text, dateLocales, today)
  const found = foreignTasks({ name: file.name, text: await file.text(), readDate })
  if (found === undefined) return file
  const isWanted = await preview(found, file.name, today)
  return isWanted
    ? new File([JSON.stringify(found.tasks)], 'tasks.json', { type: 'application/json' })
    : undefined
}

async function preview({ tasks, left }: Found, name: string, today: string): Promise<boolean> {
  const heading = tasks.length === 0 ? t.nothingToImport(name) : t.importFrom(tasks.length, name)
  const list = element('ul', { className: 'preview' })
  for (const { title, due, done } of tasks.slice(0, shown)) {
    const item = element('li')
    item.append(element('span', { textContent: title, dir: 'auto', className: done ? 'done' : '' }))
    if (due) item.append(' ', element('small', { textContent: formatDue(due, locale, today).text }))
    list.append(item)
  }
  if (tasks.length > shown) list.append(element('li', { textContent: t.moreTasks(tasks.length - shown) }))
  const rest = element('ul', { className: 'preview left' })
  for (const [what, count] of left) rest.append(element('li', { textContent: wordsFor(what, count) }))
  const parts = [
    ...(tasks.length > 0 ? [list] : []),
    ...(left.size > 0 ? [element('h3', { textContent: t.staysBehind }), rest] : []),
  ]
  const answer = await openDialog(
    heading,
    parts,
    tasks.length > 0
      ? [
          ['import', t.importNow],
          ['', t.cancel],
        ]
      : [['', t.close]],
  )
  return answer === 'import'
}

function wordsFor(what: Left, count: number): string {
  return `${t.stays[what]}${count > 1 ? ` (${count})` : ''}`
}
