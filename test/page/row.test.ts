/** A row opens in place: by a click, a tap or a key, to be read, changed and closed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { checkbox, composer, phone, row, type TaskJson } from './helpers.ts'

describe('A row', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const tasks = async () => (await suite.call('GET', '/tasks')) as TaskJson[]
  const flashed = (page: Page, title: string) =>
    row(page, title).evaluate(
      (element) => element.getAnimations().filter((each) => !('animationName' in each)).length,
    )

  for (const [how, open] of [
    ['one click', (page: Page) => page.getByText('One', { exact: true }).click()],
    ['Enter', (page: Page) => checkbox(page, 'One').press('Enter')],
    ['Enter on its title', (page: Page) => page.getByRole('button', { name: 'Edit One' }).press('Enter')],
    ['Space on its title', (page: Page) => page.getByRole('button', { name: 'Edit One' }).press('Space')],
  ] as const)
    test(`opens by ${how}, and saves the changes when the focus leaves`, async (t) => {
      await suite.given('One', 'Two')
      const { page } = await suite.visit(t)
      await open(page)
      await page.keyboard.type(' more')
      await composer(page).click()
      await until(async () => (await tasks())[0]!.title === 'One more')
      assert.equal(await page.locator('.editor').count(), 0)
    })

  test('opens by a double click as by a single one, with no text selected that the next keystroke would replace', async (t) => {
    await suite.given('One two three')
    const { page } = await suite.visit(t)
    await page.getByText('One two three', { exact: true }).dblclick()
    await page.keyboard.type('!')
    assert.equal(await page.getByLabel('Title').inputValue(), 'One two three!')
  })

  test('opens by a tap without the keyboard of the phone, and closes by its own button', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, phone)
    await page.getByText('One', { exact: true }).tap()
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'editor')
    await page.getByLabel('Notes').tap()
    await page.keyboard.type('a note')
    await page.getByRole('button', { name: 'Save' }).tap()
    await until(async () => (await tasks())[0]!.notes === 'a note')
  })

  test('shows its notes whole, its links as what they are, and when it was created', async (t) => {
    await suite.given()
    await suite.call('POST', '/tasks', {
      title: 'See http://example.com',
      notes:
        'https://user:secret@example.org/a?b=c. javascript:alert(1) (https://example.net/x)\nmailto:ann@example.com?body=x data:text/html,x',
    })
    const { page } = await suite.visit(t, { path: '/all' })
    await page.getByRole('button', { name: 'Edit See' }).click()
    const links = await page.locator('.editor a:visible').evaluateAll((anchors) =>
      (anchors as HTMLAnchorElement[]).map(({ href, textContent, title, rel, referrerPolicy, target }) => {
        assertSafe(rel, referrerPolicy, target)
        return [href, textContent, title]
        function assertSafe(...given: string[]) {
          if (given.join() !== 'noopener noreferrer,no-referrer,_blank') throw new Error(given.join())
        }
      }),
    )
    assert.deepEqual(links, [
      // In the text of the notes, and those of the title below.
      ['https://example.org/a?b=c', 'https://user:secret@example.org/a?b=c', 'example.org/a?b=c'],
      ['https://example.net/x', 'https://example.net/x', 'example.net/x'],
      ['mailto:ann@example.com', 'mailto:ann@example.com?body=x', 'ann@example.com'],
      ['http://example.com/', 'example.com', 'example.com'],
    ])
    const times = await page.locator('.times').textContent()
    assert.match(times!, /^Created .*\d{4}/)
    await page.getByLabel('Notes').fill('none')
    await page.getByLabel('Title').fill('none')
    assert.equal(await page.locator('.editor a:visible').count(), 0)
  })

  test('opens a link in its notes in place, by click and by keyboard, and stays open', async (t) => {
    await suite.given()
    const address = `${suite.url()}/api/healthz`
    await suite.call('POST', '/tasks', { title: 'One', notes: `Two lines,\nand ${address} to see` })
    const { page, context } = await suite.visit(t)
    await page.getByRole('button', { name: 'Edit One' }).click()
    const link = page.getByRole('link', { name: address })
    const offset = await link.evaluate((anchor) => {
      const notes = document.querySelector<HTMLTextAreaElement>('[name=notes]')!
      const context = document.createElement('canvas').getContext('2d')!
      context.font = getComputedStyle(notes).font
      const style = getComputedStyle(notes)
      const left = notes.getBoundingClientRect().left + parseFloat(style.paddingLeft) + 1
      return anchor.getBoundingClientRect().left - left - context.measureText('and ').width
    })
    assert.ok(Math.abs(offset) < 1, `it stands ${offset} pixels from its text`)
    const opened = context.waitForEvent('page')
    await link.click()
    assert.equal(await (await opened).evaluate(() => document.referrer), '')
    await page.bringToFront()
    await page.getByLabel('Notes').focus()
    await page.keyboard.press('Tab')
    assert.equal(await link.evaluate((anchor) => anchor === document.activeElement), true)
    const again = context.waitForEvent('page')
    await page.keyboard.press('Enter')
    await again
    await page.locator('.editor').waitFor()
  })

  test('says when it was completed', async (t) => {
    await suite.given('x One')
    const { page } = await suite.visit(t, { path: '/completed' })
    await page.getByRole('button', { name: 'Edit One' }).click()
    await page
      .locator('.times')
      .getByText(/^Created .*\d{4}.* · Completed .*\d{4}/)
      .waitFor()
  })

  test('shows a long title whole while it is edited; Enter saves it, and what is pasted there is one line', async (t) => {
    const title = 'A title that goes on and on '.repeat(6).trim()
    await suite.given(title)
    for (const viewport of [phone.viewport, { width: 1280, height: 720 }]) {
      const { page, context } = await suite.visit(t, { viewport })
      await context.grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.getByRole('button', { name: `Edit ${title}` }).click()
      const field = page.getByLabel('Title', { exact: true })
      const [seen, whole, lines] = await field.evaluate((area) => [
        area.clientHeight,
        area.scrollHeight,
        area.scrollHeight / parseFloat(getComputedStyle(area).lineHeight),
      ])
      assert.ok(whole! <= seen! && lines! > 2, `${whole} of ${seen}`)
      await page.keyboard.press('ControlOrMeta+A')
      await page.evaluate(() => navigator.clipboard.writeText('of two\nlines'))
      await page.keyboard.press('ControlOrMeta+v')
      assert.equal(await field.inputValue(), 'of two lines')
      await page.keyboard.press('Enter')
      await until(async () => (await tasks())[0]!.title === 'of two lines')
      await page.keyboard.press('ControlOrMeta+z')
      await until(async () => (await tasks())[0]!.title === title)
    }
  })

  test('shows where it went when it is new or moved, without motion if the user prefers that', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, { reducedMotion: 'no-preference', path: '/all' })
    await composer(page).fill('Three')
    await page.keyboard.press('Enter')
    await row(page, 'Three').waitFor()
    assert.equal(await flashed(page, 'Three'), 1)
    await checkbox(page, 'One').press('Alt+ArrowDown')
    await until(async () => (await tasks())[0]!.title === 'Two')
    assert.equal(await flashed(page, 'One'), 1)
    assert.equal(await flashed(page, 'Two'), 0)
    const { page: calm } = await suite.visit(t, { path: '/all' })
    await composer(calm).fill('Four')
    await calm.keyboard.press('Enter')
    await row(calm, 'Four').waitFor()
    assert.equal(await flashed(calm, 'Four'), 0)
  })
})
