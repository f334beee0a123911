/** Several lists on the page: each has its address, and what shows them is not there while there is one. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { faults } from './axe.ts'
import {
  checkbox,
  composer,
  focusedName,
  heard,
  phone,
  row,
  type TaskJson,
  titles,
  touch,
} from './helpers.ts'

interface ListJson {
  readonly id: number
  readonly name: string
  readonly color?: string
}

type Listed = TaskJson & { readonly list?: number }

describe('Lists on the page', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const lists = () => suite.call('GET', '/lists') as Promise<ListJson[]>
  const tasks = () => suite.call('GET', '/tasks') as Promise<Listed[]>
  const listOf = async (title: string) => (await tasks()).find((task) => task.title === title)?.list ?? 1
  const today = () => new Date().toLocaleDateString('sv')
  const names = (page: Page) => page.locator('#lists .name').allTextContents()
  const link = (page: Page, name: string) =>
    page.locator('#lists a').filter({ has: page.getByText(name, { exact: true }) })
  const labels = (page: Page) => page.locator('.in-list:visible').allTextContents()
  const dialog = (page: Page) => page.getByRole('dialog')
  const shows = (page: Page, ...wanted: string[]) =>
    until(async () => (await titles(page)).join() === wanted.join())

  /** Removes all there is and makes these, in the first list where none is named. The ids of the lists by their names. */
  async function given(made: Record<string, string | undefined>, ...those: [title: string, list?: string][]) {
    for (const { id } of await lists()) if (id !== 1) await suite.call('DELETE', `/lists/${id}`)
    await suite.call('PATCH', '/lists/1', { name: 'Tasks' })
    await suite.call('PATCH', '/tasks', { ids: [[1, 9_999]], deleted: true })
    const ids: Record<string, number> = { Tasks: 1 }
    for (const [name, color] of Object.entries(made)) {
      const { id } = (await suite.call('POST', '/lists', { name, ...(color && { color }) })) as ListJson
      ids[name] = id
    }
    for (const [title, list = 'Tasks'] of those)
      await suite.call('POST', '/tasks', { title, due: today(), list: ids[list] })
    return ids as Readonly<Record<string, number>>
  }

  test('show nothing but the way to add another while there is only one', async (t) => {
    await given({}, ['Soap'])
    const { page } = await suite.visit(t, { path: '/all' })
    await checkbox(page, 'Soap').focus()
    await page.keyboard.press('l')
    await page.keyboard.press('g')
    assert.equal(await dialog(page).count(), 0)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('list')
    await page.getByRole('option', { name: 'New list …' }).waitFor()
    assert.equal(await page.getByRole('option').count(), 1)
    assert.equal(await page.locator('#lists').isVisible(), false)
    assert.deepEqual(await labels(page), [])
    await page.keyboard.press('Enter')
    await dialog(page).getByRole('textbox', { name: 'Name of the list' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('A list needs a name.').waitFor()
    await page.keyboard.type('Groceries')
    await dialog(page).getByRole('radio', { name: 'Green' }).check()
    assert.deepEqual(await faults(page, 'dialog[open]'), [])
    await dialog(page).getByRole('button', { name: 'Save' }).click()
    await heard(page, 'List Groceries made')
    const [, { id, name, color } = { id: 0, name: '', color: '' }] = await lists()
    assert.deepEqual([name, color], ['Groceries', 'green'])
    assert.equal(page.url(), `${suite.url()}/all?list=${id}`)
    assert.deepEqual(await names(page), ['Tasks', 'Groceries'])
    assert.deepEqual(await titles(page), [])
    await composer(page).fill('Milk')
    await page.keyboard.press('Enter')
    await shows(page, 'Milk')
    await until(async () => (await listOf('Milk')) === id)
    assert.deepEqual(await labels(page), [])
  })

  test('have an address each, beside the views', async (t) => {
    const ids = await given(
      { Groceries: 'green', Work: undefined },
      ['Soap'],
      ['Milk', 'Groceries'],
      ['Report', 'Work'],
    )
    const { page } = await suite.visit(t, { path: '/all' })
    await link(page, 'Groceries').click()
    await heard(page, 'Groceries. 1 task left')
    await shows(page, 'Milk')
    assert.equal(await link(page, 'Groceries').getAttribute('aria-current'), 'page')
    assert.equal(await page.locator('[data-view][aria-current]').count(), 0)
    await page.getByRole('searchbox').fill('o')
    await page.getByRole('button', { name: 'Search in All (2)' }).click()
    await shows(page, 'Soap', 'Report')
    await page.goBack()
    await page.waitForURL(`**/all?list=${ids['Groceries']}&q=o`)
    await page.getByRole('searchbox').fill('')
    await shows(page, 'Milk')
    // The address follows a frame later (keepQuery).
    await page.waitForURL((url) => !url.searchParams.has('q'))
    await page.reload()
    await shows(page, 'Milk')
    await page.goto(suite.url())
    await shows(page, 'Milk')
    await page.waitForURL(`**/all?list=${ids['Groceries']}`)
    await page.locator('[data-view=all]').click()
    await shows(page, 'Soap', 'Milk', 'Report')
    assert.deepEqual(await labels(page), ['Tasks', 'Groceries', 'Work'])
    assert.deepEqual(await faults(page), [])
    await link(page, 'Tasks').click()
    await shows(page, 'Soap')
  })

  test('appear together in Today, where each task shows its list', async (t) => {
    await given({ Groceries: 'green' }, ['Soap'], ['Milk', 'Groceries'])
    const { page } = await suite.visit(t, { path: '/today', colorScheme: 'dark' })
    await shows(page, 'Soap', 'Milk')
    await link(page, 'Groceries').waitFor()
    assert.deepEqual(await labels(page), ['Tasks', 'Groceries'])
    assert.deepEqual(await faults(page), [])
    await composer(page).fill('Bread')
    await page.keyboard.press('Enter')
    await row(page, 'Bread').getByText('Tasks').waitFor()
    await until(async () => (await tasks()).length === 3)
    assert.equal(await listOf('Bread'), 1)
  })

  test('are chosen by a key, to go there and to move a task there, and undo takes that back', async (t) => {
    const ids = await given({ Groceries: 'green', Work: 'blue' }, ['Milk'], ['Soap'])
    const { page } = await suite.visit(t, { path: '/all?list=1' })
    await link(page, 'Work').waitFor()
    await checkbox(page, 'Milk').focus()
    await page.keyboard.press('l')
    await dialog(page).getByRole('option', { name: 'Groceries' }).waitFor()
    assert.deepEqual(await page.getByRole('option').allTextContents(), ['Groceries', 'Work'])
    await page.keyboard.type('gro')
    await page.keyboard.press('Enter')
    await heard(page, 'Milk: Groceries')
    await shows(page, 'Soap')
    assert.equal(await focusedName(page), 'Soap')
    await until(async () => (await listOf('Milk')) === ids['Groceries'])
    await page.keyboard.press('g')
    await page.keyboard.type('groc')
    await dialog(page).getByRole('option', { name: 'Groceries' }).waitFor()
    await page.keyboard.press('Enter')
    await shows(page, 'Milk')
    await page.keyboard.press('Control+z')
    await shows(page)
    await until(async () => (await listOf('Milk')) === 1)
    await page.keyboard.press('Control+Shift+z')
    await shows(page, 'Milk')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('go to list tasks')
    await dialog(page).getByRole('option', { name: 'Go to list: Tasks' }).waitFor()
    await page.keyboard.press('Enter')
    await shows(page, 'Soap')
  })

  test('take a task by touch, from its menu and onto their links', async (t) => {
    const ids = await given({ Groceries: 'green', Work: 'blue' }, ['Milk'], ['Soap'])
    const { page, context } = await suite.visit(t, { ...phone, path: '/all' })
    await link(page, 'Work').waitFor()
    await page.getByRole('button', { name: 'More for Milk' }).tap()
    await page.getByRole('button', { name: 'Move to list …' }).tap()
    await dialog(page).getByRole('option', { name: 'Groceries' }).tap()
    await row(page, 'Milk').getByText('Groceries').waitFor()
    await until(async () => (await listOf('Milk')) === ids['Groceries'])
    const finger = await touch(context, page)
    const at = async (locator: ReturnType<typeof row>) => {
      const { x, y, width, height } = (await locator.boundingBox())!
      return { x: x + width / 2, y: y + height / 2 }
    }
    const grip = await at(page.getByRole('button', { name: 'Move Soap' }))
    const to = await at(link(page, 'Work'))
    await finger.down(grip)
    await finger.move({ x: grip.x, y: grip.y - 20 })
    await finger.move(to)
    await page.locator('#lists .drop-before').waitFor()
    await finger.up()
    await row(page, 'Soap').getByText('Work').waitFor()
    await until(async () => (await listOf('Soap')) === ids['Work'])
  })

  test('take a task that is dragged there, and Escape leaves it', async (t) => {
    const ids = await given({ Groceries: 'green' }, ['Milk'], ['Soap'])
    const { page } = await suite.visit(t, { path: '/all' })
    const box = async (locator: ReturnType<typeof row>) => (await locator.boundingBox())!
    for (const drop of [false, true]) {
      const grip = await box(page.getByRole('button', { name: 'Move Milk' }))
      const to = await box(link(page, 'Groceries'))
      await page.mouse.move(grip.x + 5, grip.y + 5)
      await page.mouse.down()
      await page.mouse.move(to.x + 20, to.y + 10, { steps: 4 })
      await page.locator('#lists .drop-before').waitFor()
      if (!drop) await page.keyboard.press('Escape')
      await page.mouse.up()
      await page.locator('#lists .drop-before').waitFor({ state: 'detached' })
      if (!drop) assert.deepEqual(await labels(page), ['Tasks', 'Tasks'])
    }
    await row(page, 'Milk').getByText('Groceries').waitFor()
    await until(async () => (await listOf('Milk')) === ids['Groceries'])
    await shows(page, 'Milk', 'Soap')
  })

  test('are renamed, coloured and ordered, here and on another device', async (t) => {
    const ids = await given({ Groceries: 'green', Work: undefined }, ['Milk', 'Groceries'])
    const { page } = await suite.visit(t, { path: `/all?list=${ids['Groceries']}` })
    const { page: other } = await suite.visit(t, { ...phone, path: '/all' })
    await row(other, 'Milk').getByText('Groceries').waitFor()
    await page.getByRole('button', { name: 'Edit list Groceries' }).press('Enter')
    await dialog(page).getByRole('button', { name: 'Move up' }).click()
    await until(async () => (await names(other)).join() === 'Groceries,Tasks,Work')
    await dialog(page).getByRole('button', { name: 'Move down' }).click()
    await heard(page, 'Groceries moved to place 2 of 3')
    await dialog(page).getByRole('button', { name: 'Move down' }).click()
    await until(async () => (await names(other)).join() === 'Tasks,Work,Groceries')
    await dialog(page).getByRole('textbox').fill('Shop')
    await dialog(page).getByRole('radio', { name: 'No colour' }).check()
    await page.keyboard.press('Enter')
    await row(other, 'Milk').getByText('Shop').waitFor()
    await until(async () => (await names(page)).join() === 'Tasks,Work,Shop')
    assert.deepEqual((await lists()).at(-1)!.color, undefined)
    await page.getByRole('heading', { name: 'Shop', level: 2 }).waitFor({ state: 'attached' })
  })

  test('keep concurrent changes made while the dialog is open', async (t) => {
    const ids = await given({ Groceries: 'green', Work: undefined })
    const path = `/lists/${ids['Groceries']}`
    const { page } = await suite.visit(t, { path: `/all?list=${ids['Groceries']}` })
    await page.getByRole('button', { name: 'Edit list Groceries' }).click()
    await suite.call('PATCH', path, { name: 'Food' })
    await dialog(page).getByRole('radio', { name: 'Red' }).check()
    await page.keyboard.press('Enter')
    await until(async () => (await names(page)).join() === 'Tasks,Food,Work')
    assert.deepEqual(await suite.call('GET', path), { id: ids['Groceries'], name: 'Food', color: 'red' })
    await page.getByRole('button', { name: 'Edit list Food' }).click()
    await dialog(page).getByRole('textbox').fill('Mine')
    await suite.call('PATCH', path, { name: 'Theirs' })
    await page.keyboard.press('Enter')
    await dialog(page).getByText('Changed elsewhere meanwhile: Theirs, Red.').waitFor()
    assert.equal(await dialog(page).getByRole('textbox').inputValue(), 'Mine')
    await page.keyboard.press('Enter')
    await until(async () => (await names(page)).join() === 'Tasks,Mine,Work')
  })

  test('keep the draft of the dialog through a reload and a click outside it', async (t) => {
    const ids = await given({ Groceries: 'green' })
    const { page } = await suite.visit(t, { path: `/all?list=${ids['Groceries']}` })
    await page.getByRole('button', { name: 'Edit list Groceries' }).click()
    await dialog(page).getByRole('textbox').fill('Shop')
    await page.mouse.click(5, 5)
    await page.reload()
    await dialog(page).getByRole('heading', { name: 'Groceries' }).waitFor()
    assert.equal(await dialog(page).getByRole('textbox').inputValue(), 'Shop')
    await suite.call('PATCH', `/lists/${ids['Groceries']}`, { color: 'blue' })
    await page.keyboard.press('Enter')
    await until(async () => (await names(page)).join() === 'Tasks,Shop')
    assert.equal((await lists())[1]!.color, 'blue')
    await dialog(page).waitFor({ state: 'detached' })
    await page.reload()
    await link(page, 'Shop').waitFor()
    assert.equal(await dialog(page).count(), 0)
  })

  test('come back with their tasks when the deletion is undone', async (t) => {
    const ids = await given({ Groceries: 'green' }, ['Soap'], ['Milk', 'Groceries'])
    const { page } = await suite.visit(t, { path: `/all?list=${ids['Groceries']}` })
    await page.getByRole('button', { name: 'Edit list Groceries' }).click()
    await dialog(page).getByRole('button', { name: 'Delete' }).click()
    await page.locator('#toast').getByText('List Groceries deleted').waitFor()
    await shows(page, 'Soap')
    assert.equal(page.url(), `${suite.url()}/all`)
    assert.equal(await page.locator('#lists').isVisible(), false)
    for (const undo of ['Undo', 'Control+z']) {
      if (undo === 'Undo') await page.locator('#toast').getByRole('button', { name: undo }).click()
      else await page.keyboard.press(undo)
      await shows(page, 'Milk')
      await page.waitForURL(`**/all?list=${ids['Groceries']}`)
      await link(page, 'Groceries').waitFor()
      if (undo === 'Control+z') break
      await page.keyboard.press('Control+Shift+z')
      await shows(page, 'Soap')
      assert.equal(page.url(), `${suite.url()}/all`)
      // Also what was done before the page was loaded anew.
      await page.reload()
      await shows(page, 'Soap')
    }
    await link(page, 'Tasks').click()
    await page.getByRole('button', { name: 'Edit list Tasks' }).click()
    assert.equal(await dialog(page).getByRole('button', { name: 'Delete' }).count(), 0, 'the first stays')
  })

  test('lose no draft when a list is deleted elsewhere', async (t) => {
    const ids = await given({ Groceries: 'green', Work: undefined }, ['Soap'], ['Milk', 'Groceries'])
    const { page } = await suite.visit(t, { path: `/all?list=${ids['Groceries']}` })
    await shows(page, 'Milk')
    await link(page, 'Groceries').waitFor()
    await composer(page).fill('Half a')
    await suite.call('DELETE', `/lists/${ids['Groceries']}`)
    await page.locator('#toast').getByText('The list Groceries was deleted elsewhere.').waitFor()
    await shows(page, 'Soap')
    assert.equal(page.url(), `${suite.url()}/all`)
    assert.equal(await composer(page).inputValue(), 'Half a')
    await page.keyboard.type(' loaf')
    await page.keyboard.press('Enter')
    await until(async () => (await tasks()).some(({ title }) => title === 'Half a loaf'))
    assert.equal(await listOf('Half a loaf'), 1)
  })

  test('deleted elsewhere leave tasks added there meanwhile in the first list, and tasks moved there where they were', async (t) => {
    const ids = await given({ Groceries: 'green', Work: undefined }, ['Soap', 'Work'])
    const { page, context } = await suite.visit(t, {
      path: `/all?list=${ids['Groceries']}`,
      expectComplaints: true,
    })
    await link(page, 'Groceries').waitFor()
    await context.setOffline(true)
    await composer(page).fill('Bread')
    await page.keyboard.press('Enter')
    await link(page, 'Work').click()
    await checkbox(page, 'Soap').focus()
    await page.keyboard.press('l')
    await page.keyboard.type('gro')
    await dialog(page).getByRole('option', { name: 'Groceries' }).waitFor()
    await page.keyboard.press('Enter')
    await shows(page)
    await suite.call('DELETE', `/lists/${ids['Groceries']}`)
    await context.setOffline(false)
    await shows(page, 'Soap')
    await until(async () => (await tasks()).length === 2)
    assert.deepEqual([await listOf('Bread'), await listOf('Soap')], [1, ids['Work']])
    await page.locator('[data-view=all]').click()
    await shows(page, 'Soap', 'Bread')
    assert.equal(await page.getByText('Not saved').count(), 0)
    // Also where the choice was open already.
    await checkbox(page, 'Soap').focus()
    await page.keyboard.press('l')
    await dialog(page).getByRole('option', { name: 'Tasks' }).waitFor()
    await suite.call('DELETE', `/lists/${ids['Work']}`)
    await row(page, 'Soap').waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await dialog(page).waitFor({ state: 'detached' })
    assert.equal(await page.getByText('Deleted elsewhere').count(), 0)
  })

  test('are as they were without a network, and a task that is moved is sent later', async (t) => {
    const ids = await given({ Groceries: 'green' }, ['Soap'], ['Milk', 'Groceries'])
    const { page, context } = await suite.visit(t, { path: '/all', expectComplaints: true })
    await link(page, 'Groceries').waitFor()
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    // Leaving keeps what is there.
    await page.goto('about:blank')
    await context.setOffline(true)
    await page.goto(`${suite.url()}/all?list=${ids['Groceries']}`)
    await shows(page, 'Milk')
    assert.deepEqual(await names(page), ['Tasks', 'Groceries'])
    await checkbox(page, 'Milk').focus()
    await page.keyboard.press('l')
    await dialog(page).getByRole('option', { name: 'Tasks' }).waitFor()
    await page.keyboard.press('Enter')
    await shows(page)
    await composer(page).fill('Bread')
    await page.keyboard.press('Enter')
    await shows(page, 'Bread')
    await page.getByRole('button', { name: 'Edit list Groceries' }).click()
    await dialog(page).getByRole('textbox').fill('Shop')
    await page.keyboard.press('Enter')
    await page.getByText('Lists can be changed only while the server can be reached.').waitFor()
    assert.equal(await dialog(page).getByRole('textbox').inputValue(), 'Shop')
    await context.setOffline(false)
    await until(async () => (await listOf('Milk')) === 1 && (await listOf('Bread')) === ids['Groceries'])
    await page.keyboard.press('Enter')
    await until(async () => (await names(page)).join() === 'Tasks,Shop')
  })

  test('are offered as a choice when two devices move a task', async (t) => {
    const ids = await given({ Groceries: 'green', Work: undefined }, ['Milk'])
    const { page, context } = await suite.visit(t, { path: '/all', expectComplaints: true })
    await link(page, 'Work').waitFor()
    await context.setOffline(true)
    await checkbox(page, 'Milk').focus()
    await page.keyboard.press('l')
    await page.keyboard.type('work')
    await dialog(page).getByRole('option', { name: 'Work' }).waitFor()
    await page.keyboard.press('Enter')
    const [{ id } = { id: 0 }] = await tasks()
    await suite.call('PATCH', `/tasks/${id}`, { list: ids['Groceries'] })
    await context.setOffline(false)
    await page.getByText('Changed elsewhere meanwhile').waitFor()
    assert.deepEqual(await page.locator('.conflict dd').allTextContents(), ['Work', 'Groceries'])
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await until(async () => (await listOf('Milk')) === ids['Work'])
  })

  for (const viewport of [
    { width: 500, height: 800 },
    { width: 1280, height: 800 },
  ])
    test(`move nothing when they come, ${viewport.width} pixels wide`, async (t) => {
      await given({ Groceries: 'green' }, ['Soap'], ['Milk', 'Groceries'])
      const { page } = await suite.visit(t, { viewport, path: '/today' })
      await link(page, 'Groceries').waitFor()
      await page.goto('about:blank')
      await page.addInitScript(() => {
        const shifts: unknown[] = []
        Object.assign(window, { shifts })
        new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({
          type: 'layout-shift',
          buffered: true,
        })
      })
      await page.goto(`${suite.url()}/today`)
      await link(page, 'Groceries').waitFor()
      await page.getByText('Anybody who knows this address').waitFor()
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))))
      assert.deepEqual(await page.evaluate(() => (window as { shifts?: unknown[] }).shifts), [])
    })

  test('speak German, from right to left, too', async (t) => {
    await given({ Einkauf: 'teal' }, ['Seife'], ['Milch', 'Einkauf'])
    const { page } = await suite.visit(t, { ...phone, locale: 'de-DE', path: '/all' })
    await until(async () => (await labels(page)).join() === 'Aufgaben,Einkauf')
    await page.locator('html').evaluate((html) => html.setAttribute('dir', 'rtl'))
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
    await link(page, 'Einkauf').tap()
    await shows(page, 'Milch')
    await page.getByRole('button', { name: 'Liste Einkauf bearbeiten' }).tap()
    await dialog(page).getByRole('radio', { name: 'Petrol' }).waitFor()
    assert.equal(
      await dialog(page).getByRole('radio', { checked: true }).getAttribute('aria-label'),
      'Petrol',
    )
    assert.deepEqual(await faults(page, 'dialog[open]'), [])
    await page.keyboard.press('Escape')
    await link(page, 'Aufgaben').tap()
    await page.getByRole('button', { name: 'Liste Aufgaben bearbeiten' }).tap()
    await dialog(page).getByRole('radio', { name: 'Petrol' }).check()
    await dialog(page).getByRole('button', { name: 'Speichern' }).tap()
    await until(async () => (await lists())[0]!.color === 'teal')
    assert.equal((await lists())[0]!.name, 'Tasks', 'only what was changed is sent')
  })
})
