import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Page, Route } from 'playwright-core'
import { root } from '../helpers/app.ts'
import { browserSuite, needsChromium } from '../helpers/browser.ts'

const titles = (page: Page) => page.locator('.item-title').allTextContents()
const row = (page: Page, title: string) =>
  page.locator('.item').filter({ has: page.getByText(title, { exact: true }) })
const checkbox = (page: Page, title: string) => page.getByRole('checkbox', { name: title, exact: true })
const heard = (page: Page, text: string | RegExp) =>
  page.locator('#polite, #assertive').filter({ hasText: text }).waitFor({ state: 'attached' })
const focusedName = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.id)

describe('The page', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('adds by Enter: trimmed, kept by the server, the focus stays', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await page.getByLabel('New task').fill('  Buy oat milk  ')
    await page.keyboard.press('Enter')
    await row(page, 'Buy oat milk').waitFor()
    await heard(page, 'Buy oat milk added. 1 task left')
    assert.equal(await focusedName(page), 'new-title')
    assert.equal(await page.getByLabel('New task').inputValue(), '')
    await page.keyboard.press('Enter')
    await page.reload()
    await row(page, 'Buy oat milk').waitFor()
    assert.deepEqual(await titles(page), ['Buy oat milk'])
  })

  test('refuses a title that is too long and keeps the text', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await page.getByLabel('New task').fill('x'.repeat(203))
    await page.keyboard.press('Enter')
    await page.getByText('Too long by 3').waitFor()
    assert.equal((await page.getByLabel('New task').inputValue()).length, 203)
  })

  test('toggles, counts and shows the progress', async (t) => {
    await suite.given('One', 'Two', 'x Three')
    const { page } = await suite.visit(t)
    assert.equal(await page.locator('#left').textContent(), '2 tasks left')
    assert.equal(await page.locator('#progress-text').textContent(), '1 of 3 done')
    await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'PATCH'),
      checkbox(page, 'One').check(),
    ])
    assert.equal(await page.locator('#left').textContent(), '1 task left')
    await page.reload()
    await row(page, 'One').waitFor()
    assert.equal(await checkbox(page, 'One').isChecked(), true)
  })

  for (const [how, start] of [
    ['a double click', (page: Page) => page.getByText('Two', { exact: true }).dblclick()],
    ['the edit button', (page: Page) => page.getByRole('button', { name: 'Edit Two' }).click()],
    ['F2', (page: Page) => checkbox(page, 'Two').press('F2')],
  ] as const) {
    test(`edits in place after ${how}; Enter saves and Escape discards`, async (t) => {
      await suite.given('One', 'Two')
      const { page } = await suite.visit(t)
      await start(page)
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.type('discarded')
      await page.keyboard.press('Escape')
      assert.deepEqual(await titles(page), ['One', 'Two'])
      await start(page)
      await page.keyboard.press('ControlOrMeta+A')
      await page.keyboard.type(' Zwei ')
      await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'PATCH'),
        page.keyboard.press('Enter'),
      ])
      assert.deepEqual(await titles(page), ['One', 'Zwei'])
      assert.equal(await focusedName(page), 'Edit Zwei')
      assert.equal(((await suite.call('GET', '/tasks')) as { title: string }[])[1]!.title, 'Zwei')
    })
  }

  test('saves an edit on blur, and deletes by an empty one', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t)
    await page.getByText('One', { exact: true }).dblclick()
    await page.keyboard.type(' more')
    await page.getByLabel('New task').focus()
    await row(page, 'One more').waitFor()
    await page.getByText('Two', { exact: true }).dblclick()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.press('Delete')
    await page.keyboard.press('Enter')
    await row(page, 'Two').waitFor({ state: 'detached' })
  })

  test('moves the focus to the next task after a deletion, then to the previous, then to the input', async (t) => {
    await suite.given('One', 'Two', 'Three')
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'Delete Two' }).press('Enter')
    await heard(page, 'Two deleted')
    assert.equal(await focusedName(page), 'Three')
    await page.getByRole('button', { name: 'Delete Three' }).press('Enter')
    assert.equal(await focusedName(page), 'One')
    await page.getByRole('button', { name: 'Delete One' }).press('Enter')
    assert.equal(await focusedName(page), 'new-title')
    await page.getByText('Nothing on your list').waitFor()
  })

  test('marks all and clears the completed, in one request each', async (t) => {
    await suite.given('One', 'Two', 'x Three')
    const { page } = await suite.visit(t)
    const requests: string[] = []
    page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await page.getByRole('button', { name: 'Complete all' }).click()
    assert.equal(await page.locator('#left').textContent(), '0 tasks left')
    await page.getByRole('button', { name: 'Reopen all' }).click()
    assert.equal(await page.locator('#left').textContent(), '3 tasks left')
    await checkbox(page, 'Two').check()
    const deleted = page.waitForResponse((response) => response.request().method() === 'DELETE')
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await heard(page, '1 completed task deleted. 2 tasks left')
    assert.deepEqual(await titles(page), ['One', 'Three'])
    await deleted
    await page.reload()
    await row(page, 'Three').waitFor()
    assert.deepEqual(await titles(page), ['One', 'Three'])
    assert.equal(requests.filter((request) => request === 'DELETE /api/tasks').length, 1)
  })

  test('filters by real links that survive a reload and the back button', async (t) => {
    await suite.given('One', 'x Two')
    const { page } = await suite.visit(t)
    await page.getByRole('link', { name: 'Active' }).click()
    assert.deepEqual(await titles(page), ['One'])
    await page.getByRole('link', { name: 'Completed' }).click()
    assert.deepEqual(await titles(page), ['Two'])
    assert.equal(await page.getByRole('link', { name: 'Completed' }).getAttribute('aria-current'), 'page')
    await page.reload()
    await row(page, 'Two').waitFor()
    assert.deepEqual(await titles(page), ['Two'])
    await page.goBack()
    await row(page, 'One').waitFor()
    assert.deepEqual(await titles(page), ['One'])
    await checkbox(page, 'One').click()
    await page.getByText('Nothing left to do.').waitFor()
  })

  test('draws an intent at once, and a late answer does not overwrite a newer one', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    const held: Route[] = []
    let holding = true
    await page.route('**/api/tasks/*', (route) => (holding ? void held.push(route) : route.continue()))
    await checkbox(page, 'One').check()
    await checkbox(page, 'One').uncheck()
    await checkbox(page, 'One').check()
    await checkbox(page, 'One').uncheck()
    assert.equal(held.length, 1, 'one request at a time for each task')
    holding = false
    const settled = page.waitForResponse(
      async (response) => response.request().method() === 'PATCH' && (await response.json()).done === false,
    )
    await held[0]!.continue()
    await settled
    assert.equal(await checkbox(page, 'One').isChecked(), false)
    assert.deepEqual(
      await suite.call('GET', '/tasks').then((tasks) => (tasks as { done: boolean }[])[0]!.done),
      false,
    )
  })

  test('says where a save failed, and tries again or discards', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.route('**/api/tasks/*', (route) => route.abort())
    await checkbox(page, 'One').check()
    await row(page, 'One').getByText('Not saved: The server cannot be reached.').waitFor()
    await heard(page, /One could not be saved/)
    await page.getByRole('button', { name: 'Delete Two' }).click()
    await row(page, 'Two').getByText('Not deleted: The server cannot be reached.').waitFor()
    await row(page, 'Two').getByRole('button', { name: 'Discard' }).click()
    await page.unroute('**/api/tasks/*')
    await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'PATCH' && response.ok()),
      row(page, 'One').getByRole('button', { name: 'Try again' }).click(),
    ])
    await page.reload()
    await row(page, 'Two').waitFor()
    assert.deepEqual(await titles(page), ['One', 'Two'])
    assert.equal(await checkbox(page, 'One').isChecked(), true)
  })

  test('keeps the text of a task that could not be added until it can', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.route('**/api/tasks', (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' }),
    )
    await page.getByLabel('New task').fill('Do not lose me')
    await page.keyboard.press('Enter')
    await row(page, 'Do not lose me').getByText('The server is not available right now.').waitFor()
    await page.unroute('**/api/tasks')
    await Promise.all([
      page.waitForResponse((response) => response.status() === 201),
      row(page, 'Do not lose me').getByRole('button', { name: 'Try again' }).click(),
    ])
    assert.deepEqual(
      ((await suite.call('GET', '/tasks')) as { title: string }[]).map(({ title }) => title),
      ['Do not lose me'],
    )
  })

  test('removes a task that was deleted elsewhere and says so', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, { expectComplaints: true })
    const [one] = (await suite.call('GET', '/tasks')) as { id: number }[]
    await suite.call('DELETE', `/tasks/${one!.id}`)
    await checkbox(page, 'One').click()
    await row(page, 'One').waitFor({ state: 'detached' })
    await heard(page, 'One was deleted elsewhere')
  })

  test('says calmly when the tasks cannot be read, and reads them on demand', async (t) => {
    await suite.given('One')
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await context.route('**/api/tasks', (route) => route.abort())
    await page.reload()
    await page.getByText('Your tasks are not here yet').waitFor()
    await context.unroute('**/api/tasks')
    await page.getByRole('button', { name: 'Try again' }).click()
    await row(page, 'One').waitFor()
  })

  test('shows what another tab changed when the user comes back', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await suite.call('POST', '/tasks', { title: 'From elsewhere' })
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await row(page, 'From elsewhere').waitFor()
  })

  test('does everything by keyboard alone', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t)
    await page.getByLabel('New task').focus()
    const order: unknown[] = []
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press('Tab')
      order.push(
        await page.evaluate(() => {
          const at = document.activeElement
          return at === document.body ? 'the end' : (at?.getAttribute('aria-label') ?? at?.textContent)
        }),
      )
    }
    assert.deepEqual(order, [
      'Add',
      'All',
      'Active',
      'Completed',
      'Complete all',
      'One',
      'Edit One',
      'Delete One',
      'Two',
      'Edit Two',
      'Delete Two',
      'the end',
    ])
    await checkbox(page, 'One').press('Space')
    assert.equal(await checkbox(page, 'One').isChecked(), true)
  })

  test('draws titles as text, whatever is in them', async (t) => {
    const nasty = [
      '<img src=x onerror=alert(1)>',
      '<script>alert(1)</script>',
      '"><b>bold</b>',
      '&lt;i&gt;',
      '{{7*7}}',
      '👩‍👩‍👧‍👦 ‮txet',
      'javascript:alert(1)',
    ]
    await suite.given(...nasty)
    const { page } = await suite.visit(t)
    page.on('dialog', () => assert.fail('something ran'))
    assert.deepEqual(await titles(page), nasty)
    assert.equal(await page.locator('.item-title *').count(), 0)
  })

  test('says beside the button that all could not be completed, and tries again', async (t) => {
    await suite.given(...Array.from({ length: 40 }, (_, index) => `Task ${index}`))
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.route('**/api/tasks', (route) => route.fulfill({ status: 503 }))
    await page.getByRole('button', { name: 'Complete all' }).click()
    const fault = page.getByText('Not saved: The server is not available right now.')
    await fault.waitFor()
    assert.ok((await fault.boundingBox())!.y < page.viewportSize()!.height, 'in view')
    assert.equal(await page.locator('#left').textContent(), '40 tasks left')
    await page.unroute('**/api/tasks')
    const saved = page.waitForResponse((response) => response.request().method() === 'PATCH' && response.ok())
    await page.getByRole('button', { name: 'Try again' }).click()
    await saved
    await fault.waitFor({ state: 'hidden' })
    assert.equal(await page.locator('#left').textContent(), '0 tasks left')
    assert.equal(await focusedName(page), 'mark-all')
  })

  test('lets go of a task that was deleted elsewhere while it was edited', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, { expectComplaints: true })
    const [one] = (await suite.call('GET', '/tasks')) as { id: number }[]
    const held: Route[] = []
    await page.route(`**/api/tasks/${one!.id}`, (route) => void held.push(route))
    await checkbox(page, 'One').check()
    await page.getByText('One', { exact: true }).dblclick()
    await page.keyboard.type(' more')
    await suite.call('DELETE', `/tasks/${one!.id}`)
    const writes: string[] = []
    page.on('request', (request) => writes.push(request.method()))
    await held[0]!.continue()
    await heard(page, 'One was deleted elsewhere')
    await checkbox(page, 'Two').check()
    assert.deepEqual(writes, ['PATCH'])
    assert.deepEqual(await titles(page), ['Two'])
  })

  test('explains an answer that did not come from the server', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await page.route('**/api/tasks/*', (route) => route.fulfill({ body: '<p>Welcome to the hotel' }))
    await checkbox(page, 'One').check()
    await row(page, 'One').getByText('The answer did not come from the server').waitFor()
  })

  test('tells open from completed in forced colours', async (t) => {
    await suite.given('One', 'x Two')
    const { page } = await suite.visit(t, { forcedColors: 'active' })
    const line = (title: string) =>
      page
        .getByText(title, { exact: true })
        .evaluate((element) => getComputedStyle(element).textDecorationLine)
    assert.equal(await line('One'), 'none')
    assert.equal(await line('Two'), 'line-through')
  })

  test('reads all pages of more than 1,000 tasks', async (t) => {
    await suite.given()
    await Promise.all(
      Array.from({ length: 1_003 }, (_, index) => suite.call('POST', '/tasks', { title: `Task ${index}` })),
    )
    const { page } = await suite.visit(t)
    assert.equal(await page.locator('#left').textContent(), '1003 tasks left')
    assert.equal(await page.locator('.item').count(), 1_003)
  })

  test('fits a width of 320 pixels, a phone and 200 % zoom without scrolling sideways', async (t) => {
    await suite.given(
      'W'.repeat(200),
      'x Short',
      'A longer title that needs more than one line on a narrow screen',
    )
    for (const viewport of [
      { width: 320, height: 600 },
      { width: 640, height: 400 },
    ]) {
      const { page } = await suite.visit(t, { viewport, hasTouch: true, isMobile: true })
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.equal(overflow, 0)
      for (const name of ['Edit Short', 'Delete Short', 'Clear completed', 'Complete all', 'Add']) {
        const box = (await page.getByRole('button', { name, exact: true }).boundingBox())!
        assert.ok(box.height >= 44 && box.width >= 44, `${name} is ${box.width} by ${box.height}`)
      }
    }
  })

  test('follows the colour scheme of the system with enough contrast', async (t) => {
    await suite.given('One', 'x Two')
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await suite.visit(t, { colorScheme })
      const ratio = await page.evaluate(contrasts, [
        'h1',
        '.item-title',
        '.done .item-title',
        '#left',
        '#mark-all',
        '.button',
      ])
      for (const [selector, value] of Object.entries(ratio))
        assert.ok(value >= 4.5, `${colorScheme} ${selector} has ${value}`)
    }
  })

  test('weighs less than 20 kB compressed, all files together', () => {
    const dist = join(root, 'web/dist')
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.gz'),
    )
    const bytes = files.reduce((sum, file) => sum + readFileSync(join(dist, file)).length, 0)
    assert.ok(bytes < 20_000, `${bytes} bytes`)
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has its picture taken for the README, ${colorScheme}`, async (t) => {
      await suite.given(
        'x Book the train to Ghent',
        'x Write the release notes',
        'Water the lemon tree',
        'Ask Mira about the Saturday hike',
        'Renew the library card',
      )
      const { page } = await suite.visit(t, {
        colorScheme,
        viewport: { width: 1000, height: 640 },
        deviceScaleFactor: 1.5,
      })
      // Fonts differ between machines: only who asks for it writes the files anew.
      const path = process.env['UPDATE_SCREENSHOTS']
        ? join(root, `docs/screenshots/page-${colorScheme}.png`)
        : undefined
      const picture = await page.screenshot({ ...(path && { path }), caret: 'hide' })
      assert.ok(picture.length > 10_000)
    })
  }
})

/** The contrast (WCAG 2.2, success criterion 1.4.3) of each element's text to what is behind it. Runs in the page. */
function contrasts(selectors: string[]): Record<string, number> {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!
  const luminance = (colour: string) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
  }
  const behind = (element: Element | null): string => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor
      if (!/(?:, 0\)|\/ 0\))$/.test(colour)) return colour
    }
    return 'white'
  }
  return Object.fromEntries(
    selectors.map((selector) => {
      const element = document.querySelector(selector)!
      const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort(
        (a, b) => b - a,
      )
      return [selector, (light! + 0.05) / (dark! + 0.05)]
    }),
  )
}
