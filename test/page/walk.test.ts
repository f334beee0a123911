/** The walk of docs/walk.md, with what it takes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { dateOf, shifted } from '../../web/src/dates/dates.ts'
import { root } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { composer, lit, phone, row, type TaskJson, titles } from './helpers.ts'

const tomorrow = shifted(dateOf(new Date()), 1, 'day')

/** A user whose clicks and keys are counted. */
function userOf(page: Page) {
  const count = { clicks: 0, keys: 0 }
  return {
    page,
    count,
    click(locator: Locator) {
      count.clicks++
      return locator.click()
    },
    tap(locator: Locator) {
      count.clicks++
      return locator.tap()
    },
    press(key: string) {
      count.keys++
      return page.keyboard.press(key)
    },
    /** Words of the user's own. */
    type: (text: string) => page.keyboard.type(text),
  }
}
type User = ReturnType<typeof userOf>

describe('The walk of a new user', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = () => suite.call('GET', '/tasks') as Promise<TaskJson[]>
  const one = async (title: string) => (await list()).find((task) => task.title === title)
  const isDue = (title: string) => until(async () => (await one(title))?.due === tomorrow)
  const menu = (page: Page) => page.getByRole('button', { name: 'More', exact: true })

  const walk: Readonly<Record<string, (user: User) => Promise<unknown>>> = {
    async 'add with a date'({ page, type, press }) {
      await type('Call mum tomorrow')
      await lit(page, 'tomorrow')
      await press('Enter')
      await isDue('Call mum')
    },
    async 'move to tomorrow'({ page, click, press }) {
      await click(page.getByRole('button', { name: 'Move Bread' }))
      await press('m')
      await isDue('Bread')
    },
    async find({ page, click, type }) {
      await click(page.getByRole('searchbox'))
      await type('brea')
      await until(async () => (await titles(page)).join() === 'Bread')
    },
    async 'edit notes'({ page, click, type, press }) {
      await click(page.getByText('Bread', { exact: true }))
      await click(page.getByLabel('Notes'))
      await type('rye')
      await press('ControlOrMeta+Enter')
      await until(async () => (await one('Bread'))?.notes === 'rye')
    },
    async undo({ page, press }) {
      await page.getByRole('button', { name: 'Delete Bread' }).click()
      await row(page, 'Bread').waitFor({ state: 'detached' })
      await press('ControlOrMeta+z')
      await row(page, 'Bread').waitFor()
    },
    async 'add on a phone'({ page, tap, type }) {
      await tap(composer(page))
      await type('Call mum')
      await tap(page.getByRole('button', { name: 'Tomorrow', exact: true }))
      await tap(page.getByRole('button', { name: 'Add' }))
      await isDue('Call mum')
    },
    async 'add offline'({ page, type, press }) {
      await page.context().setOffline(true)
      await type('Milk')
      await press('Enter')
      await row(page, 'Milk').waitFor()
      await page.context().setOffline(false)
      await until(async () => (await one('Milk')) !== undefined)
    },
    async print({ page, press }) {
      await press('ControlOrMeta+p')
      await page.emulateMedia({ media: 'print' })
      assert.match(await page.locator('body').innerText(), /^Tasks\s+Bread\s+Salt\s*$/)
    },
    async import({ page, click }) {
      await click(menu(page))
      const chooser = page.waitForEvent('filechooser')
      await click(page.getByRole('button', { name: 'Import …' }))
      const buffer = Buffer.from('TYPE,CONTENT,PRIORITY,INDENT,DATE\ntask,Socks,4,1,\n')
      await (await chooser).setFiles({ name: 'todoist.csv', mimeType: 'text/csv', buffer })
      await click(page.getByRole('dialog').getByRole('button', { name: 'Import' }))
      await row(page, 'Socks').waitFor()
    },
    async 'share to a calendar'({ page, click }) {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await click(menu(page))
      await click(page.getByRole('button', { name: 'Calendar …' }))
      await click(page.getByRole('button', { name: 'Copy' }))
      const copied = () => page.evaluate(() => navigator.clipboard.readText())
      await until(async () => (await copied()).endsWith('/calendar.ics'))
    },
  }

  const told = readFileSync(join(root, 'docs/walk.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| |') && !line.startsWith('| -'))
    .map((line) => line.split('|').map((cell) => cell.trim()))

  test('has ten tasks', () => {
    assert.deepEqual(
      told.map(([, name]) => name),
      Object.keys(walk),
    )
    assert.equal(told.length, 10)
  })

  for (const [, name, , clicks, keys] of told)
    test(`takes ${clicks} clicks and ${keys} keys to ${name}`, async (t) => {
      await suite.given('Bread', 'Salt')
      const { page } = await suite.visit(t, {
        ...(name === 'add on a phone' && phone),
        path: '/all',
        expectComplaints: name === 'add offline',
      })
      const user = userOf(page)
      await walk[name!]!(user)
      assert.deepEqual(user.count, { clicks: Number(clicks), keys: Number(keys) })
    })
})
