import { type Peers, peersBehind } from './access/client.ts'
import { type Access, openAccess } from './access/guard.ts'
import { allowHosts } from './access/hosts.ts'
import { sameOrigin } from './access/origin.ts'
import { asPrivate } from './access/private.ts'
import { limitRate } from './access/rate.ts'
import type { Token } from './access/tokens.ts'
import { cacheReplies } from './api/cache.ts'
import { describeRoutes } from './api/describe.ts'
import { errorReplies } from './api/errors.ts'
import { eventRoutes } from './api/events.ts'
import { type Feed, openFeed } from './api/feed.ts'
import { fullness, healthRoutes, upRoute } from './api/health.ts'
import { itemRoutes } from './api/items.ts'
import { metricsRoutes } from './api/metrics.ts'
import { versionRoutes } from './api/version.ts'
import type { Config } from './config.ts'
import { domainRoutes, limitStore } from './domain/api.ts'
import { resources } from './domain/resources.ts'
import type { DomainStore } from './domain/store.ts'
import { cors } from './http/cors.ts'
import type { Call, Handler, Reply } from './http/message.ts'
import { type Route, router } from './http/router.ts'
import { type HttpServer, listen } from './http/server.ts'
import type { ClientOf } from './http/share.ts'
import { staticFiles } from './http/static.ts'
import { countTraffic } from './http/traffic.ts'
import { limits } from './limits.ts'
import type { Log } from './log.ts'
import { scheduleBackups } from './storage/backups.ts'
import type { Store } from './storage/database.ts'
import { openAnyStore } from './storage/open.ts'
import { placeOf, remoteReason, sharedFolders, sizeOf, volatileReason } from './storage/places.ts'
import { megabytes } from './storage/work.ts'

export interface App {
  readonly url: string
  /** Where /metrics is served by itself, if METRICS_PORT is set. */
  readonly metricsUrl: string | undefined
  /** Where the tasks are stored, for display. */
  readonly database: string
  /**
   * Finishes the requests in progress, then releases everything. Connections still busy after `deadlineMs` are cut. Resolves
   * with a message for the operator if the tasks could not be left where they belong.
   */
  close(deadlineMs: number): Promise<string | undefined>
}

/**
 * Listens and opens the storage. Throws an error whose message is meant for the operator; `fail` is called with such a message
 * if the storage breaks later on.
 */
export async function startApp(config: Config, log: Log, fail: (reason: string) => void): Promise<App> {
  const { host, port, metricsPort } = config
  const peers = peersBehind(config.proxies)
  const faults = errorReplies(log)
  const onError =
    config.tokens.length === 0 ? faults : (error: unknown, call: Call) => asPrivate(faults(error, call))
  const traffic = countTraffic()
  const page = config.webRoot === undefined ? undefined : staticFiles(config.webRoot)
  const servers: HttpServer[] = []
  let store: Store | undefined
  try {
    // The port comes first: a process that cannot bind it must not create a database, or take over the journal of the one that did.
    const api = openGate()
    servers.push(await listen(api.handle, { host, port, log, onError, traffic }))
    const figures = openGate()
    if (metricsPort !== undefined)
      servers.push(await listen(figures.handle, { host, port: metricsPort, log, onError }))

    const size = sizeOf(config.database)
    if (size > limits.slowToOpenBytes) {
      log.info(
        `opening ${megabytes(size)}: they are checked, and brought up to date where an older version made them`,
      )
      // Before the check blocks the event loop.
      await log.flush()
    }
    store = await openAnyStore(
      { ...config.database, quota: config.quota },
      {
        info: log.info,
        warn: log.warn,
        fail: ({ message }) => fail(message),
      },
    )
    const warnings = [
      ...config.warnings,
      ...sharedFolders(config.database, config.backups?.folder),
      remoteReason(config.database),
      ...(config.inContainer ? [volatileReason(config.database)] : []),
    ].filter((reason) => reason !== undefined)
    for (const warning of warnings) log.warn(warning)
    if (config.tokens.length === 0)
      log.warn('anybody who reaches this address can read and change everything; set AUTH_TOKEN_SHA256')
    const backups = config.backups && scheduleBackups(config.database, config.backups, store, log)
    const feeds: Feed[] = []
    const base = page === undefined ? '' : '/api'
    const access = openAccess({ ...config, ...peers, ended: store.ended, log })
    const health = healthRoutes(store, {
      warnings: () => [
        ...warnings,
        ...store!.warnings(),
        ...(backups?.warnings() ?? []),
        ...fullness(store!.figures()),
      ],
      isKnown: access.isKnown,
    })
    const metrics = metricsRoutes({
      store,
      feeds,
      traffic,
      connections: () => servers[0]!.connections(),
    })
    const own = metricsPort === undefined ? metrics : []
    const handlerFor = (limited: DomainStore, more: readonly Route[]) => {
      const feed = openFeed(limited)
      feeds.push(feed)
      const routes = apiRoutes(limited, feed, health, base, peers.clientOf)
      return cacheReplies(router([...routes, ...access.routes, ...more], base), limited)
    }
    const everything = handlerFor(store, own)
    const byRights = new Map<string, Handler>()
    /** A token with limited rights gets a store that contains only what it may access. */
    const handlerOf = (token: Token | undefined): Handler => {
      const rights = token?.rights ?? 'all'
      if (rights === 'all') return everything
      const handler = byRights.get(rights.text) ?? handlerFor(limitStore(store!, rights), [])
      byRights.set(rights.text, handler)
      return handler
    }
    figures.open(router(metrics))
    api.open(buildHandler(config, handlerOf, { page, health, access, peers, onError }))
    return {
      url: servers[0]!.url,
      metricsUrl: servers[1]?.url,
      database: placeOf(config.database),
      async close(deadlineMs) {
        const answered = servers.map((server) => server.close(deadlineMs))
        for (const feed of feeds) feed.close()
        await Promise.all([...answered, backups?.close()])
        return store!.close()
      },
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.close(0)))
    await store?.close()
    throw error
  }
}

