import { type ClientOf, clientOf } from './access/client.ts'
import { type Access, openAccess } from './access/guard.ts'
import { sameOrigin } from './access/origin.ts'
import { limitRate } from './access/rate.ts'
import { cacheReplies } from './api/cache.ts'
import { describeRoutes } from './api/describe.ts'
import { errorReplies } from './api/errors.ts'
import { eventRoutes } from './api/events.ts'
import { exportRoutes } from './api/export.ts'
import { type Feed, openFeed } from './api/feed.ts'
import { healthRoutes } from './api/health.ts'
import { importRoutes } from './api/import.ts'
import { metricsRoutes } from './api/metrics.ts'
import { taskRoutes } from './api/tasks.ts'
import { versionRoutes } from './api/version.ts'
import type { Config } from './config.ts'
import { cors } from './http/cors.ts'
import type { Handler } from './http/message.ts'
import { type Route, router } from './http/router.ts'
import { type HttpServer, listen } from './http/server.ts'
import { staticFiles } from './http/static.ts'
import { countTraffic } from './http/traffic.ts'
import type { Log } from './log.ts'
import { scheduleBackups } from './storage/backups.ts'
import { openAnyStore } from './storage/open.ts'
import { volatileReason } from './storage/volatile.ts'
import type { TaskStore } from './tasks/store.ts'

export interface App {
  readonly url: string
  /** Where /metrics stands alone, if METRICS_PORT is set. */
  readonly metricsUrl: string | undefined
  /** Answers what is under way, then lets go of everything. Busy connections are cut after `deadlineMs`. */
  close(deadlineMs: number): Promise<void>
}

/** Opens the storage and listens. Throws with a sentence for the operator. */
export async function startApp(config: Config, log: Log): Promise<App> {
  const store = await openAnyStore(config.database, {
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
  const servers: HttpServer[] = []
  try {
    const onError = errorReplies(log)
    const base = config.webRoot === undefined ? '' : '/api'
    const health = healthRoutes(store, () => [...warnings, ...(backups?.warnings() ?? [])])
    const traffic = countTraffic()
    const connections = () => servers[0]?.connections() ?? 0
    const metrics = metricsRoutes({ store, feed, traffic, connections })
    const own = config.metricsPort !== undefined
    const client = clientOf(config.proxies)
    const access = openAccess({ ...config, clientOf: client })
    if (config.tokens.length === 0)
      log.warn('anybody who reaches this address can read and change everything; set AUTH_TOKEN_SHA256')
    const routes = [...apiRoutes(store, feed, health, base), ...access.routes, ...(own ? [] : metrics)]
    const { host, port } = config
    const handle = buildHandler(config, store, routes, { health, access, client, onError })
    servers.push(await listen(handle, { host, port, log, onError, traffic }))
    if (config.metricsPort !== undefined)
      servers.push(await listen(router(metrics), { host, port: config.metricsPort, log, onError }))
  } catch (error) {
    await backups?.close()
    await Promise.all(servers.map((server) => server.close(0)))
    await store.close()
    throw error
  }
  return {
    url: servers[0]!.url,
    metricsUrl: servers[1]?.url,
    async close(deadlineMs) {
      const answered = Promise.all(servers.map((server) => server.close(deadlineMs)))
      feed.close()
      await answered
      await backups?.close()
      await store.close()
    },
  }
}

interface Around {
  readonly health: readonly Route[]
  readonly access: Access
  readonly client: ClientOf
  readonly onError: ReturnType<typeof errorReplies>
}

/** The API at the root, or under /api beside the page, where the health routes stand at the root as well. */
function buildHandler(
  { webRoot, corsOrigins, rateLimit }: Config,
  store: TaskStore,
  routes: readonly Route[],
  { health, access, client, onError }: Around,
): Handler {
  const base = webRoot === undefined ? '' : '/api'
  const open = [...health, ...access.routes].map(([, path]) => base + path)
  const guarded = access.guard(cacheReplies(router(routes, base), store), open)
  const counted =
    rateLimit === undefined
      ? guarded
      : limitRate(guarded, rateLimit, { clientOf: client, exempt: health.map(([, path]) => base + path) })
  const api = cors(sameOrigin(counted, corsOrigins), corsOrigins, onError)
  if (webRoot === undefined) return api
  const page = staticFiles(webRoot)
  const probes = router(health)
  return (call) => {
    if (call.path.startsWith('/api/') || call.path === '/api') return api(call)
    if (health.some(([, path]) => path === call.path)) return probes(call)
    // All of its files count as one.
    call.route = 'page'
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
    ...eventRoutes(feed, store.shared),
    ...exportRoutes(store),
    ...importRoutes(store),
    ...describeRoutes(base),
    ...versionRoutes(),
  ]
}
