/** Keyboards of all kinds. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CDPSession, Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { checkbox, focusedName, heard, row, type TaskJson, titles } from './helpers.ts'

const held = { none: 0, Alt: 1, Ctrl: 2, Meta: 4 } as const

/** A key as the browser is told of it: by what it writes, and by where it is. */
async function press(cdp: CDPSession, key: string, code: string, holding: keyof typeof held = 'none') {
  const what = { key, code, modifiers: held[holding] }
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...what })
  await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...what })
}

const keysOfHelp = async (page: Page) => {
  await page.getByRole('link').first().focus()
  await page.keyboard.press('?')
  await page.locator('dialog kbd').first().waitFor()
  const keys = await page.locator('dialog kbd').allTextContents()
  await page.keyboard.press('Escape')
  return [...new Set(keys)].filter((key) => key.length > 1 || /[^\x20-\x7e↓↑]/.test(key))
}

describe('The keyboard of the page', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  test('works by key position on keyboards without Latin letters', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t)
    const cdp = await context.newCDPSession(page)
    for (const z of ['я', 'ζ', 'ז', 'ئ']) {
      await checkbox(page, 'One').press('Delete')
      await row(page, 'One').waitFor({ state: 'detached' })
      await press(cdp, z, 'KeyZ', 'Ctrl')
      await row(page, 'One').waitFor()
    }
    await page.getByRole('link', { name: 'All' }).focus()
    await press(cdp, 'о', 'KeyJ')
    assert.equal(await focusedName(page), 'One')
    await press(cdp, 'о', 'KeyJ')
    assert.equal(await focusedName(page), 'Two')
    await press(cdp, 'у', 'KeyE')
    await page.locator('.editor').waitFor()
    await page.keyboard.press('Escape')
    await press(cdp, 'т', 'KeyN')
    assert.equal(await focusedName(page), 'new-title')
  })

  test('on a Mac has Backspace for Delete and ⌘ for Ctrl, and its help says so', async (t) => {
    await suite.given('One', 'Two')
    const { page, context } = await suite.visit(t)
    const cdp = await context.newCDPSession(page)
    const version = { architecture: 'arm', model: '', mobile: false, platformVersion: '15' }
    await cdp.send('Emulation.setUserAgentOverride', {
      userAgent: 'Mozilla/5.0 (Macintosh)',
      platform: 'MacIntel',
      userAgentMetadata: { ...version, platform: 'macOS' },
    })
    await page.reload()
    await row(page, 'Two').waitFor()
    await checkbox(page, 'One').press('Backspace')
    await row(page, 'One').waitFor({ state: 'detached' })
    await press(cdp, 'z', 'KeyZ', 'Ctrl')
    await press(cdp, 'z', 'KeyZ', 'Meta')
    await heard(page, 'The task is back')
    assert.deepEqual(await titles(page), ['One', 'Two'])
    // Alt writes another letter there.
    await checkbox(page, 'One').focus()
    await press(cdp, '∆', 'KeyJ', 'Alt')
    await until(async () => ((await suite.call('GET', '/tasks')) as TaskJson[])[0]!.title === 'Two')
    assert.deepEqual(await keysOfHelp(page), ['Space', '⏎', 'F2', '⌫', '⌥', '⌘', '⇧'])
  })

  test('shows in the help the names printed on the keys', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    assert.deepEqual(await keysOfHelp(page), ['Space', 'Enter', 'F2', 'Del', 'Alt', 'Ctrl', 'Shift'])
    const { page: german } = await suite.visit(t, { locale: 'de' })
    assert.deepEqual(await keysOfHelp(german), [
      'Leertaste',
      'Enter',
      'F2',
      'Entf',
      'Alt',
      'Strg',
      'Umschalt',
    ])
  })
})
