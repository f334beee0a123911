/** What tests of the page look at. */
import type { BrowserContext, Page } from 'playwright-core'

export interface TaskJson {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes?: string
  readonly due?: string
}

export const titles = (page: Page) => page.locator('.item-title').allTextContents()
export const row = (page: Page, title: string) =>
  page.locator('.item').filter({ has: page.getByText(title, { exact: true }) })
export const checkbox = (page: Page, title: string) =>
  page.getByRole('checkbox', { name: title, exact: true })
export const composer = (page: Page) => page.getByLabel('New task')
/** The words of the composer that are taken for a date, once they can be seen; '' for none. */
export const lit = (page: Page, words: string) =>
  page.waitForFunction((wanted) => {
    const mark = document.querySelector('.lit mark')
    return (
      (mark?.textContent ?? '') === wanted &&
      new Promise((resolve) =>
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(true)))),
      )
    )
  }, words)
export const heard = (page: Page, text: string | RegExp) =>
  page.locator('#polite, #assertive').filter({ hasText: text }).waitFor({ state: 'attached' })
export const focusedName = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id)

export const openEditor = async (page: Page, title: string) => {
  await page.getByText(title, { exact: true }).dblclick()
  await page.locator('.editor').waitFor()
}

/** What the caret stands in, and where: `title 4 4`. Runs in the page. */
export const caret = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLInputElement
    const name = at?.id || at?.name || at?.dataset?.['due'] || at?.tagName
    return `${name} ${at?.selectionStart} ${at?.selectionEnd}`
  })

/** A phone, whose taps are real touches. */
export const phone = { hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } } as const

/** A real finger at the middle of what is there at that moment. */
export async function touch(context: BrowserContext, page: Page) {
  const cdp = await context.newCDPSession(page)
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', at?: { x: number; y: number }) =>
    cdp.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [at] : [] })
  return {
    down: (at: { x: number; y: number }) => send('touchStart', at),
    move: (at: { x: number; y: number }) => send('touchMove', at),
    up: () => send('touchEnd'),
  }
}

/** Tells the page that a newer one was deployed, as its service worker does. */
export const deploy = (page: Page) =>
  page.evaluate(() => {
    navigator.serviceWorker.dispatchEvent(new MessageEvent('message', { data: 'another version' }))
    document.dispatchEvent(new Event('visibilitychange'))
  })

/** Lets every write of the browser's storage fail, as on a full disk. Runs in the page. */
export function fillDisk() {
  IDBObjectStore.prototype.put = () => {
    throw new DOMException('full', 'QuotaExceededError')
  }
}
