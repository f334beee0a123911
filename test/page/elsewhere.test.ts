/** Coming from another program, and going to a calendar: what the page loads when it is asked for. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { browserSuite, needsChromium, type Page, until } from '../helpers/browser.ts'
import { faults } from './axe.ts'
import { phone, titles } from './helpers.ts'

const assertAccessible = async (page: Page) => assert.deepEqual(await faults(page, 'dialog[open]'), [])

describe('From and to other programs, on the page:', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = async () =>
    (await suite.call('GET', '/tasks')) as { title: string; due?: string; repeat?: string; done: boolean }[]
  const choose = async (page: Page, name: string, text: string, menu = 'More', item = 'Import …') => {
    await page.getByRole('button', { name: menu, exact: true }).click()
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: item }).click(),
    ])
    await chooser.setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
  }
  const calendar = [
    'BEGIN:VCALENDAR',
    ...['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven'].flatMap((title, at) => [
      'BEGIN:VTODO',
      `SUMMARY:${title} <b>&amp;`,
      `DUE;VALUE=DATE:2027020${at + 1}`,
      'RRULE:FREQ=DAILY',
      'END:VTODO',
    ]),
    'BEGIN:VEVENT',
    'SUMMARY:Party',
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\r\n')

  test('a file is shown before it is imported, and one undo takes it back', async (t) => {
    await suite.given('Mine')
    const { page } = await suite.visit(t)
    await choose(page, 'todo.ics', calendar)
    const dialog = page.getByRole('dialog', { name: 'Import 7 tasks from todo.ics?' })
    await dialog.waitFor()
    assert.deepEqual(await dialog.getByRole('listitem').allTextContents(), [
      'One <b>&amp; Mon, Feb 1, 2027, every day',
      'Two <b>&amp; Tue, Feb 2, 2027, every day',
      'Three <b>&amp; Wed, Feb 3, 2027, every day',
      'Four <b>&amp; Thu, Feb 4, 2027, every day',
      'Five <b>&amp; Fri, Feb 5, 2027, every day',
      'and 2 more',
      'Events and journals: only to-dos are taken',
    ])
    await assertAccessible(page)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.equal((await list()).length, 1, 'nothing happens before it is wanted')

    await choose(page, 'todo.ics', calendar)
    await dialog.waitFor()
    // The button that imports has the focus.
    await page.keyboard.press('Enter')
    await page.getByText('7 tasks imported').first().waitFor()
    await until(async () => (await titles(page)).length === 8)
    assert.deepEqual(
      (await list()).slice(1, 3).map(({ title, due, repeat }) => [title, due, repeat]),
      [
        ['One <b>&amp;', '2027-02-01', 'FREQ=DAILY'],
        ['Two <b>&amp;', '2027-02-02', 'FREQ=DAILY'],
      ],
    )
    await page.getByRole('button', { name: 'Undo' }).click()
    await until(async () => (await titles(page)).join() === 'Mine')
    await until(async () => (await list()).length === 1)
  })

  test('lists come along, are said before, and stay when the tasks are taken back', async (t) => {
    await suite.given('Mine')
    await suite.call('POST', '/lists', { name: 'Home' })
    const lists = async () =>
      ((await suite.call('GET', '/lists')) as { name: string }[]).map(({ name }) => name).join()
    const { page } = await suite.visit(t, { path: '/all' })
    const file = ['Soap +Home', 'Mail +Work', 'Tea', 'Mop +Home'].join('\n')
    await choose(page, 'todo.txt', file)
    const dialog = page.getByRole('dialog', { name: 'Import 4 tasks from todo.txt?' })
    await dialog.getByText('Into the lists Home, Work (new), and Tasks', { exact: true }).waitFor()
    assert.deepEqual(await dialog.getByRole('listitem').allTextContents(), [
      'Soap +Home Home',
      'Mail +Work Work',
      'Tea',
      'Mop +Home Home',
    ])
    await assertAccessible(page)
    await page.keyboard.press('Enter')
    await page.getByText('4 tasks imported').first().waitFor()
    await until(async () => (await titles(page)).length === 5)
    assert.equal(await lists(), 'Tasks,Home,Work')
    await page.getByRole('button', { name: 'Undo' }).click()
    await until(async () => (await titles(page)).join() === 'Mine')
    assert.equal(await lists(), 'Tasks,Home,Work')

    const many = Array.from({ length: 12 }, (_, at) => `Task +List${at}`).join('\n')
    await choose(page, 'todo.txt', many)
    const names = Array.from({ length: 10 }, (_, at) => `List${at} (new)`).join(', ')
    await page.getByText(`Into the lists ${names}, and 2 more`, { exact: true }).waitFor()
    await page.keyboard.press('Escape')
  })

  test('a file without a task says so, in German on a phone, too', async (t) => {
    await suite.given('Mine')
    const { page } = await suite.visit(t, { ...phone, locale: 'de-DE' })
    await choose(
      page,
      'leer.ics',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR',
      'Mehr',
      'Importieren …',
    )
    const dialog = page.getByRole('dialog', { name: 'In leer.ics ist keine Aufgabe' })
    await dialog.getByText('Termine und Journale').waitFor()
    await assertAccessible(page)
    await dialog.getByRole('button', { name: 'Schließen' }).tap()
    await dialog.waitFor({ state: 'detached' })
  })

  test('a calendar has an address to copy, which programs can read', async (t) => {
    await suite.given()
    await suite.call('POST', '/tasks', { title: 'Dated', due: '2027-01-01' })
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('button', { name: 'Calendar …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Address of the calendar' })
    const address = await dialog.getByRole('textbox').inputValue()
    assert.equal(address, `${suite.url()}/api/calendar.ics`)
    assert.match(await (await fetch(address)).text(), /SUMMARY:Dated/)
    await dialog.getByRole('button', { name: 'Copy' }).click()
    await dialog.getByRole('button', { name: 'Copied' }).waitFor()
    await assertAccessible(page)
    assert.equal(await dialog.getByRole('button', { name: 'Revoke all addresses' }).count(), 0)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('a signed-in user gets an address with a secret, and can revoke it', async (t) => {
    const token = 'let-me-in-'.repeat(4)
    const AUTH_TOKEN_SHA256 = `phone:${createHash('sha256').update(token).digest('hex')}`
    await using closed = await startApp({ env: { WEB_ROOT: 'web/dist', AUTH_TOKEN_SHA256 } })
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.goto(closed.url)
    await page.waitForURL('**/sign-in.html?*')
    await page.keyboard.type(token)
    await page.keyboard.press('Enter')
    await page.getByText('Signed in as phone.').waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('button', { name: 'Calendar …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Address of the calendar' })
    const address = await dialog.getByRole('textbox').inputValue()
    assert.ok(address.startsWith(`${closed.url}/api/calendar.ics?key=`))
    assert.equal((await fetch(address)).status, 200)
    await dialog.getByRole('button', { name: 'Revoke all addresses' }).click()
    await until(async () => (await fetch(address)).status === 404)
  })

  test('both open without a server, once the page is cached, and say what is not possible', async (t) => {
    await suite.given('Mine')
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await page.locator('.item').first().waitFor()
    await context.setOffline(true)
    await choose(page, 'list.txt', 'One\nTwo')
    const dialog = page.getByRole('dialog', { name: 'Import 2 tasks from list.txt?' })
    await dialog.getByRole('button', { name: 'Import' }).click()
    await page.getByText('Nothing was imported.').first().waitFor()
    await page.getByRole('button', { name: 'More' }).click()
    await page.getByRole('button', { name: 'Calendar …' }).click()
    await page.getByText('The server gives no address now.').first().waitFor()
  })
})
