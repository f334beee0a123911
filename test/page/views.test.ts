/** Today, what is to come, all, and what is done. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { dateOf, shifted } from '../../web/src/dates/dates.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { checkbox, composer, focusedName, heard, lit, phone, row, type TaskJson, titles } from './helpers.ts'

const day = (from: number) => shifted(dateOf(new Date()), from, 'day')
const headings = async (page: Page) =>
  (await page.locator('#list').getByRole('heading', { level: 3 }).allTextContents()).map((text) =>
    text.replace(/\s+/g, ' ').trim(),
  )
const go = (page: Page, view: string) => page.locator(`[data-view=${view}]`).click()
const view = (page: Page) => new URL(page.url()).pathname
const counts = (page: Page) => page.locator('.views .count').allTextContents()

describe('The views of the page', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = () => suite.call('GET', '/tasks') as Promise<TaskJson[]>
  const dueOf = async (title: string) => (await list()).find((task) => task.title === title)?.due ?? ''

  /** Empties the list and puts these there, with the days from today on which they are due. */
  async function given(tasks: Record<string, number | undefined>) {
    await suite.given()
    const those = Object.entries(tasks).map(([title, from]) => ({
      title: title.replace(/^x /, ''),
      ...(title.startsWith('x ') && { done: true, completed: new Date().toISOString() }),
      ...(from !== undefined && { due: day(from) }),
    }))
    await suite.call('POST', '/import', those)
  }

  test('show today with what is overdue, and fold what was done today', async (t) => {
    await given({ Soap: 0, Rent: -3, Post: undefined, Bread: 0, Tax: -9, 'x Milk': undefined, Trip: 3 })
    const { page } = await suite.visit(t, { path: '/today' })
    assert.deepEqual(await titles(page), ['Tax', 'Rent', 'Soap', 'Bread'])
    const [overdue, today, done] = await headings(page)
    assert.equal(overdue, 'Overdue 2')
    assert.match(today!, /^Today .*\d.* 2$/)
    assert.equal(done, 'Done today 1')
    assert.deepEqual(await page.locator('.due:visible').allTextContents(), ['9 days ago', '3 days ago'])
    assert.deepEqual(await counts(page), ['4', '1', '6', '1'])
    const fold = page.getByRole('button', { name: 'Done today' })
    assert.equal(await fold.getAttribute('aria-expanded'), 'false')
    await fold.press('Enter')
    assert.deepEqual(await titles(page), ['Tax', 'Rent', 'Soap', 'Bread', 'Milk'])
    assert.equal(await fold.getAttribute('aria-expanded'), 'true')
    assert.equal(await fold.evaluate((element) => element === document.activeElement), true)
    await checkbox(page, 'Soap').click()
    await until(async () => (await titles(page)).join() === 'Tax,Rent,Bread,Soap,Milk')
    await heard(page, 'Soap: completed')
    await fold.click()
    assert.deepEqual(await titles(page), ['Tax', 'Rent', 'Bread'])
  })

  test('show by day what is to come, and what is done', async (t) => {
    await given({ Later: 40, Tomorrow: 1, Two: 2, 'One more': 1, 'x Old': undefined, Now: 0 })
    const old = new Date(Date.now() - 3 * 864e5).toISOString()
    await suite.call('POST', '/import', [{ title: 'Older', done: true, completed: old }])
    const { page } = await suite.visit(t, { path: '/upcoming' })
    assert.deepEqual(await titles(page), ['Tomorrow', 'One more', 'Two', 'Later'])
    assert.match((await headings(page))[0]!, /^Tomorrow .*\d.* 2$/)
    assert.equal((await headings(page)).length, 3)
    assert.equal(await page.locator('.due:visible').count(), 0, 'the heading says the day')
    await go(page, 'completed')
    assert.deepEqual(await titles(page), ['Old', 'Older'])
    const [today, before] = await headings(page)
    assert.match(today!, /^Today .* 1$/)
    assert.match(before!, /^3 days ago .* 1$/)
    await page.getByRole('searchbox').fill('older')
    assert.deepEqual(await titles(page), ['Older'])
    await page.getByRole('searchbox').fill('nothing like it')
    await page.locator('#none').getByText('Nothing found.').waitFor()
  })

  test('keep completed tasks out of the way in All: last, and folded until the user unfolds them', async (t) => {
    await given({ Soap: 0, 'x Milk': undefined, Trip: 3, Bread: undefined })
    const { page } = await suite.visit(t, { path: '/all' })
    assert.deepEqual(await titles(page), ['Soap', 'Trip', 'Bread'])
    await checkbox(page, 'Trip').press('Space')
    await until(async () => (await titles(page)).join() === 'Soap,Bread')
    assert.equal(await focusedName(page), 'Bread')
    const fold = page.getByRole('button', { name: 'Completed 2' })
    await page.getByRole('button', { name: 'Move Soap' }).press('ArrowDown')
    await until(async () => (await titles(page)).join() === 'Bread,Soap')
    // Below the fold is at the end of what can be ordered.
    await page.getByRole('button', { name: 'Move Soap' }).press('ArrowDown')
    const [grip, below] = [
      (await page.getByRole('button', { name: 'Move Bread' }).boundingBox())!,
      (await fold.boundingBox())!,
    ]
    await page.mouse.move(grip.x + 5, grip.y + 5)
    await page.mouse.down()
    await page.mouse.move(grip.x + 5, below.y + below.height + 3, { steps: 5 })
    await page.locator('.drop-end').waitFor({ state: 'attached' })
    await page.mouse.up()
    await until(async () => (await titles(page)).join() === 'Soap,Bread')
    await page.getByRole('searchbox').fill('i')
    assert.deepEqual(await titles(page), ['Milk', 'Trip'], 'what is searched is shown')
    await page.getByRole('searchbox').fill('')
    await fold.click()
    await page.reload()
    await row(page, 'Milk').waitFor()
    assert.deepEqual(await titles(page), ['Soap', 'Bread', 'Milk', 'Trip'])
    await checkbox(page, 'Soap').press('Space')
    assert.equal(await focusedName(page), 'Bread', 'the focus does not go down with it')
    await until(async () => (await list()).map(({ title }) => title).join() === 'Milk,Trip,Soap,Bread')
  })

  test('offer to search all tasks if the view has no result, by one click or Enter', async (t) => {
    await given({ Soap: 0, Trip: 3, 'Soap bars': undefined, 'x Soap dish': undefined })
    const { page } = await suite.visit(t, { path: '/upcoming' })
    for (const [from, how] of [
      ['upcoming', (page: Page) => page.getByRole('searchbox').press('Enter')],
      ['upcoming', (page: Page) => page.getByRole('button', { name: 'Search in All (3)' }).click()],
    ] as const) {
      await go(page, from)
      await page.getByRole('searchbox').fill('soap')
      await page.getByRole('button', { name: 'Search in All (3)' }).waitFor()
      await how(page)
      await heard(page, 'All tasks. 3 found')
      assert.deepEqual(await titles(page), ['Soap', 'Soap bars', 'Soap dish'])
      assert.equal(page.url(), `${suite.url()}/all?q=soap`)
      assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), 'BODY')
    }
    await go(page, 'upcoming')
    await page.getByRole('searchbox').fill('nowhere')
    await page.locator('#none').getByText('Nothing found.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Search in All' }).count(), 0)
  })

  test('have shortcuts in the manifest, of which one is for adding', async (t) => {
    await given({ Soap: 0 })
    const { page } = await suite.visit(t, phone)
    const { shortcuts } = await (await fetch(`${suite.url()}/manifest.webmanifest`)).json()
    assert.deepEqual(
      shortcuts.map(({ name }: { name: string }) => name),
      ['Add a task', 'Today', 'Upcoming'],
    )
    await page.goto(new URL(shortcuts[0].url, suite.url()).href)
    await until(async () => (await focusedName(page)) === 'new-title')
    assert.equal(page.url(), `${suite.url()}/all`)
    await page.goto(new URL(shortcuts[2].url, suite.url()).href)
    assert.equal(await page.locator('[aria-current=page]').getAttribute('data-view'), 'upcoming')
  })

  test('have addresses of their own, which the back button follows and the next visit remembers', async (t) => {
    await given({ Soap: 0, Trip: 3 })
    const { page, context } = await suite.visit(t)
    assert.equal(view(page), '/all')
    await page.getByRole('link', { name: 'Upcoming' }).press('Enter')
    await heard(page, 'Upcoming. 1 task left')
    await go(page, 'today')
    assert.deepEqual([view(page), await titles(page)], ['/today', ['Soap']])
    assert.equal(await page.locator('.views [aria-current=page]').getAttribute('data-view'), 'today')
    await page.goBack()
    assert.deepEqual([view(page), await titles(page)], ['/upcoming', ['Trip']])
    await page.goBack()
    assert.deepEqual([view(page), await titles(page)], ['/all', ['Soap', 'Trip']])
    await page.goForward()
    await page.reload()
    await row(page, 'Trip').waitFor()
    const next = await context.newPage()
    await next.goto(suite.url())
    await row(next, 'Trip').waitFor()
    assert.equal(view(next), '/upcoming')
    await next.goto(`${suite.url()}/active?q=soap`)
    await row(next, 'Soap').waitFor()
    assert.deepEqual([view(next), await titles(next)], ['/all', ['Soap']])
  })

  test('give what is added today the date of today', async (t) => {
    await given({})
    const { page } = await suite.visit(t, { path: '/today' })
    await composer(page).fill('Soap')
    await page.keyboard.press('Enter')
    await row(page, 'Soap').waitFor()
    await until(async () => (await dueOf('Soap')) === day(0))
    await composer(page).fill('Trip tomorrow')
    await lit(page, 'tomorrow')
    await page.keyboard.press('Enter')
    await page.locator('#toast').getByText('Trip added to all tasks').waitFor()
    await until(async () => (await dueOf('Trip')) === day(1))
    await page.locator('#toast').getByRole('button', { name: 'Show' }).click()
    assert.deepEqual([view(page), await titles(page)], ['/all', ['Soap', 'Trip']])
    await composer(page).fill('Post')
    await page.keyboard.press('Enter')
    await until(async () => (await list()).length === 3)
    assert.equal(await dueOf('Post'), '')
  })

  test('give a task another day by one key, which can be undone', async (t) => {
    await given({ Soap: 0, Rent: -3 })
    const { page } = await suite.visit(t, { path: '/today' })
    for (const [key, wanted, told] of [
      ['m', day(1), 'Rent: Tomorrow'],
      ['w', day(7), /Rent: .*\d/],
      ['0', '', 'Rent: No date'],
    ] as const) {
      await checkbox(page, 'Rent').press(key)
      await heard(page, told)
      await until(async () => (await dueOf('Rent')) === wanted)
      assert.deepEqual(await titles(page), ['Soap'])
      assert.equal(await focusedName(page), 'Soap')
      await page.keyboard.press('ControlOrMeta+z')
      await until(async () => (await dueOf('Rent')) === day(-3))
    }
    await checkbox(page, 'Rent').press('t')
    await until(async () => (await dueOf('Rent')) === day(0))
    assert.deepEqual(await titles(page), ['Soap', 'Rent'])
    assert.equal(await focusedName(page), 'Rent')
  })

  test('give a task another day by touch, in the menu of its row', async (t) => {
    await given({ Soap: 0, Rent: -3 })
    const { page } = await suite.visit(t, { ...phone, path: '/today', locale: 'de' })
    const menu = async (title: string) => {
      await page.getByRole('button', { name: `Mehr zu ${title}` }).tap()
      return page.locator('#row-menu [data-do]:visible').allTextContents()
    }
    assert.deepEqual((await menu('Soap')).slice(0, 4), [
      'Bearbeiten',
      'Morgen',
      'Nächste Woche',
      'Kein Datum',
    ])
    await page.getByRole('button', { name: 'Morgen', exact: true }).tap()
    await until(async () => (await dueOf('Soap')) === day(1))
    await page.locator('#toast').getByText('Soap: Morgen').waitFor()
    await menu('Rent')
    await page.getByRole('button', { name: 'Heute', exact: true }).tap()
    await until(async () => (await dueOf('Rent')) === day(0))
    assert.deepEqual(await titles(page), ['Rent'])
  })

  test('give a task another day when it is moved beyond a heading', async (t) => {
    await given({ One: 1, Two: 2, Three: 2 })
    const { page } = await suite.visit(t, { path: '/upcoming' })
    await checkbox(page, 'Two').press('Alt+ArrowUp')
    await until(async () => (await dueOf('Two')) === day(1))
    assert.deepEqual(await titles(page), ['One', 'Two', 'Three'])
    await checkbox(page, 'Two').press('Alt+ArrowUp')
    await until(async () => (await titles(page)).join() === 'Two,One,Three')
    assert.equal(await dueOf('Two'), day(1))
    const grip = (await page.getByRole('button', { name: 'Move Two' }).boundingBox())!
    const onto = (await row(page, 'Three').boundingBox())!
    await page.mouse.move(grip.x + 5, grip.y + 5)
    await page.mouse.down()
    await page.mouse.move(grip.x + 5, onto.y + onto.height - 2, { steps: 5 })
    await page.locator('.drop-before, .drop-end').waitFor()
    await page.mouse.up()
    await until(async () => (await dueOf('Two')) === day(2))
    assert.deepEqual(await titles(page), ['One', 'Three', 'Two'])
    await page.keyboard.press('ControlOrMeta+z')
    await until(async () => (await dueOf('Two')) === day(1))
    assert.deepEqual(await titles(page), ['Two', 'One', 'Three'])
  })

  test('take an overdue task to today by its grip, and nothing to the days before', async (t) => {
    await given({ Rent: -3, Soap: 0 })
    const { page } = await suite.visit(t, { path: '/today' })
    await page.getByRole('button', { name: 'Move Soap' }).press('ArrowUp')
    await page.getByRole('button', { name: 'Move Rent' }).press('ArrowDown')
    await until(async () => (await dueOf('Rent')) === day(0))
    assert.equal(await dueOf('Soap'), day(0))
  })

  test('keep a task in place while it is edited and gets another day elsewhere', async (t) => {
    await given({ Rent: -3, Soap: 0 })
    const { page } = await suite.visit(t, { path: '/today' })
    await page.getByRole('button', { name: 'Edit Soap' }).click()
    await page.getByLabel('Notes').fill('my notes')
    const { id } = (await list()).find(({ title }) => title === 'Soap')!
    await suite.call('PATCH', `/tasks/${id}`, { due: day(5) })
    await page.getByRole('heading', { name: 'Waiting for you' }).waitFor()
    await page.keyboard.type(' and more')
    assert.equal(await page.getByLabel('Notes').inputValue(), 'my notes and more')
    await page.keyboard.press('ControlOrMeta+Enter')
    await row(page, 'Soap').waitFor({ state: 'detached' })
    await until(async () => (await list()).some(({ notes }) => notes === 'my notes and more'))
  })

  test('go on with the day at midnight', async (t) => {
    await given({ Soap: 0, Trip: 1, 'x Milk': undefined })
    const { page } = await suite.visit(t)
    await page.clock.install()
    await page.goto(`${suite.url()}/today`)
    await row(page, 'Soap').waitFor()
    assert.deepEqual(await titles(page), ['Soap'])
    const now = new Date()
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
    await page.clock.fastForward(midnight.getTime() - now.getTime() + 60_000)
    await until(async () => (await titles(page)).join() === 'Soap,Trip')
    const [overdue, today, ...others] = await headings(page)
    assert.deepEqual([overdue, others], ['Overdue 1', []])
    assert.match(today!, /^Today/)
  })

  test('draw of a long list by day what is in view', async (t) => {
    await suite.given()
    const many = Array.from({ length: 900 }, (_, n) => ({
      title: `Task ${n}`,
      due: day(1 + Math.floor(n / 3)),
    }))
    await suite.call('POST', '/import', many)
    const { page } = await suite.visit(t, { path: '/upcoming' })
    await page.getByText('900 tasks left').first().waitFor({ state: 'attached' })
    assert.ok((await page.locator('#list > li').count()) < 150)
    await page.locator('.item [type=checkbox]').first().press('End')
    await until(async () => (await focusedName(page)) === 'Task 899')
    const last = row(page, 'Task 899')
    assert.equal(await last.getAttribute('aria-posinset'), '900')
    const box = (await last.boundingBox())!
    assert.ok(box.y >= 0 && box.y + box.height <= 720)
    assert.ok((await page.locator('#list > li').count()) < 150)
    await checkbox(page, 'Task 899').press('t')
    await until(async () => (await dueOf('Task 899')) === day(0))
    assert.equal(await focusedName(page), 'Task 898')
  })

  for (const height of [640, 740])
    test(`begin their first task in the upper quarter of a phone, 360 by ${height}`, async (t) => {
      await given({ Rent: -3, Soap: 0, Trip: 1, 'x Milk': undefined })
      for (const options of [{ locale: 'de' }, { locale: 'en' }]) {
        const { page } = await suite.visit(t, { ...phone, ...options, viewport: { width: 360, height } })
        for (const name of ['all', 'today', 'upcoming', 'completed']) {
          await page.locator(`[data-view=${name}]`).tap()
          const { y } = (await page.locator('.item').first().boundingBox())!
          assert.ok(y <= height / 4, `${name} begins at ${y} of ${height}`)
        }
      }
    })

  test('move nothing while they load, in German on a phone', async (t) => {
    await given({ Rent: -3, Soap: 0 })
    const { context } = await suite.visit(t, { ...phone, locale: 'de' })
    const page = await context.newPage()
    await page.addInitScript(() => {
      const shifts: unknown[] = []
      Object.assign(window, { shifts })
      new PerformanceObserver((entries) => {
        for (const entry of entries.getEntries()) shifts.push(entry.toJSON())
      }).observe({ type: 'layout-shift', buffered: true })
    })
    for (const visit of ['today', 'upcoming', 'today']) {
      await page.goto(`${suite.url()}/${visit}`)
      await page.locator('.item, #none:visible').first().waitFor()
      await page.getByText('Wer diese Adresse').waitFor()
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))
      assert.deepEqual(await page.evaluate(() => (window as { shifts?: unknown[] }).shifts), [])
    }
  })

  test('are sound from right to left', async (t) => {
    await given({ Rent: -3, Soap: 0, 'x Milk': undefined })
    const { page } = await suite.visit(t, { viewport: { width: 360, height: 700 }, path: '/today' })
    await page.locator('html').evaluate((html) => html.setAttribute('dir', 'rtl'))
    const title = (await page.locator('.group-title').first().boundingBox())!
    const count = (await page.locator('.group-count').first().boundingBox())!
    assert.ok(count.x < title.x)
    const sideways = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    assert.ok((await sideways()) <= 0)
  })
})

