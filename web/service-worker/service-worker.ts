/**
 * Keeps the page for times without a server. The network comes first, so a deploy is seen at once; a server that sleeps is not
 * waited for: the kept page opens immediately, and is reloaded as soon as the server has another version. A page and its scripts
 * are of one version: file names contain a hash of their content, and the previous version is kept for pages that are just loading.
 */
/** Put in by the build: the version and its files. */
declare const version: string
declare const files: readonly string[]

const worker = self as unknown as ServiceWorkerGlobalScope
/** How long the server may take before the kept page opens. */
const patienceMs = 1_500
/** Where the page is mounted: `/`, or below. */
const base = new URL('.', worker.location.href).pathname
/** Caches belong to the origin, which other pages may share. */
const ownCaches = base === '/' ? 'page ' : `page${base} `
const cacheName = ownCaches + version
/** The views of the page, which are the page. `/active` is one of versions before. */
const views = ['today', 'upcoming', 'all', 'completed', 'active']
/** Names that bear the hash of the content, in this version or another. */
const hashed = /-[0-9a-f]{8}\.(?:js|css)$/

worker.addEventListener('install', (event) => {
  event.waitUntil(keep().then(() => worker.skipWaiting()))
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(takeOver())
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== worker.location.origin || !pathname.startsWith(base)) return
  const name = pathname.slice(base.length)
  const path = views.includes(name) ? '' : name
  if (request.mode === 'navigate') {
    if (files.includes(path)) event.respondWith(fresh(request, path))
  } else if (files.includes(path) || hashed.test(path)) event.respondWith(named(request))
})

// The page has all of its files, so those of earlier versions can go.
worker.addEventListener('message', (event) => {
  if (event.data === version) event.waitUntil(forgetOthers())
})

/** While two versions are served the document may be that of the other: then the browser tries again later. */
async function keep() {
  const cache = await caches.open(cacheName)
  await cache.addAll(files.map((file) => new Request(base + file, { cache: 'no-cache' })))
  const document = await (await cache.match(base))!.text()
  if (document.includes(`data-version="${version}"`)) return
  await caches.delete(cacheName)
  throw new Error('The document is of another version')
}

async function takeOver() {
  await worker.clients.claim()
  for (const client of await worker.clients.matchAll({ type: 'window' })) client.postMessage(version)
}

async function forgetOthers() {
  for (const name of await caches.keys())
    if (name.startsWith(ownCaches) && name !== cacheName) await caches.delete(name)
}

/** The kept file, of this version first. */
async function named(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName })) ?? (await caches.match(request)) ?? fetch(request)
}

async function fresh(request: Request, path: string): Promise<Response> {
  const kept = caches.match(base + path, { cacheName })
  const answer = fetch(request).then((response) =>
    response.status >= 500 ? kept.then((old) => old ?? response) : response,
  )
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patienceMs))
  try {
    return (await Promise.race([answer, late])) ?? (await kept) ?? (await answer)
  } catch {
    return (await kept) ?? Response.error()
  }
}
