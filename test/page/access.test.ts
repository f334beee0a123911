import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { client } from '../helpers/client.ts'

const token = 'let-me-in-'.repeat(4)

describe('Access, on the page:', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('an unknown user signs in by keyboard, returns to where they were, and signs out', async (t) => {
    const AUTH_TOKEN_SHA256 = `phone:${createHash('sha256').update(token).digest('hex')}`
    await using closed = await startApp({ env: { WEB_ROOT: 'web/dist', AUTH_TOKEN_SHA256 } })
    const { page, context } = await suite.visit(t, { expectComplaints: true })
    await page.goto(`${closed.url}/today`)
    await page.waitForURL('**/sign-in.html?*')
    await page.keyboard.type('not this one')
    await page.keyboard.press('Enter')
    await page.getByText('This token does not let you in.').waitFor()
    await page.keyboard.type(token)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${closed.url}/today`)
    await page.getByText('Signed in as phone.').waitFor()
    await page.goto(`${closed.url}/all`)
    await page.getByLabel('New task').fill('Behind the door')
    const sent = page.waitForResponse((response) => response.request().method() === 'POST')
    await page.keyboard.press('Enter')
    // While something is not sent, signing out asks.
    await sent
    await page.locator('.item').getByText('Behind the door').waitFor()
    const cookies = await context.cookies(closed.url)
    assert.deepEqual(
      cookies.map(({ name, httpOnly, secure, sameSite }) => [name, httpOnly, secure, sameSite]),
      [['__Host-session', true, true, 'Strict']],
    )
    assert.equal(await page.evaluate(() => document.cookie), '')
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.waitForURL('**/sign-in.html')
    await page.goto(`${closed.url}/?to=x`)
    await page.waitForURL('**/sign-in.html?*')
  })

  test('a holder of one shared list sees only that list, and a message names what a read-only token does not allow', async (t) => {
    const hash = (of: string) => createHash('sha256').update(of).digest('hex')
    const [family, guest] = ['family-'.repeat(6), 'guest-'.repeat(6)]
    const AUTH_TOKEN_SHA256 = `me:${hash(token)} family:${hash(family)}:write=2 guest:${hash(guest)}:read=2`
    await using closed = await startApp({ env: { WEB_ROOT: 'web/dist', AUTH_TOKEN_SHA256 } })
    const call = client(`${closed.url}/api`)
    const headers = { Authorization: `Bearer ${token}` }
    for (const name of ['Shared', 'Secret']) await call('POST', '/lists', { json: { name }, headers })
    for (const [title, list] of [
      ['Soap', 2],
      ['Gift', 3],
      ['Diary', 1],
    ])
      await call('POST', '/tasks', { json: { title, list }, headers })
    const signIn = async (given: string) => {
      const { page } = await suite.visit(t, { expectComplaints: true })
      await page.goto(`${closed.url}/all`)
      await page.locator('#token').fill(given)
      await page.keyboard.press('Enter')
      await page.locator('.item').getByText('Soap').waitFor()
      assert.equal(await page.locator('.item').count(), 1)
      await page.getByLabel('New task').fill('Bread')
      await page.keyboard.press('Enter')
      return page
    }
    const reader = await signIn(guest)
    await reader.getByText('Not saved: This token may read this and not change it').waitFor()
    await reader.reload()
    await reader.locator('.item').getByText('Bread').waitFor()
    const writer = await signIn(family)
    await until(async () => {
      const { text } = await call('GET', '/tasks?list=2', { headers })
      return (JSON.parse(text) as { title: string }[]).map(({ title }) => title).join() === 'Soap,Bread'
    })
    assert.equal(await writer.locator('#lists a').count(), 0)
  })

  test('a forged address leads nowhere else', async (t) => {
    const { page } = await suite.visit(t)
    const before = `${suite.url()}/`
    for (const to of [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '/api/tasks',
    ]) {
      await page.goto(`${before}sign-in.html?${new URLSearchParams({ to })}`)
      await page.route('**/api/session', (route) => route.fulfill({ status: 204 }))
      await page.locator('#token').fill('x')
      await page.keyboard.press('Enter')
      await page.waitForURL(`${before}all`)
    }
  })

  test('the page says so where anybody may write', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await page.getByText('Anybody who knows this address can see and change these tasks.').waitFor()
  })
})
