import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startApp } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'

interface TaskJson {
  id: number
  title: string
  done: boolean
}

const titles = (page: Page) => page.locator('.item-title').allTextContents()
const row = (page: Page, title: string) =>
  page.locator('.item').filter({ has: page.getByText(title, { exact: true }) })
const edit = async (page: Page, title: string, text: string) => {
  await page.getByText(title, { exact: true }).dblclick()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

describe('Several tabs and bad networks:', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = () => suite.call('GET', '/tasks') as Promise<TaskJson[]>
  const streams = async () =>
    Number(
      /^taskapp_event_streams (\d+)$/m.exec(await (await fetch(`${suite.url()}/api/metrics`)).text())![1],
    )

  test('two tabs show the same, whichever changes it', async (t) => {
    await suite.given('One')
    const { page, context } = await suite.visit(t)
    const other = await context.newPage()
    await other.goto(suite.url())
    await row(other, 'One').waitFor()
    // Headless, both count as visible.
    await page.getByLabel('New task').fill('Two')
    await page.keyboard.press('Enter')
    await row(other, 'Two').waitFor()
    await other.getByRole('button', { name: 'Move Two' }).press('ArrowUp')
    await until(async () => (await titles(page)).join() === 'Two,One')
    await edit(page, 'One', 'Uno')
    await row(other, 'Uno').waitFor()
    await other.getByRole('button', { name: 'Delete Two' }).press('Enter')
    await row(page, 'Two').waitFor({ state: 'detached' })
    assert.deepEqual(await titles(page), await titles(other))
  })

  test('a hidden tab lets go of its stream, and catches up when it is seen again', async (t) => {
    await suite.given()
    // Those of tests before end a moment after their tabs.
    await until(async () => (await streams()) === 0)
    const { page } = await suite.visit(t)
    const show = (state: string) =>
      page.evaluate((state) => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, state)
    // What comes by the stream tells that it has one; it may draw the list before.
    await until(async () => (await streams()) === 1)
    await suite.call('POST', '/tasks', { title: 'One' })
    await row(page, 'One').waitFor()
    await show('hidden')
    await until(async () => (await streams()) === 0)
    await suite.call('POST', '/tasks', { title: 'Two' })
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url().replace(/.*\/api/, '')))
    await show('visible')
    await row(page, 'Two').waitFor()
    assert.deepEqual(requests, ['/events'], 'what was missed comes by Last-Event-ID')
  })

  test('both versions of a text that two changed are shown, and one is chosen', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    const [one, two] = await list()
    await context.setOffline(true)
    await edit(page, 'One', 'Mine')
    await edit(page, 'Two', 'Mine too')
    await suite.call('PATCH', `/tasks/${one!.id}`, { title: 'Theirs' })
    await suite.call('PATCH', `/tasks/${two!.id}`, { title: 'Theirs too' })
    await context.setOffline(false)
    const first = page.locator('.item').nth(0)
    await first.getByText('Changed elsewhere meanwhile').waitFor()
    assert.equal(await first.locator('.yours').textContent(), 'Mine')
    assert.equal(await first.locator('.theirs').textContent(), 'Theirs')
    await page.reload()
    await first.getByRole('button', { name: 'Keep mine' }).click()
    await page.locator('.item').nth(1).getByRole('button', { name: 'Keep theirs' }).click()
    await until(async () => (await list()).map(({ title }) => title).join() === 'Mine,Theirs too')
    await until(async () => (await titles(page)).join() === 'Mine,Theirs too')
    assert.equal(await page.locator('.conflict').count(), 0)
  })

  test('changes to different members of a task go together without a question', async (t) => {
    await suite.given('One')
    const { page, context } = await suite.visit(t, { unfolded: true, expectComplaints: true })
    const [one] = await list()
    await context.setOffline(true)
    await edit(page, 'One', 'Renamed')
    await suite.call('PATCH', `/tasks/${one!.id}`, { done: true })
    await context.setOffline(false)
    await until(
      async () => JSON.stringify(await list()) === `[{"id":${one!.id},"title":"Renamed","done":true}]`,
    )
    await row(page, 'Renamed').waitFor()
    assert.equal(await page.locator('.conflict').count(), 0)
  })

  test('a tab that was closed offline loses nothing: the next one sends it, once', async (t) => {
    await suite.given()
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await page.evaluate(() => navigator.serviceWorker.ready)
    await context.setOffline(true)
    for (const title of ['One', 'Two', 'Three']) {
      await page.getByLabel('New task').fill(title)
      await page.keyboard.press('Enter')
    }
    await page.getByText('3 changes are not sent yet.').waitFor()
    await page.close()
    const next = await context.newPage()
    await next.goto(suite.url())
    await row(next, 'Three').waitFor()
    await next.getByRole('button', { name: 'Delete Two' }).press('Enter')
    await context.setOffline(false)
    await until(async () => (await list()).map(({ title }) => title).join() === 'One,Three')
    assert.deepEqual(await titles(next), ['One', 'Three'])
  })

  test('the page opens, reads and works without a network from the second visit on', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t, { unfolded: true, expectComplaints: true })
    await page.evaluate(() => navigator.serviceWorker.ready)
    // The list is kept a moment after it was drawn.
    await until(() => page.evaluate(keptTitles).then((titles) => titles === 'One,Two'))
    await context.setOffline(true)
    await page.goto(`${suite.url()}/all`)
    await row(page, 'One').waitFor()
    await page.getByRole('checkbox', { name: 'One' }).click()
    await edit(page, 'Two', 'Zwei')
    await page.getByLabel('New task').fill('Three')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: 'All' }).click()
    assert.deepEqual(await titles(page), ['Zwei', 'Three', 'One'])
    await page.reload()
    await row(page, 'Three').waitFor()
    assert.deepEqual(await titles(page), ['Zwei', 'Three', 'One'])
    await context.setOffline(false)
    await until(
      async () =>
        (await list()).map(({ title, done }) => title + done).join() === 'Onetrue,Zweifalse,Threefalse',
    )
  })

  test('a server that dies and wakes is waited for, and nothing is doubled', async (t) => {
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await context.unrouteAll()
    const first = await startApp({ env: { WEB_ROOT: 'web/dist' } })
    t.after(() => first[Symbol.asyncDispose]())
    await page.goto(first.url)
    await page.getByText('Nothing on your list').waitFor()
    await page.getByLabel('New task').fill('Before')
    await page.keyboard.press('Enter')
    await until(async () => (await (await fetch(`${first.url}/api/tasks`)).json()).length === 1)
    await first.stop('SIGKILL')
    await page.getByLabel('New task').fill('While it was away')
    await page.keyboard.press('Enter')
    await page.getByText('No connection.').waitFor()
    await using second = await startApp({
      env: { WEB_ROOT: 'web/dist', PORT: new URL(first.url).port },
      folder: first.folder,
    })
    await page.locator('#status').waitFor({ state: 'hidden' })
    const all = async () => (await (await fetch(`${second.url}/api/tasks`)).json()) as TaskJson[]
    await until(async () => (await all()).map(({ title }) => title).join() === 'Before,While it was away')
    assert.deepEqual(await titles(page), ['Before', 'While it was away'])
    await page.close()
  })
})

/** What the browser has kept for the next visit. Runs in the page. */
function keptTitles(): Promise<string> {
  return new Promise((resolve) => {
    const request = indexedDB.open('taskapp')
    request.onsuccess = () => {
      const db = request.result
      const values = db.transaction('values').objectStore('values').get('list')
      values.onsuccess = () => {
        db.close()
        resolve((values.result?.tasks ?? []).map((task: { title: string }) => task.title).join())
      }
    }
  })
}
