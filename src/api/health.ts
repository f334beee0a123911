import { type Call, json, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { limits } from '../limits.ts'
import type { Figures, Store } from '../resources/store.ts'

const ok = json(200, '{"status":"ok"}')
const elsewhere = ['something needs the attention of whoever runs this; the log says what']

/** `/healthz` under the name that Rails uses, for platforms that probe it: https://github.com/basecamp/once. */
export const upRoute: Route = ['GET', '/up', () => ok]

export interface HealthOptions {
  /** Warnings for the operator although everything works, such as data that will not outlive the container. */
  readonly warnings: () => readonly string[]
  /** Whether the client is authenticated. */
  readonly isKnown: (call: Call) => Promise<boolean>
}

export function healthRoutes(store: Store, { warnings, isKnown }: HealthOptions): readonly Route[] {
  return [
    ['GET', '/healthz', () => ok],
    ['GET', '/readyz', ready],
  ]

  async function ready(call: Call): Promise<Reply> {
    await store.ready()
    const current = warnings()
    if (current.length === 0) return ok
    const told = (await isKnown(call)) ? current.map(withoutPaths) : elsewhere
    return json(200, JSON.stringify({ status: 'ok', warnings: told }))
  }
}

/** Warns while there is still room. */
export function fullness({ size, quota }: Figures): string[] {
  if (size === undefined) return []
  const number = (value: number) => value.toLocaleString('en')
  const megabytes = (bytes: number) => number(Math.round(bytes / 1024 / 1024))
  return [
    ...(size.count >= quota.count * limits.nearlyFull
      ? [
          `there are ${number(size.count)} of at most ${number(quota.count)} tasks; delete some, or raise MAX_TASKS`,
        ]
      : []),
    ...(size.bytes >= quota.bytes * limits.nearlyFull
      ? [
          `the database has ${megabytes(size.bytes)} of at most ${megabytes(quota.bytes)} MB; raise MAX_DATABASE_MB`,
        ]
      : []),
  ]
}

/** Details are in the log, for those who may read it. */
function withoutPaths(text: string): string {
  return text.replace(/(?<![\w.:/\\-])(?:[A-Za-z]:)?[\\/][^\s,;:"']+/g, '…')
}
