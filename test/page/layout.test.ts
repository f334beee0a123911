/** Where things stand: on small windows, on paper, while the page loads, under a finger. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import {
  checkbox,
  composer,
  focusedName,
  lit,
  openEditor,
  phone,
  row,
  type TaskJson,
  titles,
  touch,
} from './helpers.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `Task ${index + 1}` }))
/** By how much it can be scrolled sideways. Runs in the page. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

describe('The layout of the page', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('prints all of a long list, and nothing else', async (t) => {
    await suite.given()
    await suite.call('POST', '/import', [...many(300), { title: 'Last', notes: 'Two\nlines', done: true }])
    const { page } = await suite.visit(t, { unfolded: true })
    await page.getByText('300 tasks left').waitFor()
    assert.ok((await page.locator('.item').count()) < 100)
    await openEditor(page, 'Task 2')
    await page.emulateMedia({ media: 'print' })
    await page.evaluate(() => {
      const printed = () => Object.assign(window, { printed: document.body.innerText })
      addEventListener('beforeprint', printed, { once: true })
    })
    await page.pdf()
    const text = await page.evaluate(() => (window as { printed?: string }).printed ?? '')
    assert.deepEqual(text.split(/\s*\n\s*/).filter(Boolean), [
      'Tasks',
      ...many(300).map(({ title }) => title),
      'Completed',
      '1',
      'Last',
      'Two',
      'lines',
    ])
    await until(async () => (await page.locator('.item').count()) < 100)
  })

  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 320, height: 256 },
  ])
    test(`never covers what has the focus, ${viewport.width} by ${viewport.height}`, async (t) => {
      await suite.given()
      await suite.call('POST', '/import', many(60))
      const { page } = await suite.visit(t, { viewport })
      await row(page, 'Task 60').waitFor()
      await composer(page).focus()
      const covered: unknown[] = []
      const press = async (key: string, times: number) => {
        for (let time = 0; time < times; time++) {
          await page.keyboard.press(key)
          covered.push(...(await page.evaluate(coveredFocus)))
        }
      }
      await press('Tab', 40)
      await checkbox(page, 'Task 40').focus()
      await press('ArrowUp', 39)
      await checkbox(page, 'Task 10').focus()
      while ((await focusedName(page)) !== 'Pick a date') await press('Shift+Tab', 1)
      assert.deepEqual(covered, [])
    })

  test('fits German and narrow windows, with no word cut and room for titles', async (t) => {
    await suite.given('Eins', 'x Zwei')
    for (const viewport of [
      { width: 360, height: 740 },
      { width: 320, height: 256 },
    ]) {
      const { page } = await suite.visit(t, { viewport, locale: 'de-DE' })
      await page.locator('#new-title').fill('Drei übermorgen')
      await lit(page, 'übermorgen')
      assert.ok((await overflow(page)) <= 0)
      assert.deepEqual(await page.evaluate(cutTexts), [])
      const tops = await page
        .locator('h1, .progress, #show-menu')
        .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect()))
      assert.ok(
        tops.every(({ bottom }) => bottom > tops[0]!.top && bottom <= tops[0]!.bottom + 16),
        'the heading is one line with what stands beside it',
      )
      const [title, whole] = [
        await page.locator('.item-text').first().boundingBox(),
        await page.locator('.item').first().boundingBox(),
      ]
      assert.ok(title!.width >= 0.4 * whole!.width, `${title!.width} of ${whole!.width}`)
    }
  })

  test('moves nothing while the page loads, however slow the server is, the first time and the second', async (t) => {
    await suite.given('One', 'Two')
    const { context } = await suite.visit(t, {
      expectComplaints: true,
      viewport: { width: 500, height: 800 },
    })
    const page = await context.newPage()
    await page.addInitScript(() => {
      const shifts: unknown[] = []
      Object.assign(window, { shifts })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          if (!(entry as { hadRecentInput?: boolean }).hadRecentInput) shifts.push(entry.toJSON())
      }).observe({ type: 'layout-shift', buffered: true })
    })
    for (const visit of ['cold', 'warm']) {
      if (visit === 'cold')
        await page.addInitScript(() => {
          IDBFactory.prototype.open = () => {
            throw new DOMException('none', 'SecurityError')
          }
        })
      const { promise: wanted, resolve: come } = Promise.withResolvers<void>()
      await page.route('**/api/**', async (route) => {
        await wanted
        await route.continue()
      })
      await page.goto(suite.url())
      if (visit === 'cold') await page.locator('#status').getByText('Waking the server').waitFor()
      come()
      await row(page, 'Two').waitFor()
      await page.getByText('Anybody who knows this address').waitFor()
      await page.locator('#status').waitFor({ state: 'hidden' })
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))
      assert.deepEqual(await page.evaluate(() => (window as { shifts?: unknown[] }).shifts), [])
      await page.unrouteAll({ behavior: 'wait' })
    }
  })

  test('a long press selects and opens nothing, and the tap after it opens the editor', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t, phone)
    const finger = await touch(context, page)
    const { x, y } = (await page.getByText('Two', { exact: true }).boundingBox())!
    const at = { x: x + 5, y: y + 8 }
    const cdp = await context.newCDPSession(page)
    await cdp.send('Input.synthesizeTapGesture', { ...at, duration: 1_000, gestureSourceType: 'touch' })
    assert.equal(await page.locator('.editor').count(), 0)
    await finger.down(at)
    await finger.up()
    assert.equal(await page.getByLabel('Title').inputValue(), 'Two')
  })

  test('a row has a button for all that can be done with it where nothing hovers', async (t) => {
    await suite.given('One', 'Two', 'Three')
    const list = async () =>
      ((await suite.call('GET', '/tasks')) as TaskJson[]).map(({ title }) => title).join()
    const { page } = await suite.visit(t, phone)
    const choose = async (title: string, what: string) => {
      await page.getByRole('button', { name: `More for ${title}` }).tap()
      await page.getByRole('button', { name: what, exact: true }).tap()
    }
    await choose('One', 'Move down')
    await until(async () => (await list()) === 'Two,One,Three')
    await choose('Three', 'Move up')
    await until(async () => (await list()) === 'Two,Three,One')
    await choose('Two', 'Delete')
    await until(async () => (await list()) === 'Three,One')
    await choose('One', 'Edit')
    assert.equal(await page.getByLabel('Title').inputValue(), 'One')
    assert.deepEqual(await titles(page), ['Three', 'One'])
  })
})

/** What has the focus, where something lies over it. Runs in the page. */
function coveredFocus(): string[] {
  const at = document.activeElement!
  if (at === document.body) return []
  const { left, top, width, height } = at.getBoundingClientRect()
  const seen = [0.1, 0.5, 0.9].map((part) => document.elementFromPoint(left + width / 2, top + height * part))
  const isSeen = seen.every((over) => over !== null && (at.contains(over) || over.contains(at)))
  return isSeen
    ? []
    : [`${at.getAttribute('aria-label') ?? at.id} behind ${seen.map((each) => each?.className)}`]
}

/** Texts of which a part cannot be seen. Runs in the page. */
function cutTexts(): string[] {
  return [
    ...document.querySelectorAll<HTMLElement>('h1, .progress, .button, .link, .views a, .group h3, .hint'),
  ]
    .filter((element) => {
      const { left, right } = element.getBoundingClientRect()
      const cut = left < 0 || right > document.documentElement.clientWidth
      return element.checkVisibility() && (cut || element.scrollWidth > element.clientWidth + 1)
    })
    .map(({ textContent }) => textContent)
}
