/** What a load of the page takes, and that it is of one version while others are deployed. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Page, Request } from 'playwright-core'
import { root, startApp } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { composer, row } from './helpers.ts'

describe('A load of the page', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const caches = (page: Page) => page.evaluate(async () => (await window.caches.keys()).sort().join())
  const ready = (page: Page) => page.evaluate(async () => void (await navigator.serviceWorker.ready))

  test('takes at most 45 kB on a first visit, without what HTTP/2 takes for headers', async (t) => {
    await suite.given('One')
    const { context: other } = await suite.visit(t)
    const context = await other.browser()!.newContext({ serviceWorkers: 'block' })
    t.after(() => context.close())
    const page = await context.newPage()
    const sizes: Promise<number>[] = []
    const sizeOf = async (request: Request) => (await request.sizes()).responseBodySize
    page.on('requestfinished', (request) => sizes.push(sizeOf(request)))
    await page.goto(suite.url())
    await row(page, 'One').waitFor()
    await page.getByText('Anybody who knows this address').waitFor()
    const size = (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0)
    t.diagnostic(`first visit: ${size} bytes`)
    assert.ok(size > 20_000 && size <= 45_000, `${size} bytes`)
  })

  test('the old page is not seen after a deploy, with or without a service worker', async (t) => {
    const { page, deploy } = await deployed(t)
    await deploy(nextVersion(t))
    await page.reload()
    assert.equal(await page.locator('html[data-new]').count(), 1)
    await until(async () => (await caches(page)) === 'page next')
  })

  test('runs with its own script just after a deploy, however slowly that comes', async (t) => {
    const { page, deploy } = await deployed(t)
    await deploy(nextVersion(t))
    const { promise: wanted, resolve: come } = Promise.withResolvers<void>()
    await page.context().route('**/main-*.js', async (route) => {
      await wanted
      await route.continue()
    })
    await page.reload({ waitUntil: 'commit' })
    await page.locator('html[data-new]').waitFor()
    // It is the page of the new version, with the script of none yet.
    await composer(page).fill('Typed early')
    assert.equal(await page.evaluate(() => 'next' in window), false)
    come()
    await page.waitForFunction(() => 'next' in window)
    assert.equal(await composer(page).inputValue(), 'Typed early')
  })

  test('is tried again until its files are there, and loses nothing typed early', async (t) => {
    await suite.given()
    const { context } = await suite.visit(t, { expectComplaints: true, serviceWorkers: 'block' })
    const fresh = await context.newPage()
    let misses = 0
    await fresh.route('**/main-*.js', (route) =>
      ++misses < 3 ? route.fulfill({ status: 404 }) : route.continue(),
    )
    await fresh.goto(suite.url(), { waitUntil: 'commit' })
    await composer(fresh).fill('Early')
    await fresh.keyboard.press('Enter')
    await row(fresh, 'Early').waitFor()
    assert.equal(misses, 3)
    await until(async () => ((await suite.call('GET', '/tasks')) as unknown[]).length === 1)
  })

  test('keeps what it has while a new service worker meets the document of an old version', async (t) => {
    const { page, deploy } = await deployed(t)
    const before = await caches(page)
    const mixed = nextVersion(t)
    cpSync(join(root, 'web/dist/index.html'), join(mixed, 'index.html'))
    await deploy(mixed)
    const installed = await page.evaluate(async () => {
      const registration = (await navigator.serviceWorker.getRegistration())!
      const found = new Promise<ServiceWorker>((resolve) => {
        registration.onupdatefound = () => resolve(registration.installing!)
      })
      await registration.update()
      const worker = await found
      if (worker.state === 'installing')
        await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }))
      return worker.state
    })
    assert.equal(installed, 'redundant')
    assert.equal(await caches(page), before)
    await page.context().setOffline(true)
    await page.reload()
    await row(page, 'Kept').waitFor()
  })

  test('is of the new version under a service worker from before file names had hashes', async (t) => {
    const old = nextVersion(t)
    writeFileSync(join(old, 'index.html'), '<html><script type="module" src="/main.js"></script>')
    writeFileSync(
      join(old, 'main.js'),
      `const policy = trustedTypes.createPolicy('service-worker', { createScriptURL: (url) => url })
      await navigator.serviceWorker.register(policy.createScriptURL('/service-worker.js'))`,
    )
    writeFileSync(
      join(old, 'service-worker.js'),
      `addEventListener('install', (event) => event.waitUntil(
        caches.open('page old').then((cache) => cache.addAll(['/', '/main.js'])).then(() => skipWaiting())))
      addEventListener('activate', (event) => event.waitUntil(clients.claim()))
      addEventListener('fetch', (event) => {
        const { pathname } = new URL(event.request.url)
        if (['/', '/main.js'].includes(pathname))
          event.respondWith(fetch(event.request).catch(() => caches.match(pathname)))
      })`,
    )
    const { page, deploy } = await deployed(t, old)
    await deploy(join(root, 'web/dist'))
    await page.reload()
    await composer(page).fill('New')
    await page.keyboard.press('Enter')
    await row(page, 'New').waitFor()
    await until(async () => /^page [0-9a-f]{16}$/.test(await caches(page)))
  })

  /** A page with its service worker, on a server of its own, and what deploys another version there. */
  async function deployed(t: TestContext, dist = 'web/dist') {
    const { page } = await suite.visit(t, { expectComplaints: true })
    let app = await startApp({ env: { WEB_ROOT: dist } })
    const { port } = new URL(app.url)
    t.after(() => app[Symbol.asyncDispose]())
    const body = JSON.stringify({ title: 'Kept' })
    const headers = { 'Content-Type': 'application/json' }
    await fetch(`${app.url}/api/tasks`, { method: 'POST', headers, body })
    await page.goto(app.url)
    await ready(page)
    if (dist === 'web/dist') await row(page, 'Kept').waitFor()
    return {
      page,
      async deploy(next: string) {
        await app.stop()
        app = await startApp({ env: { WEB_ROOT: next, PORT: port }, folder: app.folder })
      },
    }
  }
})

/** A folder with a page that differs in its document, its script and its service worker. */
function nextVersion(t: TestContext): string {
  const dist = mkdtempSync(join(tmpdir(), 'taskapp-'))
  t.after(() => rmSync(dist, { recursive: true }))
  cpSync(join(root, 'web/dist'), dist, { recursive: true, filter: (file) => !file.endsWith('.gz') })
  const change = (file: string, from: string | RegExp, to: string) =>
    writeFileSync(join(dist, file), readFileSync(join(dist, file), 'utf8').replaceAll(from, to))
  const main = readdirSync(dist).find((file) => /^main-\w+\.js$/.test(file))!
  const renamed = 'main-00000000.js'
  renameSync(join(dist, main), join(dist, renamed))
  change(renamed, /^/g, 'window.next=1;')
  change('index.html', main, renamed)
  change('index.html', /data-version="\w+"/g, 'data-version="next" data-new')
  change('service-worker.js', main, renamed)
  change('service-worker.js', /version = "\w+"/g, 'version = "next"')
  return dist
}
