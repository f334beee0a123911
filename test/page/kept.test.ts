/** Nothing that was typed or done is lost. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { dateOf } from '../../web/src/dates/dates.ts'
import {
  browserSuite,
  chromium,
  chromiumArgs,
  needsChromium,
  until,
  wholeBrowser,
} from '../helpers/browser.ts'
import { patience } from '../helpers/until.ts'
import {
  caret,
  checkbox,
  composer,
  deploy,
  fillDisk,
  heard,
  openEditor,
  phone,
  row,
  type TaskJson,
  titles,
  touch,
} from './helpers.ts'

/** The title in the editor that is open. */
const edited = (page: Page) =>
  page.evaluate(() => document.querySelector<HTMLInputElement>('.editor [name=title]')?.value)

describe('On the page', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = () => suite.call('GET', '/tasks') as Promise<TaskJson[]>
  const saved = (wanted: string) =>
    until(
      async () =>
        (await list())
          .map(({ title, done, notes }) => title + (done ? '+' : '') + (notes ? `(${notes})` : ''))
          .join() === wanted,
    )
  const one = async () => (await list())[0]!

  test('an editor saves only the fields changed in it, and reverts nothing that others did', async (t) => {
    await suite.given('Call')
    const { id } = await one()
    await suite.call('PATCH', `/tasks/${id}`, { notes: 'old' })
    const { page } = await suite.visit(t)
    await openEditor(page, 'Call')
    await page.keyboard.type(' mum')
    await suite.call('PATCH', `/tasks/${id}`, { notes: '555-1234', done: true })
    await until(async () => (await page.getByLabel('Notes').inputValue()) === '555-1234')
    assert.equal(await caret(page), 'title 8 8')
    await page.keyboard.press('Enter')
    await saved('Call mum+(555-1234)')
  })

  test('a field changed by two users is shown in both versions, the other one always current', async (t) => {
    await suite.given('Call')
    const { id } = await one()
    const { page } = await suite.visit(t)
    await openEditor(page, 'Call')
    await page.keyboard.type(' mum')
    await suite.call('PATCH', `/tasks/${id}`, { title: 'Call dad' })
    await checkbox(page, 'Call dad').waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('Changed elsewhere meanwhile').waitFor()
    assert.equal(await page.locator('.yours').textContent(), 'Call mum')
    assert.equal(await page.locator('.theirs').textContent(), 'Call dad')
    await suite.call('PATCH', `/tasks/${id}`, { title: 'Call granny' })
    await page.locator('.theirs').getByText('Call granny').waitFor()
    await page.getByRole('button', { name: 'Keep mine' }).click()
    await saved('Call mum')
    await page.locator('.conflict').waitFor({ state: 'detached' })
  })

  test('all shown tasks are completed by one request, and undo restores each', async (t) => {
    await suite.given('milk', 'eggs', 'x milk powder', 'bread')
    const { page } = await suite.visit(t)
    const requests: string[] = []
    page.on('request', (request) => request.method() !== 'GET' && requests.push(request.method()))
    await page.getByRole('searchbox').fill('milk')
    await page.getByRole('button', { name: 'Complete all shown (1)' }).click()
    await page.locator('#toast').getByText('milk: completed').waitFor()
    await saved('milk+,eggs,milk powder+,bread')
    await page.getByRole('button', { name: 'Reopen all shown (2)' }).click()
    await page.locator('#toast').getByText('2 tasks active again').waitFor()
    await saved('milk,eggs,milk powder,bread')
    await page.getByRole('button', { name: 'Undo' }).click()
    await saved('milk+,eggs,milk powder+,bread')
    await page.getByRole('searchbox').press('Escape')
    await page.getByRole('button', { name: 'Complete all (2)' }).click()
    await saved('milk+,eggs+,milk powder+,bread+')
    await composer(page).press('ControlOrMeta+z')
    await saved('milk+,eggs,milk powder+,bread')
    await composer(page).press('ControlOrMeta+z')
    await saved('milk,eggs,milk powder+,bread')
    assert.equal(requests.length, 6)
  })

  test('clearing does not delete tasks hidden by the search', async (t) => {
    await suite.given('x milk', 'x eggs', 'bread')
    const { page } = await suite.visit(t)
    await page.getByRole('searchbox').fill('milk')
    await page.getByRole('button', { name: 'Clear completed (1)' }).click()
    await heard(page, '1 completed task deleted')
    await saved('eggs+,bread')
  })

  test('a tick, an edit, a move and an added task are undone one by one, and redone, also after a reload', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t)
    await composer(page).fill('Three')
    await page.keyboard.press('Enter')
    await row(page, 'Three').waitFor()
    await page.getByRole('link', { name: 'All' }).click()
    await checkbox(page, 'One').click()
    await openEditor(page, 'Two')
    await page.keyboard.type('!')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Move Three' }).press('ArrowUp')
    await saved('One+,Three,Two!')
    await page.reload()
    await row(page, 'Three').waitFor()
    await composer(page).press('ControlOrMeta+z')
    await saved('One+,Two!,Three')
    await composer(page).press('ControlOrMeta+z')
    await saved('One+,Two,Three')
    await composer(page).press('ControlOrMeta+z')
    await saved('One,Two,Three')
    await composer(page).press('ControlOrMeta+z')
    await saved('One,Two')
    for (let step = 0; step < 3; step++) await composer(page).press('ControlOrMeta+Shift+z')
    await saved('One+,Two!,Three')
    await composer(page).press('ControlOrMeta+y')
    await saved('One+,Three,Two!')
  })

  test('the only task, deleted by its key, is back by Ctrl+Z from where the focus went', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await checkbox(page, 'One').press('Delete')
    await page.getByText('Nothing on your list').waitFor()
    await page.keyboard.press('ControlOrMeta+z')
    await row(page, 'One').waitFor()
  })

  test('Ctrl+Z in a field with text is the field’s', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'Delete One' }).press('Enter')
    await composer(page).pressSequentially('abc')
    await page.keyboard.press('ControlOrMeta+z')
    assert.deepEqual(await titles(page), ['Two'])
    assert.notEqual(await composer(page).inputValue(), 'abc')
  })

  test('a change that was changed elsewhere since is not undone', async (t) => {
    await suite.given('One')
    const { id } = await one()
    const { page } = await suite.visit(t)
    await openEditor(page, 'One')
    await page.keyboard.type(' mine')
    await page.keyboard.press('Enter')
    await saved('One mine')
    await suite.call('PATCH', `/tasks/${id}`, { title: 'Theirs' })
    await row(page, 'Theirs').waitFor()
    await composer(page).press('ControlOrMeta+z')
    await page.locator('#toast').getByText('Changed elsewhere since').waitFor()
    await saved('Theirs')
  })

  for (const width of [360, 640, 660])
    test(`a double click opens the row that was clicked, ${width} pixels wide`, async (t) => {
      await suite.given('one', 'two', 'three')
      const { page } = await suite.visit(t, { viewport: { width, height: 700 } })
      await composer(page).focus()
      await page.getByText('one', { exact: true }).dblclick()
      assert.equal(await page.getByLabel('Title').inputValue(), 'one')
    })

  test('the first tap after adding a task hits its target', async (t) => {
    await suite.given('one', 'two')
    const { page, context } = await suite.visit(t, { ...phone, unfolded: true })
    await composer(page).tap()
    await composer(page).fill('three')
    await page.keyboard.press('Enter')
    await row(page, 'three').waitFor()
    const finger = await touch(context, page)
    const box = (await checkbox(page, 'one').boundingBox())!
    await finger.down({ x: box.x + box.width / 2, y: box.y + box.height / 2 })
    await finger.up()
    await saved('one+,two,three')
  })

  test('nothing that others do moves a row under a finger', async (t) => {
    await suite.given('one', 'two')
    const { page } = await suite.visit(t, { unfolded: true })
    const [first, second] = await list()
    const box = (await checkbox(page, 'two').boundingBox())!
    await page.mouse.move(box.x + 10, box.y + 10)
    await page.mouse.down()
    await suite.call('POST', `/tasks/${second!.id}/move`, { before: first!.id })
    await until(async () => (await list())[0]!.title === 'two')
    await page.evaluate(() => fetch('/api/tasks'))
    await page.mouse.up()
    await saved('two+,one')
    await until(async () => (await titles(page)).join() === 'one,two')
  })

  test('a row that is edited stays, whatever the view and others say', async (t) => {
    await suite.given('One', 'Two')
    const { id } = await one()
    await suite.call('PATCH', `/tasks/${id}`, { due: dateOf(new Date()) })
    const { page } = await suite.visit(t, { path: '/today' })
    await page.getByRole('button', { name: 'Edit One' }).click()
    await page.getByLabel('Notes').fill('my notes')
    await suite.call('PATCH', `/tasks/${id}`, { done: true })
    await until(() => checkbox(page, 'One').isChecked())
    assert.equal(await page.getByLabel('Notes').inputValue(), 'my notes')
    await page.keyboard.press('ControlOrMeta+Enter')
    await row(page, 'One').waitFor({ state: 'detached' })
    await saved('One+(my notes),Two')
  })

  test('a task that was deleted elsewhere while it was edited offers itself back with the text', async (t) => {
    await suite.given('One', 'Two')
    const { id } = await one()
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'Edit One' }).click()
    await page.getByLabel('Notes').fill('my notes')
    await suite.call('DELETE', `/tasks/${id}`)
    await page.getByText('Deleted elsewhere meanwhile. What you write is kept.').waitFor()
    await page.keyboard.type(' and more')
    await page.keyboard.press('ControlOrMeta+Enter')
    await page.getByRole('button', { name: 'Restore it' }).click()
    await saved('One(my notes and more),Two')
  })

  test('what is typed goes on in the editor when others move rows around it', async (t) => {
    await suite.given('a', 'b', 'c', 'd')
    const { id } = await one()
    const { page } = await suite.visit(t)
    await openEditor(page, 'c')
    await page.keyboard.type(' for')
    await suite.call('POST', `/tasks/${id}/move`, { before: null })
    await until(
      async () =>
        (await page.locator('.item').nth(3).getByRole('checkbox').getAttribute('aria-label')) === 'a',
    )
    await page.keyboard.type(' 2 nights')
    assert.equal(await page.getByLabel('Title').inputValue(), 'c for 2 nights')
    assert.equal(new URL(page.url()).pathname, '/all')
  })

  test('a composition of an input method is not cut by others', async (t) => {
    await suite.given('One')
    const { id } = await one()
    const { page, context } = await suite.visit(t)
    await openEditor(page, 'One')
    const cdp = await context.newCDPSession(page)
    await cdp.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
    await suite.call('PATCH', `/tasks/${id}`, { notes: 'theirs', done: true })
    await until(() => checkbox(page, 'One').isChecked())
    await cdp.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 })
    await cdp.send('Input.insertText', { text: '日本' })
    assert.equal(await page.getByLabel('Title').inputValue(), 'One日本')
    await until(async () => (await page.getByLabel('Notes').inputValue()) === 'theirs')
  })

  for (const [where, click] of [
    ['the blank page', (page: Page) => page.mouse.click(5, 690)],
    ['the heading', (page: Page) => page.getByRole('heading', { name: 'Tasks', exact: true }).click()],
    ['another row', (page: Page) => page.getByText('Two', { exact: true }).click()],
    ['a view', (page: Page) => page.getByRole('link', { name: 'All' }).click()],
  ] as const)
    test(`an editor is saved by a click on ${where}`, async (t) => {
      await suite.given('One', 'Two')
      const { page } = await suite.visit(t)
      await openEditor(page, 'One')
      await page.keyboard.type(' more')
      await click(page)
      // A click on another row opens that one.
      const left = where === 'another row' ? 'Two' : undefined
      await until(async () => (await edited(page)) === left)
      await saved('One more,Two')
    })

  test('Escape discards an editor, and Undo brings it back with its text', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await openEditor(page, 'One')
    await page.keyboard.type(' more')
    await page.keyboard.press('Escape')
    await page.locator('#toast').getByText('Changes to One discarded').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    assert.equal(await page.getByLabel('Title').inputValue(), 'One more')
    await page.keyboard.type('!')
    await page.keyboard.press('Enter')
    await saved('One more!')
  })

  test('text selected beyond the edge of the editor does not close it', async (t) => {
    await suite.given('One and some words')
    const { page } = await suite.visit(t)
    await openEditor(page, 'One and some words')
    const box = (await page.getByLabel('Title').boundingBox())!
    await page.mouse.move(box.x + 60, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x - 200, box.y + 200)
    await page.mouse.up()
    assert.equal(await page.locator('.editor').count(), 1)
  })

  test('a deploy does not reload the page while the user is typing, and does so afterwards', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await page.evaluate(() => navigator.serviceWorker.ready)
    await composer(page).fill('half a thou')
    await deploy(page)
    await page.evaluate(() => Object.assign(window, { mine: true }))
    await deploy(page)
    assert.equal(await composer(page).inputValue(), 'half a thou')
    await composer(page).fill('')
    const loaded = page.waitForEvent('load')
    await deploy(page)
    await loaded
    assert.equal(await page.evaluate(() => 'mine' in window), false)
  })

  test('a task entered before the script has loaded is added, and typed text stays', async (t) => {
    await suite.given()
    const { context } = await suite.visit(t)
    await context.clearCookies()
    const page = await context.newPage()
    const { promise: wanted, resolve: come } = Promise.withResolvers<void>()
    await context.route('**/main-*.js', async (route) => {
      await wanted
      await route.continue()
    })
    await page.addInitScript(() => Object.defineProperty(navigator, 'serviceWorker', { value: undefined }))
    await page.goto(suite.url(), { waitUntil: 'commit' })
    await composer(page).fill('Buy milk')
    await page.keyboard.press('Enter')
    await composer(page).fill('Buy eggs')
    await page.keyboard.press('Enter')
    await composer(page).pressSequentially('Buy br')
    come()
    await row(page, 'Buy eggs').waitFor()
    await page.keyboard.type('ead')
    assert.equal(await composer(page).inputValue(), 'Buy bread')
    await saved('Buy milk,Buy eggs')
    assert.equal(page.url(), `${suite.url()}/all`)
  })

  test('a form that was sent without any script is taken up; a link from elsewhere adds nothing', async (t) => {
    await suite.given()
    const { page, context } = await suite.visit(t)
    await page.evaluate(() => location.assign('/?title=Sent'))
    await row(page, 'Sent').waitFor()
    await saved('Sent')
    assert.equal(page.url(), `${suite.url()}/all`)
    const other = await context.newPage()
    await other.goto(`${suite.url()}/?title=Linked`)
    await until(async () => (await composer(other).inputValue()) === 'Linked')
    await row(other, 'Sent').waitFor()
    await saved('Sent')
  })

  test('text shared from another app is put into the composer, each part once, and is not added', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    const { share_target } = await (await fetch(`${suite.url()}/manifest.webmanifest`)).json()
    const { title, text, url } = share_target.params
    assert.equal(new URL(share_target.action, suite.url()).pathname, '/')
    for (const [given, expected] of [
      [
        { [title]: 'A page', [text]: 'Look: https://a.example/', [url]: 'https://a.example/' },
        'A page Look: https://a.example/',
      ],
      [{ [title]: 'Same', [text]: 'Same' }, 'Same'],
      [{ [url]: 'https://a.example/?a=b' }, 'https://a.example/?a=b'],
    ] as const) {
      // Also into a page that is there already.
      await page.evaluate((to) => location.assign(to), `/?${new URLSearchParams(given)}`)
      await until(async () => (await composer(page).inputValue()) === expected)
      assert.equal(page.url(), `${suite.url()}/all`)
      await composer(page).fill('')
    }
    await saved('')
  })

  test('the page works where the browser’s database never answers, and says what that means', async (t) => {
    await suite.given('One')
    const { context } = await suite.visit(t, { expectComplaints: true })
    const page = await context.newPage()
    await page.addInitScript(() => {
      IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
    })
    await page.goto(suite.url())
    await composer(page).fill('Two')
    await page.keyboard.press('Enter')
    await row(page, 'Two').waitFor()
    await row(page, 'One').waitFor()
    await saved('One,Two')
    await composer(page).fill('Three')
    await page.getByText('lasts only until this tab closes').waitFor()
  })

  test('the page works where all cookies are blocked, and says what that means', async (t) => {
    await suite.given('One')
    const profile = mkdtempSync(join(tmpdir(), 'taskapp-'))
    mkdirSync(join(profile, 'Default'))
    const preferences = { profile: { default_content_setting_values: { cookies: 2 } } }
    writeFileSync(join(profile, 'Default/Preferences'), JSON.stringify(preferences))
    // One without windows has no such setting.
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: wholeBrowser!,
      args: chromiumArgs,
    })
    t.after(async () => {
      await context.close()
      rmSync(profile, { recursive: true })
    })
    const page = await context.newPage()
    page.setDefaultTimeout(patience.waitMs)
    await page.goto(suite.url())
    await assert.rejects(page.evaluate(() => localStorage.length))
    await row(page, 'One').waitFor()
    await composer(page).fill('Two')
    await page.getByText('lasts only until this tab closes').waitFor()
    await page.keyboard.press('Enter')
    await saved('One,Two')
    await page.locator('#status').waitFor({ state: 'hidden' })
  })

  test('a full disk is reported, and closing asks while changes are unsent', async (t) => {
    await suite.given('One')
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await page.evaluate(fillDisk)
    await context.setOffline(true)
    await composer(page).fill('Two')
    await page.keyboard.press('Enter')
    await page.getByText('What you do is kept only until this tab closes').waitFor()
    await page.getByText('1 change is not sent yet.').waitFor()
    const asked = page.waitForEvent('dialog')
    const reloaded = page.reload({ timeout: 5_000 }).catch(() => {})
    const dialog = await asked
    assert.equal(dialog.type(), 'beforeunload')
    await dialog.dismiss()
    await reloaded
    await context.setOffline(false)
    await saved('One,Two')
    const left = page.waitForEvent('load')
    await page.reload()
    await left
  })
})
