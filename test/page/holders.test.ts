/** Several people on one computer: each finds what is theirs, and nothing of anybody else. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { client } from '../helpers/client.ts'
import { faults } from './axe.ts'
import { composer, openEditor, row, titles } from './helpers.ts'

const tokens = { anna: 'anna-'.repeat(8), ben: 'ben-'.repeat(10) } as const
type Name = keyof typeof tokens
const hashes = Object.entries(tokens).map(
  ([name, token]) => `${name}:${createHash('sha256').update(token).digest('hex')}`,
)
const env = { WEB_ROOT: 'web/dist', AUTH_TOKEN_SHA256: hashes.join(), SESSION_KEY: 'k'.repeat(40) }
const bearing = { headers: { Authorization: `Bearer ${tokens.anna}` } }

describe('On a computer that people share', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  let app: RunningApp
  before(async () => {
    app = await startApp({ env })
  })
  after(() => app?.[Symbol.asyncDispose]())

  const list = async () => {
    const { text } = await client(`${app.url}/api`)('GET', '/tasks', bearing)
    return (JSON.parse(text) as { title: string }[]).map(({ title }) => title)
  }
  const empty = async () => {
    const call = client(`${app.url}/api`)
    await call('PATCH', '/tasks', { ...bearing, json: { done: true } })
    await call('DELETE', '/tasks?done=true', bearing)
  }

  async function visit(t: TestContext): Promise<{ page: Page; context: BrowserContext }> {
    await empty()
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    return { page, context }
  }

  async function signIn(page: Page, name: Name) {
    await page.goto(`${app.url}/sign-in.html`)
    await page.locator('#token').fill(tokens[name])
    await page.keyboard.press('Enter')
    await page.getByText(`Signed in as ${name}.`).waitFor()
  }

  /** As a cookie ends by itself. Left open, the page would go to the form as well, and one would interrupt the other. */
  async function signInInstead(page: Page, name: Name) {
    await page.goto('about:blank')
    await page.context().clearCookies()
    await withServer(page)
    await signIn(page, name)
  }

  async function add(page: Page, title: string) {
    await composer(page).fill(title)
    await page.keyboard.press('Enter')
    await row(page, title).waitFor()
  }

  /** Once the page has arrived where it goes. */
  const content = async (page: Page) => {
    let text = ''
    await until(async () => {
      text = await page.content().catch(() => '')
      return text !== ''
    })
    return text
  }
  const signOut = (page: Page) => page.getByRole('button', { name: 'Sign out', exact: true }).click()
  const isSignedOut = (page: Page) => page.waitForURL('**/sign-in.html*')
  const withoutServer = (page: Page) => page.route('**/api/**', (route) => route.abort())
  const withServer = (page: Page) => page.unroute('**/api/**')
  const offlineSaid = (page: Page) => page.locator('#status').getByText('No connection.').waitFor()
  const databases = (page: Page) =>
    page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name!).sort())
  /** What the browser has of the page, all of it. */
  const kept = (page: Page) =>
    page.evaluate(async () => {
      const found: unknown[] = [{ ...localStorage }]
      for (const { name } of await indexedDB.databases()) {
        const db = await new Promise<IDBDatabase>((resolve) => {
          const request = indexedDB.open(name!)
          request.onsuccess = () => resolve(request.result)
        })
        for (const store of db.objectStoreNames)
          found.push(
            await new Promise((resolve) => {
              const request = db.transaction(store).objectStore(store).getAll()
              request.onsuccess = () => resolve(request.result)
            }),
          )
        db.close()
      }
      return JSON.stringify(found)
    })

  test('unsent changes of one holder are sent by nobody else, and are there when that holder is back', async (t) => {
    const { page } = await visit(t)
    await signIn(page, 'anna')
    await withoutServer(page)
    await add(page, 'Anna’s own')
    await signInInstead(page, 'ben')
    await add(page, 'Ben’s')
    await until(async () => (await list()).join() === 'Ben’s')
    assert.deepEqual(await titles(page), ['Ben’s'])
    await signOut(page)
    await isSignedOut(page)
    await signIn(page, 'anna')
    await until(async () => (await list()).join() === 'Ben’s,Anna’s own')
  })

  test('a tab left open does nothing in the name of a holder who has signed in since', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await withoutServer(page)
    await add(page, 'Anna’s own')
    const other = await context.newPage()
    await context.clearCookies()
    await signIn(other, 'ben')
    await withServer(page)
    await page.getByText('Signed in as ben.').waitFor()
    await add(page, 'Ben’s')
    await until(async () => (await list()).join() === 'Ben’s')
  })

  test('signing out leaves nothing behind: not in the browser, not offline, not behind the back button', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'Anna’s own')
    await until(async () => (await list()).length === 1)
    await page.getByRole('link', { name: 'Today' }).click()
    await signOut(page)
    await isSignedOut(page)
    assert.doesNotMatch(await kept(page), /Anna’s/)
    assert.deepEqual(await databases(page), [])
    await page.goBack()
    await isSignedOut(page)
    assert.doesNotMatch(await content(page), /Anna’s/)
    await context.setOffline(true)
    await page.goto(app.url).catch(() => {})
    assert.doesNotMatch(await content(page), /Anna’s/)
  })

  test('the next user without a network sees nothing, even if data of a third holder stays', async (t) => {
    const { page } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'Anna’s list')
    await until(async () => (await list()).length === 1)
    await withoutServer(page)
    await add(page, 'Anna’s unsent')
    await signInInstead(page, 'ben')
    await row(page, 'Anna’s list').waitFor()
    await signOut(page)
    await isSignedOut(page)
    assert.match(await kept(page), /unsent/)
    assert.doesNotMatch(await kept(page), /Anna’s list/)
    await withoutServer(page)
    await page.goto(app.url)
    await offlineSaid(page)
    assert.doesNotMatch(await content(page), /Anna/)
  })

  test('no stored data is drawn before the holder is known', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'Anna’s list')
    await until(async () => /"tasks":\[{[^\]]*Anna’s list/.test(await kept(page)))
    await page.goto('about:blank')
    await context.clearCookies()
    const asked = Promise.withResolvers<void>()
    await page.route('**/api/session', async (route) => {
      assert.doesNotMatch(await content(page), /Anna/)
      asked.resolve()
      await route.continue()
    })
    await page.goto(app.url)
    await asked.promise
    await isSignedOut(page)
    await page.unroute('**/api/session')
    assert.doesNotMatch(await kept(page), /Anna/)
  })

  test('without a network the last holder who did not sign out finds the list, and goes on', async (t) => {
    const { page } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'One')
    await until(async () => /"tasks":\[{[^\]]*One/.test(await kept(page)))
    await withoutServer(page)
    await page.reload()
    await row(page, 'One').waitFor()
    await add(page, 'Two')
    await page.reload()
    await row(page, 'Two').waitFor()
    await withServer(page)
    await until(async () => (await list()).join() === 'One,Two')
  })

  test('a failed sign-out says so, and the user stays signed in', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'One')
    await until(async () => (await list()).length === 1)
    for (const [fail, words] of [
      [{ status: 503, json: { detail: 'The disk is full' } }, 'The disk is full'],
      [undefined, 'No answer came.'],
    ] as const) {
      await page.route('**/api/session?*', (route) => (fail ? route.fulfill(fail) : route.abort()))
      await page.route('**/api/session', (route) =>
        route.request().method() !== 'DELETE' ? route.continue() : fail ? route.fulfill(fail) : route.abort(),
      )
      await signOut(page)
      await page.locator('#toast').getByText(`You are still signed in. ${words}`).waitFor()
      assert.equal((await context.cookies(app.url)).length, 1)
      assert.deepEqual(await titles(page), ['One'])
      await page.unrouteAll()
    }
    await signOut(page)
    await isSignedOut(page)
  })

  test('signing out with unsent changes asks whether to send or discard them', async (t) => {
    const { page } = await visit(t)
    await signIn(page, 'anna')
    await withoutServer(page)
    await add(page, 'First')
    await signOut(page)
    const dialog = page.getByRole('dialog', { name: 'Sign out?' })
    await dialog.getByText('1 change is not sent yet.').waitFor()
    assert.deepEqual(await faults(page), [])
    await dialog.getByRole('button', { name: 'Stay signed in' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await signOut(page)
    await dialog.getByText('1 change is not sent yet.').waitFor()
    await withServer(page)
    await dialog.getByRole('button', { name: 'Send first' }).click()
    await isSignedOut(page)
    assert.deepEqual(await list(), ['First'])
    await signIn(page, 'anna')
    await row(page, 'First').waitFor()
    await page.route('**/api/tasks', (route) => route.abort())
    await add(page, 'Second')
    await signOut(page)
    await dialog.getByRole('button', { name: 'Sign out anyway' }).click()
    await isSignedOut(page)
    assert.doesNotMatch(await kept(page), /Second/)
    await page.unrouteAll()
    await signIn(page, 'anna')
    await row(page, 'First').waitFor()
    assert.deepEqual(await titles(page), ['First'])
  })

  test('signing out with a draft in any tab asks first', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await composer(page).pressSequentially('Half a th')
    const other = await context.newPage()
    await other.goto(app.url)
    await other.getByText('Signed in as anna.').waitFor()
    await signOut(other)
    await other.getByRole('dialog').getByText('What you are writing is not saved.').waitFor()
    await other.getByRole('button', { name: 'Stay signed in' }).click()
    assert.equal(await composer(page).inputValue(), 'Half a th')
  })

  test('other tabs follow at once', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'One')
    await until(async () => (await list()).length === 1)
    const other = await context.newPage()
    await other.goto(app.url)
    await row(other, 'One').waitFor()
    await withoutServer(other)
    await signOut(page)
    await isSignedOut(other)
    assert.deepEqual(await databases(other), [])
  })

  test('signing out everywhere ends the sessions of other browsers, too', async (t) => {
    const { page } = await visit(t)
    const { page: phone } = await visit(t)
    await signIn(phone, 'anna')
    await signIn(page, 'anna')
    await page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await isSignedOut(page)
    await isSignedOut(phone)
  })

  test('a draft at the end of a session is back after signing in again, for its holder only', async (t) => {
    const { page, context } = await visit(t)
    await signIn(page, 'anna')
    await add(page, 'One')
    await until(async () => (await list()).length === 1)
    await openEditor(page, 'One')
    await page.keyboard.type(', and more')
    const cookie = (await context.cookies(app.url)).map(({ name, value }) => `${name}=${value}`).join()
    await client(`${app.url}/api`)('DELETE', '/session', { headers: { Cookie: cookie } })
    await page.locator('#status').getByText('You are signed out.').waitFor()
    await page.locator('#status').getByRole('button', { name: 'Sign in' }).click()
    await signIn(page, 'ben')
    await row(page, 'One').waitFor()
    assert.equal(await page.locator('.editor').count(), 0)
    await signOut(page)
    await isSignedOut(page)
    await signIn(page, 'anna')
    await page.locator('.editor').waitFor()
    assert.equal(await page.locator('.editor [name=title]').inputValue(), 'One, and more')
  })

  test('input from before the holder is known is kept for the holder who signs in', async (t) => {
    const { page } = await visit(t)
    const asked = Promise.withResolvers<void>()
    await page.route('**/api/session', async (route) => {
      await asked.promise
      await route.continue()
    })
    await page.goto(app.url)
    await add(page, 'Early')
    asked.resolve()
    await isSignedOut(page)
    await page.unroute('**/api/session')
    await signIn(page, 'ben')
    await until(async () => (await list()).join() === 'Early')
  })
})

