import { json } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import type { TaskStore } from '../tasks/store.ts'

const ok = json(200, '{"status":"ok"}')

/** `/healthz` as Rails names it, for platforms that ask there: https://github.com/basecamp/once. */
export const upRoute: Route = ['GET', '/up', () => ok]

/** `warnings`: what the operator should know although all works, such as data that will not outlive the container. */
export function healthRoutes(store: TaskStore, warnings: () => readonly string[]): readonly Route[] {
  return [
    ['GET', '/healthz', () => ok],
    ['GET', '/readyz', async () => store.ready().then(ready)],
  ]

  function ready() {
    const current = warnings()
    return current.length === 0 ? ok : json(200, JSON.stringify({ status: 'ok', warnings: current }))
  }
}
