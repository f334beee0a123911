/** Import of a file, with progress: fetch cannot tell how much of a request was sent. */
import { RequestFailed } from './api.ts'

export interface Upload {
  /** How many tasks there were. Rejects with `RequestFailed`. */
  readonly imported: Promise<number>
  stop(): void
}

/** `progressed` hears the part that was sent, from 0 to 1. */
export function upload(url: string, file: File, key: string, progressed: (part: number) => void): Upload {
  const request = new XMLHttpRequest()
  const imported = new Promise<number>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progressed(loaded / total)
    request.onload = () => {
      const answer = parse(request.responseText)
      if (request.status === 200) resolve(Number(answer['imported']))
      else reject(new RequestFailed(request.status, String(answer['detail'] ?? request.status)))
    }
    request.onerror = () => reject(new RequestFailed(0, 'no answer'))
    request.onabort = () => reject(new RequestFailed(0, ''))
  })
  request.open('POST', url)
  request.setRequestHeader('Content-Type', /\.csv$/i.test(file.name) ? 'text/csv' : 'application/json')
  request.setRequestHeader('Idempotency-Key', key)
  request.send(file)
  return { imported, stop: () => request.abort() }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
