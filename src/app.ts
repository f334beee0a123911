import { cacheReplies } from './api/cache.ts'
import { describeRoutes } from './api/describe.ts'
import { errorReplies } from './api/errors.ts'
import { eventRoutes } from './api/events.ts'
import { exportRoutes } from './api/export.ts'
import { type Feed, openFeed } from './api/feed.ts'
import { healthRoutes } from './api/health.ts'
import { importRoutes } from './api/import.ts'
import { taskRoutes } from './api/tasks.ts'
import type { Config } from './config.ts'
import { cors } from './http/cors.ts'
import type { Handler } from './http/message.ts'
import { type Route, router } from './http/router.ts'
import { type HttpServer, listen } from './http/server.ts'
import { staticFiles } from './http/static.ts'
import type { Log } from './log.ts'
import { scheduleBackups } from './storage/backups.ts'
import { openStore } from './storage/open.ts'
import { volatileReason } from './storage/volatile.ts'
import type { TaskStore } from './tasks/store.ts'

export interface App {
  readonly url: string
  /** Answers what is under way, then lets go of everything. Busy connections are cut after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>
}

/** Opens the storage and listens. Throws with a sentence for the operator. */
export async function startApp(config: Config, log: Log): Promise<App> {
  const store = openStore(config.database, {
    info: log.info,
    warn: log.warn,
    fail(error) {
      throw error
    },
  })
  const warnings = config.inContainer
    ? [volatileReason(config.database)].filter((reason) => reason !== undefined)
    : []
  for (const warning of warnings) log.warn(warning)
  const backups = config.backups && scheduleBackups(config.database, config.backups, store, log)

  const feed = openFeed(store)
  let server: HttpServer
  try {
    const onError = errorReplies(log)
    const handle = buildHandler(
      config,
      store,
      feed,
      () => [...warnings, ...(backups?.warnings() ?? [])],
      onError,
    )
    server = await listen(handle, { host: config.host, port: config.port, log, onError })
  } catch (error) {
    await backups?.close()
    await store.close()
    throw error
  }
  return {
    url: server.url,
    async close(deadlineMs) {
      const answered = server.close(deadlineMs)
      feed.close()
      await answered
      await backups?.close()
      await store.close()
    },
  }
}

/** The API at the root, or under /api beside the page, where the health routes stand at the root as well. */
function buildHandler(
  { webRoot, corsOrigins }: Config,
  store: TaskStore,
  feed: Feed,
  warnings: () => readonly string[],
  onError: ReturnType<typeof errorReplies>,
): Handler {
  const base = webRoot === undefined ? '' : '/api'
  const health = healthRoutes(store, warnings)
  const routes = router(apiRoutes(store, feed, health, base), base)
  const api = cors(cacheReplies(routes, store), corsOrigins, onError)
  if (webRoot === undefined) return api
  const page = staticFiles(webRoot)
  const probes = router(health)
  return (call) => {
    if (call.path.startsWith('/api/') || call.path === '/api') return api(call)
    if (health.some(([, path]) => path === call.path)) return probes(call)
    return page(call)
  }
}

/** Every route of the API; `base` is where it is mounted. */
export function apiRoutes(
  store: TaskStore,
  feed: Feed,
  health: readonly Route[],
  base: string,
): readonly Route[] {
  return [
    ...health,
    ...taskRoutes(store, base),
    ...eventRoutes(feed),
    ...exportRoutes(store),
    ...importRoutes(store),
    ...describeRoutes(base),
  ]
}
