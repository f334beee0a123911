/** Tasks are added where somebody stands, one by one, many at once, and from files. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { checkbox, composer, phone, row, type TaskJson, titles } from './helpers.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `Task ${index + 1}` }))

describe('Adding', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const saved = (wanted: string) =>
    until(
      async () =>
        ((await suite.call('GET', '/tasks')) as TaskJson[]).map(({ title }) => title).join() === wanted,
    )

  for (const [where, go] of [
    [
      'in a view that does not hold it',
      (page: Page) => page.getByRole('link', { name: 'Completed' }).click(),
    ],
    ['without a date in Upcoming', (page: Page) => page.getByRole('link', { name: 'Upcoming' }).click()],
    ['under a search', (page: Page) => page.getByRole('searchbox').fill('nothing like it')],
  ] as const)
    test(`${where} says where the task is, one click away`, async (t) => {
      await suite.given('One')
      const { page } = await suite.visit(t)
      await go(page)
      await composer(page).fill('Two')
      await page.keyboard.press('Enter')
      await page.locator('#toast').getByText('Two added to all tasks').waitFor()
      assert.deepEqual(await titles(page), [])
      await page.locator('#toast').getByRole('button', { name: 'Show' }).click()
      assert.deepEqual(await titles(page), ['One', 'Two'])
      await page.locator('#toast').waitFor({ state: 'hidden' })
    })

  test('a task ticked off before the page shows it as saved stays ticked off', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    const pressed = Promise.withResolvers<void>()
    await page.route('**/api/tasks', async (route) => {
      if (route.request().method() === 'POST') await pressed.promise
      await route.continue()
    })
    await composer(page).fill('One')
    await page.keyboard.press('Enter')
    await checkbox(page, 'One').hover()
    await until(async () => (await page.evaluate(countUnsent)) === 1)
    await page.mouse.down()
    pressed.resolve()
    await until(async () => (await page.evaluate(countUnsent)) === 0)
    await page.mouse.up()
    await until(async () => ((await suite.call('GET', '/tasks')) as TaskJson[])[0]!.done)
  })

  test('at the end of a long list does not scroll the page on a phone', async (t) => {
    await suite.given()
    await suite.call('POST', '/import', many(190))
    const { page } = await suite.visit(t, phone)
    await page.getByText('190 tasks left').waitFor()
    await composer(page).tap()
    await composer(page).fill('The last')
    await page.keyboard.press('Enter')
    await page.locator('#toast').getByText('The last added at the end').waitFor()
    assert.equal(await page.evaluate(() => scrollY), 0)
    await page.keyboard.type('Next')
    assert.equal(await page.evaluate(() => scrollY), 0)
    await page.locator('#toast').getByRole('button', { name: 'Show' }).tap()
    await row(page, 'The last').waitFor()
    await until(async () => {
      const box = await row(page, 'The last').boundingBox()
      return box!.y > 0 && box!.y + box!.height <= phone.viewport.height
    })
    assert.equal(await composer(page).inputValue(), 'Next')
  })

  test('lines that are pasted makes a task of each, without bullets, and can be undone', async (t) => {
    await suite.given()
    const { page, context } = await suite.visit(t)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.evaluate(() => navigator.clipboard.writeText('- milk\n\n- [ ] bread\r\n• butter\n'))
    await composer(page).focus()
    await page.keyboard.press('ControlOrMeta+v')
    await page.locator('#toast').getByText('3 tasks added').waitFor()
    await saved('milk,bread,butter')
    assert.equal(await composer(page).inputValue(), '')
    await page.locator('#toast').getByRole('button', { name: 'Undo' }).click()
    await saved('')
    await page.goto(`${suite.url()}/upcoming`)
    await composer(page).focus()
    await page.keyboard.press('ControlOrMeta+v')
    await page.locator('#toast').getByText('3 tasks added to all tasks').waitFor()
    await page.locator('#toast').getByRole('button', { name: 'Show' }).click()
    assert.deepEqual(await titles(page), ['milk', 'bread', 'butter'])
    await page.evaluate(() => navigator.clipboard.writeText('one line\n'))
    await composer(page).focus()
    await page.keyboard.press('ControlOrMeta+v')
    assert.match(await composer(page).inputValue(), /^one line ?$/)
  })

  test('from a file that is faulty says in words why, wholly, until that is dismissed', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t, { ...phone, expectComplaints: true })
    const tasks = [{ title: 'One' }, { title: 'x'.repeat(300) }]
    await page.locator('#import-file').setInputFiles({
      name: 'tasks.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(tasks)),
    })
    const said = page.locator('#toast p')
    await said.getByText('Nothing was imported. Line 1: Title must have at most 200 characters.').waitFor()
    const [seen, whole, right] = await said.evaluate((element) => [
      element.clientHeight,
      element.scrollHeight,
      element.getBoundingClientRect().right,
    ])
    assert.ok(whole! <= seen! && right! <= phone.viewport.width)
    await page.locator('#toast').getByRole('button', { name: 'Dismiss' }).tap()
    await said.waitFor({ state: 'hidden' })
  })

  test('ten thousand, and completing all of them, and taking that back, are a request each', async (t) => {
    await suite.given()
    await suite.call('POST', '/import', many(10_000))
    const { page } = await suite.visit(t)
    await page.locator('#left').getByText('10000 tasks left').waitFor()
    const requests: string[] = []
    page.on('request', (request) => request.method() !== 'GET' && requests.push(request.method()))
    await page.getByRole('button', { name: 'Complete all (10000)' }).click()
    await page.locator('#toast').getByText('10000 tasks completed').waitFor()
    const done = async (wanted: boolean) => {
      const [first] = (await suite.call('GET', `/tasks?done=${wanted}&limit=1`)) as TaskJson[]
      return first?.done === wanted
    }
    await until(async () => !(await done(false)))
    await page.locator('#toast').getByRole('button', { name: 'Undo' }).click()
    await until(async () => !(await done(true)))
    assert.equal(requests.length, 2)
  })
})

/** Runs in the page. */
async function countUnsent(): Promise<number> {
  const [database] = await indexedDB.databases()
  const { promise, resolve } = Promise.withResolvers<number>()
  const opening = indexedDB.open(database!.name!)
  opening.onsuccess = () => {
    const db = opening.result
    const counting = db.transaction('changes').objectStore('changes').count()
    counting.onsuccess = () => resolve(counting.result)
    db.close()
  }
  return promise
}
