import { tagOfNumbers } from '../http/etag.ts'
import { json, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'

export function describeRoutes(base: string): readonly Route[] {
  let reply: Promise<Reply> | undefined
  return [
    [
      'GET',
      '/openapi.json',
      () => {
        reply ??= describe(base)
        return reply
      },
    ],
  ]
}

/** Loaded on demand: few clients ask, and every start would pay for it. */
async function describe(base: string): Promise<Reply> {
  const { openApi } = await import('./openapi/document.ts')
  const body = JSON.stringify(openApi(base))
  return json(200, body, tagOfNumbers(Buffer.from(body)))
}
