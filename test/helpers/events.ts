export interface ServerEvent {
  readonly event: string
  readonly data: string
}

export interface EventStream extends AsyncDisposable {
  readonly response: Response
  /** The last id received, with or without an event. */
  readonly lastId: () => string
  /** The number of comments received. */
  readonly comments: () => number
  /** The next event. Rejects when the stream ends before it. */
  next(): Promise<ServerEvent>
  /** All events until the stream ends. */
  rest(): Promise<ServerEvent[]>
}

/** Reads server-sent events as browsers do (https://html.spec.whatwg.org/#event-stream-interpretation). */
export async function listen(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> {
  const abort = new AbortController()
  const response = await fetch(url, { headers, signal: abort.signal })
  let id = ''
  let comments = 0
  const events = interpret()

  async function* interpret(): AsyncGenerator<ServerEvent> {
    let buffered = ''
    let event = 'message'
    let data: string[] = []
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      buffered += chunk
      for (let end = buffered.indexOf('\n'); end !== -1; end = buffered.indexOf('\n')) {
        const line = buffered.slice(0, end)
        buffered = buffered.slice(end + 1)
        if (line === '') {
          if (data.length > 0) yield { event, data: data.join('\n') }
          event = 'message'
          data = []
          continue
        }
        const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!
        if (name === '') comments++
        else if (name === 'event') event = value
        else if (name === 'data') data.push(value)
        else if (name === 'id') id = value
      }
    }
  }

  return {
    response,
    lastId: () => id,
    comments: () => comments,
    async next() {
      const { value, done } = await events.next()
      if (done) throw new Error('the stream has ended')
      return value
    },
    async rest() {
      const rest: ServerEvent[] = []
      for await (const event of events) rest.push(event)
      return rest
    },
    async [Symbol.asyncDispose]() {
      abort.abort()
      await events.return(undefined).catch(() => {})
    },
  }
}
