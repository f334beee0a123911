/** Import of a file, with progress: fetch cannot tell how much of a request was sent. */
import { RequestFailed } from './api.ts'
import { t } from './words.ts'

export interface Upload {
  /** How many tasks there were. Rejects with `RequestFailed`, in words. */
  readonly count: Promise<number>
  stop(): void
}

/** `progressed` is called with the part that was sent, from 0 to 1. */
export function upload(
  url: string,
  file: File,
  fields: Record<string, string>,
  progressed: (part: number) => void,
): Upload {
  const request = new XMLHttpRequest()
  const count = new Promise<number>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progressed(loaded / total)
    request.onload = () => {
      const answer = parse(request.responseText)
      if (request.status === 200) resolve(Number(answer['imported']))
      else reject(new RequestFailed(request.status, wordsOf(answer) ?? String(request.status)))
    }
    request.onerror = () => reject(new RequestFailed(0, 'no answer'))
    request.onabort = () => reject(new RequestFailed(0, ''))
  })
  request.open('POST', url)
  request.setRequestHeader('Content-Type', /\.csv$/i.test(file.name) ? 'text/csv' : 'application/json')
  for (const [name, value] of Object.entries(fields)) request.setRequestHeader(name, value)
  request.send(file)
  return { count, stop: () => request.abort() }
}

/** What is wrong with the first lines, without the pointers that programs read. */
function wordsOf({ detail, errors }: { detail?: unknown; errors?: unknown }): string | undefined {
  if (!Array.isArray(errors)) return detail === undefined ? undefined : String(detail)
  const [first, ...more] = errors as { pointer: string; detail: string; line?: number }[]
  const member = first!.pointer.split('/').at(-1)!
  const name = t[member as 'title' | 'notes' | 'due'] ?? member
  const where = first!.line === undefined ? '' : `${t.line(first!.line)}: `
  return `${where}${name} ${first!.detail}.${more.length > 0 ? ` ${t.moreFaults(more.length)}` : ''}`
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
