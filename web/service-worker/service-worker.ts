/**
 * Keeps the page for times without a server. Who can be reached is asked first, always, so nobody sees an old page
 * after a deploy; a server that sleeps is not waited for: then the kept page opens at once, and is loaded anew as
 * soon as the server has another.
 */
/** Put in by the build: the version and its files. */
declare const version: string
declare const files: readonly string[]

const worker = self as unknown as ServiceWorkerGlobalScope
/** How long the server may take before the kept page opens. */
const patienceMs = 1_500
const cacheName = `page ${version}`

worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' }))))
      .then(() => worker.skipWaiting()),
  )
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(takeOver())
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  const path = request.mode === 'navigate' && ['/active', '/completed'].includes(pathname) ? '/' : pathname
  if (request.method === 'GET' && origin === worker.location.origin && files.includes(path))
    event.respondWith(fresh(request, path))
})

async function takeOver() {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name)
  await worker.clients.claim()
  for (const client of await worker.clients.matchAll({ type: 'window' })) client.postMessage(version)
}

async function fresh(request: Request, path: string): Promise<Response> {
  const kept = caches.match(path, { cacheName })
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
