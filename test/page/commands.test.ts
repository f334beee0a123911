/** Ctrl+K shows all that can be done. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { checkbox, composer, phone, row, type TaskJson } from './helpers.ts'

describe('The commands', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = async () => (await suite.call('GET', '/tasks')) as TaskJson[]
  const dialog = (page: Page) => page.locator('#commands')
  const options = (page: Page) => page.getByRole('option')

  test('are found by typing and done by Enter, with their keys and numbers beside them', async (t) => {
    await suite.given('One', 'Two', 'x Three')
    const { page } = await suite.visit(t, { path: '/all' })
    await composer(page).focus()
    await page.keyboard.press('Control+k')
    const field = page.getByRole('combobox', { name: 'Commands' })
    await field.waitFor()
    assert.ok((await options(page).allTextContents()).includes('Undo Ctrl Z'))
    await page.keyboard.type('all complete')
    assert.deepEqual(await options(page).allTextContents(), ['Complete all (2)'])
    assert.equal(
      await field.getAttribute('aria-activedescendant'),
      await options(page).first().getAttribute('id'),
    )
    await page.keyboard.press('Enter')
    await until(async () => (await list()).every(({ done }) => done))
    assert.equal(await dialog(page).isVisible(), false)
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'new-title')
  })

  test('are walked through by arrows, and left by Escape', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, { path: '/all' })
    await page.keyboard.press('Control+k')
    await options(page).first().waitFor()
    const selected = () => page.locator('[aria-selected=true]').textContent()
    assert.match((await selected())!, /^New task/)
    await page.keyboard.press('ArrowUp')
    assert.match((await selected())!, /^Keyboard shortcuts/)
    await page.keyboard.press('ArrowDown')
    assert.match((await selected())!, /^New task/)
    await page.keyboard.type('nothing like it')
    await dialog(page).getByText('Nothing found.').waitFor()
    await page.keyboard.press('Enter')
    assert.equal(await dialog(page).isVisible(), true)
    await page.keyboard.press('Escape')
    assert.equal(await dialog(page).isVisible(), false)
  })

  test('open without a network, too', async (t) => {
    await suite.given('One')
    const { page, context } = await suite.visit(t, { path: '/all', expectComplaints: true })
    await page.evaluate(() => navigator.serviceWorker.ready)
    await context.setOffline(true)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('upcoming')
    await options(page).getByText('Upcoming').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/upcoming')
  })

  test('include those of the row that has the focus', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, { path: '/all' })
    await checkbox(page, 'One').focus()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('delete')
    await options(page).getByText('Delete: One').waitFor()
    await page.keyboard.press('Enter')
    await row(page, 'One').waitFor({ state: 'detached' })
    await until(async () => (await list()).map(({ title }) => title).join() === 'Two')
  })

  test('speak German, and open from the menu by touch', async (t) => {
    await suite.given('Eins')
    const { page } = await suite.visit(t, { ...phone, locale: 'de-DE', path: '/all' })
    await page.getByRole('button', { name: 'Mehr', exact: true }).tap()
    await page.getByRole('button', { name: 'Befehle' }).tap()
    await page.getByRole('combobox', { name: 'Befehle' }).fill('geplant')
    await options(page).first().tap()
    await page.waitForURL('**/upcoming')
  })
})