/** A handler that holds its calls until the real one is set. */
function openGate(): { readonly handle: Handler; open(handler: Handler): void } {
  let handler: Handler | undefined
  const opened = Promise.withResolvers<Handler>()
  return {
    handle: (call: Call): Reply | Promise<Reply> =>
      handler ? handler(call) : opened.promise.then((later) => later(call)),
    open(given) {
      handler = given
      opened.resolve(given)
    },
  }
}

interface Around {
  readonly page: Handler | undefined
  readonly health: readonly Route[]
  readonly access: Access
  readonly peers: Peers
  readonly onError: ReturnType<typeof errorReplies>
}

/** The API at the root; or, next to the page, under /api, with the health routes at the root as well. */
function buildHandler(
  { corsOrigins, rateLimit, tokens, allowedHosts }: Config,
  handlerOf: (token: Token | undefined) => Handler,
  { page, health, access, peers, onError }: Around,
): Handler {
  const base = page === undefined ? '' : '/api'
  const probed = health.map(([, path]) => base + path)
  const open = [...probed, ...access.routes.map(([, path]) => base + path)]
  const guarded = access.guard(handlerOf, open)
  const counted =
    rateLimit === undefined ? guarded : limitRate(guarded, rateLimit, { ...peers, exempt: probed })
  const own = sameOrigin(counted, { ...peers, origins: corsOrigins })
  const api = cors(own, corsOrigins, onError)
  const beside = page === undefined ? health : [...health, upRoute]
  // With tokens there is no need to check the host name: no browser has a session under a name an attacker made up.
  const named = (handle: Handler) =>
    tokens.length > 0 && allowedHosts === undefined
      ? handle
      : allowHosts(handle, allowedHosts ?? [], [
          ...probed,
          ...beside.map(([, path]) => path),
          `${base}/metrics`,
        ])
  if (page === undefined) return named(api)
  const probes = router(beside)
  return named((call) => {
    if (call.path.startsWith('/api/') || call.path === '/api') return api(call)
    if (beside.some(([, path]) => path === call.path)) return probes(call)
    // All its files count as one route.
    call.route = 'page'
    return page(call)
  })
}

/** Every route of the API; `base` is where it is mounted. */
export function apiRoutes(
  store: DomainStore,
  feed: Feed,
  health: readonly Route[],
  base: string,
  clientOf: ClientOf = ({ address }) => address,
): readonly Route[] {
  return [
    ...health,
    ...domainRoutes(store, base, clientOf),
    ...resources.flatMap((resource) => itemRoutes(resource, store, base)),
    ...eventRoutes(feed, clientOf, store.shared),
    ...describeRoutes(base),
    ...versionRoutes(),
  ]
}
