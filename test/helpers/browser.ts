import { existsSync } from 'node:fs'
import { after, before, type TestContext } from 'node:test'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { type RunningApp, startApp } from './app.ts'
import { nothingLeftOut } from './needs.ts'
import { patience, until as untilSo } from './until.ts'

export { chromium, type Page }

/** The full browser, which Lighthouse needs. */
export const wholeBrowser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
)

/** A headless Chromium if there is one, which uses a third less CPU. */
export const executablePath = existsSync('/usr/bin/chromium-headless-shell')
  ? '/usr/bin/chromium-headless-shell'
  : wholeBrowser

/** Without a network namespace, which a test machine may not permit. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** False if Chromium is installed, else the reason to skip a test. */
export function needsChromium(): false | string {
  if (wholeBrowser) return false
  if (nothingLeftOut) throw new Error('Chromium is missing: install the package chromium')
  return 'Chromium is not installed'
}

const unfold = "if (location.protocol === 'http:') localStorage.setItem('unfolded', 'completed')"

export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** What the console said, and every breach of the content security policy. */
  readonly complaints: string[]
}

/**
 * One program and one Chromium for a file of tests; each visit is a browser profile of its own. A visit whose
 * page complained (an error, a breach of the content security policy) fails its test, unless it expected that.
 */
export function browserSuite() {
  let browser: Browser
  let app: RunningApp

  before(async () => {
    if (!executablePath) return
    app = await startApp({ env: { WEB_ROOT: 'web/dist', LOG_LEVEL: 'info' } })
    browser = await chromium.launch({
      executablePath,
      args: chromiumArgs,
      timeout: patience.waitMs,
    })
  })
  after(async () => {
    await browser?.close()
    await app?.[Symbol.asyncDispose]()
  })

  return {
    url: () => app.url,
    /** Empties the list and puts these tasks there; those that start with "x " are completed. */
    async given(...titles: string[]) {
      await call('PATCH', '/tasks', { done: true })
      await call('DELETE', '/tasks?done=true')
      // The next tasks of repeating ones.
      const ids = ((await call('GET', '/tasks')) as { id: number }[]).map(({ id }) => id)
      if (ids.length > 0) await call('PATCH', '/tasks', { ids, deleted: true })
      for (const title of titles) {
        const { id } = (await call('POST', '/tasks', { title: title.replace(/^x /, '') })) as { id: number }
        if (title.startsWith('x ')) await call('PATCH', `/tasks/${id}`, { done: true })
      }
    },
    call,
    async visit(
      t: TestContext,
      options: BrowserContextOptions & {
        path?: string
        expectComplaints?: boolean
        cutOff?: boolean
        /** With the completed group expanded. */
        unfolded?: boolean
      } = {},
    ): Promise<Visit> {
      const {
        path = '/',
        expectComplaints = false,
        cutOff = false,
        unfolded = false,
        ...contextOptions
      } = options
      const context = await browser.newContext({ reducedMotion: 'reduce', ...contextOptions })
      // A server that serves the page and nothing else.
      if (cutOff) await context.route('**/api/**', (route) => route.abort())
      if (unfolded) await context.addInitScript({ content: unfold })
      const page = await context.newPage()
      page.setDefaultTimeout(patience.waitMs)
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(error.message))
      t.after(async () => {
        await context.close()
        if (!expectComplaints && complaints.length > 0)
          throw new Error(`the page complained: ${complaints.join('\n')}`)
      })
      await page.goto(app.url + path)
      await page
        .locator('.item, #welcome:not([hidden]), #status:not([hidden]), #none:not([hidden])')
        .filter({ visible: true })
        .first()
        .waitFor()
      return { page, context, complaints }
    },
  }

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${app.url}/api${path}`, {
      method,
      ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`)
    return response.status === 204 ? undefined : response.json()
  }
}

/** Polls until the condition holds, where no event signals it. */
export function until(condition: () => boolean | Promise<boolean>) {
  return untilSo(String(condition), condition)
}
