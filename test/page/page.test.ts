import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Page, Route } from 'playwright-core'
import { root } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'

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
    const { page } = await suite.visit(t, { unfolded: true })
    assert.equal(await page.locator('#left').textContent(), '2 tasks left')
    await page.getByRole('img', { name: '1 of 3 done' }).waitFor()
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

  test('marks all and clears the completed', async (t) => {
    await suite.given('One', 'Two', 'x Three')
    const { page } = await suite.visit(t, { unfolded: true })
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
    await row(page, 'Two').waitFor({ state: 'detached' })
    assert.deepEqual(await titles(page), ['One', 'Three'])
  })

  test('has views with real links that survive a reload and the back button', async (t) => {
    await suite.given('One', 'x Two')
    const { page } = await suite.visit(t, { unfolded: true })
    await page.getByRole('link', { name: 'All' }).click()
    assert.deepEqual(await titles(page), ['One', 'Two'])
    await page.getByRole('link', { name: 'Completed' }).click()
    assert.deepEqual(await titles(page), ['Two'])
    assert.equal(await page.getByRole('link', { name: 'Completed' }).getAttribute('aria-current'), 'page')
    await page.reload()
    await row(page, 'Two').waitFor()
    assert.deepEqual(await titles(page), ['Two'])
    await page.goBack()
    await row(page, 'One').waitFor()
    assert.deepEqual(await titles(page), ['One', 'Two'])
  })

  test('draws an intent at once, and a late answer does not overwrite a newer one', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, { unfolded: true })
    const held: Route[] = []
    let holding = true
    await page.route('**/api/tasks/*', (route) => (holding ? void held.push(route) : route.continue()))
    for (const done of [true, false, true, false]) await checkbox(page, 'One').setChecked(done)
    assert.equal(held.length, 1, 'one request at a time for each task')
    holding = false
    let answers = 0
    const settled = page.waitForResponse(
      (response) => response.request().method() === 'PATCH' && response.ok() && ++answers === 4,
    )
    await held[0]!.continue()
    await settled
    assert.equal(await checkbox(page, 'One').isChecked(), false)
    const [one] = (await suite.call('GET', '/tasks')) as { done: boolean }[]
    assert.equal(one!.done, false)
  })

  test('keeps unsent changes, says so calmly, and sends them when the server is back', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t, { unfolded: true, expectComplaints: true })
    await context.setOffline(true)
    await checkbox(page, 'One').check()
    await page.getByRole('button', { name: 'Delete Two' }).click()
    await page.getByLabel('New task').fill('Three')
    await page.keyboard.press('Enter')
    await page.getByText('No connection. Everything you do is kept and sent later.').waitFor()
    await page.getByText('3 changes are not sent yet.').waitFor()
    assert.deepEqual(await titles(page), ['Three', 'One'])
    await context.setOffline(false)
    await page.locator('#status').waitFor({ state: 'hidden' })
    await until(async () => {
      const list = (await suite.call('GET', '/tasks')) as { title: string; done: boolean }[]
      return JSON.stringify(list.map(({ title, done }) => [title, done])) === '[["One",true],["Three",false]]'
    })
  })

  test('waits for a waking server, and adds tasks sent meanwhile once', async (t) => {
    await suite.given()
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await context.route('**/api/**', (route) =>
      route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' }),
    )
    await page.getByLabel('New task').fill('Do not lose me')
    await page.keyboard.press('Enter')
    await page.getByText('Waking the server.').waitFor()
    await page.reload()
    await row(page, 'Do not lose me').waitFor()
    await context.unroute('**/api/**')
    await page.locator('#status').waitFor({ state: 'hidden' })
    await until(async () => ((await suite.call('GET', '/tasks')) as unknown[]).length === 1)
  })

  test('offers to restore a task that was deleted elsewhere while its text was changed', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    const [one] = (await suite.call('GET', '/tasks')) as { id: number }[]
    await context.setOffline(true)
    await page.getByText('One', { exact: true }).dblclick()
    await page.keyboard.type(' more')
    await page.keyboard.press('Enter')
    await suite.call('DELETE', `/tasks/${one!.id}`)
    await context.setOffline(false)
    await page.getByText('Deleted elsewhere meanwhile').waitFor()
    await heard(page, 'One was changed elsewhere')
    await page.getByRole('button', { name: 'Restore it' }).click()
    await page.getByText('Deleted elsewhere meanwhile').waitFor({ state: 'detached' })
    await until(async () => JSON.stringify(await suite.call('GET', '/tasks')).includes('One more'))
    await row(page, 'One more').waitFor()
  })

  test('says calmly when the tasks cannot be read, and reads them as soon as it can', async (t) => {
    await suite.given('One')
    const { page, context } = await suite.visit(t, { expectComplaints: true, cutOff: true })
    await page.getByText('Your tasks will be here in a moment.').waitFor()
    await context.unroute('**/api/**')
    await row(page, 'One').waitFor()
    await page.locator('#status').waitFor({ state: 'hidden' })
  })

  test('shows what is changed elsewhere', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await suite.call('POST', '/tasks', { title: 'From elsewhere' })
    await row(page, 'From elsewhere').waitFor()
    const [one, two] = (await suite.call('GET', '/tasks')) as { id: number }[]
    await suite.call('POST', `/tasks/${two!.id}/move`, { before: one!.id })
    await until(async () => (await titles(page)).join() === 'From elsewhere,One')
    await suite.call('DELETE', `/tasks/${one!.id}`)
    await row(page, 'One').waitFor({ state: 'detached' })
  })

  test('does everything with the keyboard', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, { unfolded: true })
    await page.getByLabel('New task').focus()
    const order: unknown[] = []
    for (let step = 0; step < 15; step++) {
      await page.keyboard.press('Tab')
      order.push(
        await page.evaluate(() => {
          const at = document.activeElement
          return at === document.body
            ? 'the end'
            : (at?.getAttribute('aria-label') ?? (at?.textContent?.replace(/\s+/g, ' ') || at?.id))
        }),
      )
    }
    assert.deepEqual(order, [
      'Pick a date',
      'Add',
      'Today 0 tasks left',
      'Upcoming 0 tasks left',
      'All 2 2 tasks left',
      'Completed 0 done',
      'One',
      'Edit One',
      'Delete One',
      'Move One',
      'Two',
      'Edit Two',
      'Delete Two',
      'Move Two',
      'Complete all (2)',
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
    await suite.given()
    // An import takes titles of before the rule on direction, too.
    await suite.call(
      'POST',
      '/import',
      nasty.map((title) => ({ title })),
    )
    const { page } = await suite.visit(t)
    page.on('dialog', () => assert.fail('something ran'))
    assert.deepEqual(await titles(page), nasty)
    assert.equal(await page.locator('.item-title *').count(), 0)
  })

  test('adds and saves a pasted text without what turns its direction, and refuses what shows nothing', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await page.getByLabel('New task').fill('\u202btext \u202eback\u2069\u202c')
    await page.keyboard.press('Enter')
    await until(async () => JSON.stringify(await suite.call('GET', '/tasks')).includes('"text back"'))
    assert.deepEqual(await titles(page), ['text back'])
    for (const nothing of ['\u200b', '\u3164', '\u2800\u00ad']) {
      await page.getByLabel('New task').fill(nothing)
      await page.keyboard.press('Enter')
      await page.getByText('A title needs something to see.').waitFor()
      assert.equal(await page.getByLabel('New task').inputValue(), nothing)
    }
    await page.getByText('text back', { exact: true }).dblclick()
    await page.getByLabel('Title').fill('\u200b')
    await page.keyboard.press('Enter')
    await page.locator('.editor').getByText('A title needs something to see.').waitFor()
    await page.getByLabel('Title').fill('\u202emore')
    await page.getByLabel('Notes').fill('a\0b\u0085c')
    await page.keyboard.press('ControlOrMeta+Enter')
    await until(
      async () =>
        JSON.stringify(await suite.call('GET', '/tasks?view=full')).includes('"more"') &&
        JSON.stringify(await suite.call('GET', '/tasks?view=full')).includes('"abc"'),
    )
  })

  test('takes no stranger’s answer for the server’s', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, { unfolded: true })
    let strange = 0
    await page.route('**/api/tasks/*', (route) => {
      strange++
      return route.fulfill({ body: '<p>Welcome to the hotel' })
    })
    await checkbox(page, 'One').check()
    await until(() => strange > 1)
    await page.unroute('**/api/tasks/*')
    await until(async () => ((await suite.call('GET', '/tasks')) as { done: boolean }[])[0]!.done)
    assert.equal(await checkbox(page, 'One').isChecked(), true)
  })

  test('tells open from completed in forced colours', async (t) => {
    await suite.given('One', 'x Two')
    const { page } = await suite.visit(t, { unfolded: true, forcedColors: 'active' })
    const line = (title: string) =>
      page
        .getByText(title, { exact: true })
        .evaluate((element) => getComputedStyle(element).textDecorationLine)
    assert.equal(await line('One'), 'none')
    assert.equal(await line('Two'), 'line-through')
  })

  test('reads all pages of a long list, and renders only the rows in view', async (t) => {
    await suite.given()
    const many = Array.from({ length: 1_203 }, (_, index) => ({ title: `Task ${index}` }))
    await suite.call('POST', '/import', many)
    const { page } = await suite.visit(t)
    await page.getByText('1203 tasks left').waitFor()
    assert.ok((await page.locator('.item').count()) < 100)
    await page.locator('.item [type=checkbox]').first().focus()
    await page.keyboard.press('End')
    await until(
      async () => Number(await page.locator('.item').last().getAttribute('aria-posinset')) === 1_203,
    )
    assert.equal(await page.locator('.item').last().getAttribute('aria-setsize'), '1203')
    await page.keyboard.press('Delete')
    await page.locator('#left').getByText('1202 tasks left').waitFor()
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
      const { page } = await suite.visit(t, { unfolded: true, viewport, hasTouch: true, isMobile: true })
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      assert.equal(overflow, 0)
      for (const name of ['Move Short', 'Clear completed (1)', 'Complete all (2)', 'Add', 'More']) {
        const box = (await page.getByRole('button', { name, exact: true }).boundingBox())!
        assert.ok(box.height >= 44 && box.width >= 44, `${name} is ${box.width} by ${box.height}`)
      }
    }
  })

  test('follows the colour scheme of the system with enough contrast', async (t) => {
    await suite.given('One', 'x Two')
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await suite.visit(t, { unfolded: true, colorScheme })
      const ratio = await page.evaluate(contrasts, [
        'h1',
        '.item-title',
        '.done .item-title',
        '.views a',
        '#mark-all',
        '.button',
      ])
      for (const [selector, value] of Object.entries(ratio))
        assert.ok(value >= 4.5, `${colorScheme} ${selector} has ${value}`)
    }
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has its picture taken for the README, ${colorScheme}`, async (t) => {
      const day = (from: number) => new Date(Date.now() + from * 864e5).toISOString()
      const date = (from: number) => day(from).slice(0, 10)
      await suite.given()
      const { page } = await suite.visit(t, {
        colorScheme,
        path: '/today',
        viewport: { width: 1000, height: 720 },
        deviceScaleFactor: 1.5,
      })
      for (const [name, color] of [
        ['Home', 'green'],
        ['Trip to Ghent', 'blue'],
      ])
        if (colorScheme === 'light') await suite.call('POST', '/lists', { name, color })
      await suite.call('POST', '/import', [
        { title: 'Book the train to Ghent', done: true, completed: day(0), list: 'Trip to Ghent' },
        { title: 'Return the drill to Sam', due: date(-1) },
        {
          title: 'Write the release notes',
          due: date(0),
          notes: 'Upgrades from 1.4, and what became of the old keys',
        },
        { title: 'Ask Mira about the Saturday hike', due: date(0) },
        { title: 'Water the lemon tree', due: date(0), repeat: 'FREQ=WEEKLY', list: 'Home' },
        { title: 'Buy oat milk and bread', list: 'Home' },
        {
          title: 'Renew the library card',
          due: date(12),
          notes: 'Bring the passport',
          list: 'Trip to Ghent',
        },
      ])
      await page.getByText('6 tasks left').waitFor()
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
