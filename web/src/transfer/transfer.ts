/** Importing a chosen file: its preview, its upload with progress, and its outcome. */
import { element, openDialog } from '../shell/dialog.ts'
import { t } from '../words/words.ts'
import { l } from '../words/words-later.ts'
import { toImport } from './preview.ts'

/** How many tasks there were, or in words why there are none; '' where that is as the user wants it. */
export async function importFile(
  chosen: File,
  url: string,
  fields: Record<string, string>,
): Promise<number | string> {
  try {
    const { 'Idempotency-Key': _, ...others } = fields
    const wanted = await toImport(chosen, url.replace(/import$/, 'lists'), others)
    return wanted ? await showUpload(wanted, url, fields) : ''
  } catch {
    // It was moved or deleted since it was chosen.
    return t.notImported(l.unreadable)
  }
}

async function showUpload(file: File, url: string, fields: Record<string, string>): Promise<number | string> {
  const bar = element('progress')
  bar.setAttribute('aria-labelledby', 'dialog-title')
  const { count, stop } = upload(url, file, fields, (part) => {
    // The server goes on working when all was sent.
    if (part < 1) bar.value = part
    else bar.removeAttribute('value')
  })
  const dialog = openDialog(l.importing, [bar], [['', l.stop]])
  void dialog.answer.then(stop)
  const answer = await count
  dialog.element.close()
  return typeof answer === 'string' && answer !== '' ? t.notImported(answer) : answer
}

interface Upload {
  /** The number of tasks or the error; '' if the user stopped it. */
  readonly count: Promise<number | string>
  stop(): void
}

/** `progressed` is called with the part that was sent, from 0 to 1: fetch cannot tell how much that is. */
function upload(
  url: string,
  file: File,
  fields: Record<string, string>,
  progressed: (part: number) => void,
): Upload {
  const request = new XMLHttpRequest()
  const count = new Promise<number | string>((resolve) => {
    request.upload.onprogress = ({ loaded, total }) => progressed(loaded / total)
    request.onload = () => {
      const answer = parse(request.responseText)
      resolve(
        request.status === 200 ? Number(answer['imported']) : (wordsOf(answer) ?? String(request.status)),
      )
    }
    request.onerror = () => resolve(t.offline)
    request.onabort = () => resolve('')
  })
  request.open('POST', url)
  request.setRequestHeader('Content-Type', /\.csv$/i.test(file.name) ? 'text/csv' : 'application/json')
  for (const [name, value] of Object.entries(fields)) request.setRequestHeader(name, value)
  request.send(file)
  return { count, stop: () => request.abort() }
}

/** The errors of the first lines, without the JSON Pointers meant for programs. */
function wordsOf({ detail, errors }: { detail?: unknown; errors?: unknown }): string | undefined {
  if (!Array.isArray(errors)) return detail === undefined ? undefined : String(detail)
  const [first, ...more] = errors as { pointer: string; detail: string; line?: number }[]
  const member = first!.pointer.split('/').at(-1)!
  const name = t[member as 'title' | 'notes' | 'due'] ?? member
  const where = first!.line === undefined ? '' : `${l.line(first!.line)}: `
  return `${where}${name} ${first!.detail}.${more.length > 0 ? ` ${l.moreFaults(more.length)}` : ''}`
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