describe('Where a token was taken away', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('the holder’s list is removed from the browser, and unsent changes wait for the holder', async (t) => {
    const first = await startApp({ env })
    const PORT = new URL(first.url).port
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.goto(`${first.url}/sign-in.html`)
    await page.locator('#token').fill(tokens.anna)
    await page.keyboard.press('Enter')
    await composer(page).fill('Anna’s list')
    await page.keyboard.press('Enter')
    await row(page, 'Anna’s list').waitFor()
    await page.route('**/api/**', (route) => route.abort())
    await composer(page).fill('Unsent')
    await page.keyboard.press('Enter')
    await row(page, 'Unsent').waitFor()
    await first[Symbol.asyncDispose]()
    await using second = await startApp({ env: { ...env, AUTH_TOKEN_SHA256: hashes[1]!, PORT } })
    await page.unrouteAll()
    await page.waitForURL('**/sign-in.html*')
    await page.locator('#token').fill(tokens.ben)
    await page.keyboard.press('Enter')
    await page.getByText('Signed in as ben.').waitFor()
    assert.deepEqual(await titles(page), [])
    assert.equal(second.url, first.url)
  })
})

describe('Where there is no room', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('the page says so at the task that could not be saved, and keeps the change', async (t) => {
    await using app = await startApp({ env: { WEB_ROOT: 'web/dist', MAX_TASKS: '1' } })
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.goto(app.url)
    for (const title of ['One', 'Two']) {
      await composer(page).fill(title)
      await page.keyboard.press('Enter')
    }
    await row(page, 'Two').getByText('There is no room for more tasks.').waitFor()
    await page.reload()
    await row(page, 'Two').getByText('There is no room for more tasks.').waitFor()
    const call = client(`${app.url}/api`)
    const [one] = JSON.parse((await call('GET', '/tasks')).text) as { id: number }[]
    await call('DELETE', `/tasks/${one!.id}`)
    await row(page, 'Two').getByRole('button', { name: 'Try again' }).click()
    await until(async () => /Two/.test((await call('GET', '/tasks')).text))
  })
})

describe('Under a name that the service does not answer to', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('the page says so, and keeps what is done', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, { expectComplaints: true })
    await page.route('**/api/**', (route) =>
      route.fulfill({ status: 421, contentType: 'application/problem+json', body: '{"detail":"no"}' }),
    )
    await composer(page).fill('Two')
    await page.keyboard.press('Enter')
    await page.locator('#status').getByText('The server does not answer to this address.').waitFor()
    await page.unrouteAll()
    await until(async () => JSON.stringify(await suite.call('GET', '/tasks')).includes('Two'))
  })
})