describe('The choices in the menu', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const paper = (page: Page) =>
    page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--paper'))

  test('make the page dark or light from the first paint on, whatever the system says', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, { colorScheme: 'light' })
    const light = await paper(page)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByLabel('Theme').selectOption('Dark')
    const dark = await paper(page)
    assert.notEqual(dark, light)
    // Nothing but the script that comes before the first paint.
    await page.route('**/main-*.js', (route) => route.abort())
    await page.reload()
    assert.equal(await paper(page), dark)
    assert.equal(await page.locator('[name=theme-color]').getAttribute('content'), '#101714')
    await page.goto(`${suite.url()}/sign-in.html`)
    assert.equal(await paper(page), dark)
    await page.emulateMedia({ media: 'print' })
    assert.equal(await paper(page), light)
    await page.emulateMedia({ media: 'screen' })
    await page.unroute('**/main-*.js')
    await page.goto(suite.url())
    await row(page, 'One').waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByLabel('Theme').selectOption('System')
    assert.equal(await paper(page), light)
    await page.emulateMedia({ colorScheme: 'dark' })
    await until(async () => (await paper(page)) === dark)
  })

  test('say everything in the language that is chosen, and lose nothing that is written', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, { locale: 'en-GB' })
    await composer(page).fill('half a thought')
    await page.getByRole('button', { name: 'More' }).press('Enter')
    await page.getByLabel('Language').selectOption('Deutsch')
    await page.getByRole('heading', { name: 'Aufgaben', exact: true }).waitFor()
    await until(async () => (await page.getByLabel('Neue Aufgabe').inputValue()) === 'half a thought')
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    await page.reload()
    await page.getByRole('button', { name: 'Mehr', exact: true }).click()
    assert.equal(await page.getByLabel('Sprache').inputValue(), 'de')
    await page.getByLabel('Sprache').selectOption('Browser')
    await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
  })
})
