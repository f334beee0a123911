/** Server-sent events (https://html.spec.whatwg.org/#server-sent-events) over fetch, which can start at any id. */

export interface ServerEvent {
  /** '' if the event has only an id. */
  readonly event: string
  readonly data: string
  /** The id to resume from; undefined within a commit. */
  readonly id: string | undefined
}

/** Ends with the stream, or after `patienceMs` without data. */
export async function* parseEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  patienceMs: number,
): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await within(patienceMs, reader.read())
      if (done) return
      const blocks = (text + value).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const event = parseBlock(block)
        if (event) yield event
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

function parseBlock(block: string): ServerEvent | undefined {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const data = field('data') ?? ''
  const id = field('id')
  return data === '' && id === undefined ? undefined : { event: data && (field('event') ?? ''), data, id }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the stream is silent')), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
