/** The page behind a proxy that gives it a path. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { composer, row } from './helpers.ts'

/** What docs/operations.md asks of a proxy: `/todo/` is the service's `/`, and `/todo` leads there. */
async function proxyTo(target: string) {
  const server = createServer((from, to) => {
    if (from.url === '/todo') return to.writeHead(308, { Location: '/todo/' }).end()
    if (!from.url!.startsWith('/todo/')) return to.writeHead(404).end()
    const { method, headers } = from
    const onward = request(
      target + from.url!.slice('/todo'.length),
      { method: method!, headers },
      (answer) => {
        to.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(to)
      },
    )
    onward.on('error', () => to.destroy())
    to.on('close', () => onward.destroy())
    return from.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/todo/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('Under a path', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('the page works: it adds, has views with addresses, exports, is installed and kept', async (t) => {
    await suite.given('One')
    await using proxy = await proxyTo(suite.url())
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    const strays: string[] = []
    page.on('request', (sent) => {
      if (!sent.url().startsWith(proxy.url)) strays.push(sent.url())
    })
    await page.goto(proxy.url.slice(0, -1))
    strays.length = 0
    await row(page, 'One').waitFor()
    await page.getByRole('link', { name: /^All/ }).click()
    assert.equal(page.url(), `${proxy.url}all`)
    await composer(page).fill('Two')
    await page.keyboard.press('Enter')
    await until(async () => ((await suite.call('GET', '/tasks')) as object[]).length === 2)
    await page.goto(`${proxy.url}completed`)
    await page.getByRole('link', { name: /^All/ }).click()
    await page.goBack()
    assert.equal(page.url(), `${proxy.url}completed`)
    await page.goto(`${proxy.url}all`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    const exported = page.getByRole('link', { name: 'Export as JSON' })
    const href = await exported.evaluate((link: HTMLAnchorElement) => link.href)
    assert.equal((await fetch(href)).status, 200)
    await page.getByRole('button', { name: 'Calendar …' }).click()
    assert.equal(
      await page.getByRole('dialog').getByRole('textbox').inputValue(),
      `${proxy.url}api/calendar.ics`,
    )
    await page.keyboard.press('Escape')
    const manifest = await page.evaluate(async () => {
      const link = document.querySelector<HTMLLinkElement>('[rel=manifest]')!
      const { start_url, icons, shortcuts } = await (await fetch(link.href)).json()
      const urls = [
        start_url,
        ...icons.map(({ src }: { src: string }) => src),
        ...shortcuts.map(({ url }: { url: string }) => url),
      ].map((url) => new URL(url, link.href).href)
      return Promise.all(urls.map(async (url) => [url, (await fetch(url)).status] as const))
    })
    for (const [url, status] of manifest) assert.ok(url.startsWith(proxy.url) && status === 200, url)
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope)
    assert.equal(scope, proxy.url)
    await page.reload()
    await row(page, 'Two').waitFor()
    assert.deepEqual(strays, [])
    await context.setOffline(true)
    await page.goto(`${proxy.url}all`)
    await row(page, 'Two').waitFor()
  })

  test('an unknown user signs in and returns to where they were', async (t) => {
    const token = 'let-me-in-'.repeat(4)
    const AUTH_TOKEN_SHA256 = createHash('sha256').update(token).digest('hex')
    await using closed = await startApp({ env: { WEB_ROOT: 'web/dist', AUTH_TOKEN_SHA256 } })
    await using proxy = await proxyTo(closed.url)
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.goto(`${proxy.url}completed?q=tea`)
    await page.waitForURL(`${proxy.url}sign-in.html?*`)
    await page.locator('#token').fill(token)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${proxy.url}completed?q=tea`)
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.waitForURL(`${proxy.url}sign-in.html`)
  })

  test('its stored data is separate from that of another page of the same origin', async (t) => {
    await suite.given('One')
    await using other = await startApp({ env: { WEB_ROOT: 'web/dist' } })
    const { page, context } = await suite.visit(t)
    await page.evaluate(() => navigator.serviceWorker.ready)
    // Both names are of one origin for the browser: that of the suite's program.
    await context.route(`${suite.url()}/todo/**`, async (route) => {
      const { pathname, search } = new URL(route.request().url())
      await route.fulfill({
        response: await route.fetch({ url: other.url + pathname.slice('/todo'.length) + search }),
      })
    })
    await page.goto(`${suite.url()}/todo/`)
    await page.locator('#welcome').waitFor()
    const kept = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))
    assert.deepEqual(kept.sort(), ['taskapp', 'taskapp/todo/'])
    await page.goto(suite.url())
    await row(page, 'One').waitFor()
  })
})
