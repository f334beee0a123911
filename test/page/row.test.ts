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
    test(`opens by ${how}, and saves what was changed when one goes elsewhere`, async (t) => {
      await suite.given('One', 'Two')
      const { page } = await suite.visit(t)
      await open(page)
      await page.keyboard.type(' more')
      await composer(page).click()
      await until(async () => (await tasks())[0]!.title === 'One more')
      assert.equal(await page.locator('.editor').count(), 0)
    })

  test('opens by a double click as by one, with nothing selected that the next key would replace', async (t) => {
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

  test('shows its notes whole, its links as what they are, and when it was created and completed', async (t) => {
    await suite.given()
    const { id } = (await suite.call('POST', '/tasks', {
      title: 'See http://example.com',
      notes:
        'https://user:secret@example.org/a?b=c. javascript:alert(1) (https://example.net/x)\nmailto:ann@example.com?body=x data:text/html,x',
    })) as TaskJson
    await suite.call('PATCH', `/tasks/${id}`)
    const { page } = await suite.visit(t, { path: '/all' })
    await page.getByRole('button', { name: 'Edit See' }).click()
    const links = await page.locator('.links a').evaluateAll((anchors) =>
      (anchors as HTMLAnchorElement[]).map(({ href, textContent, rel, referrerPolicy, target }) => {
        assertSafe(rel, referrerPolicy, target)
        return [href, textContent]
        function assertSafe(...given: string[]) {
          if (given.join() !== 'noopener noreferrer,no-referrer,_blank') throw new Error(given.join())
        }
      }),
    )
    assert.deepEqual(links, [
      ['http://example.com/', 'example.com'],
      ['https://example.org/a?b=c', 'example.org/a?b=c'],
      ['https://example.net/x', 'example.net/x'],
      ['mailto:ann@example.com', 'ann@example.com'],
    ])
    const times = await page.locator('.times').textContent()
    assert.match(times!, /^Created .*\d{4}.* · Completed .*\d{4}/)
    await page.getByLabel('Notes').fill('none')
    await page.getByLabel('Title').fill('none')
    await page.locator('.links').waitFor({ state: 'hidden' })
  })

  test('shows where it went when it is new or moved, and not to who wants no motion', async (t) => {
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
