import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { HtmlValidate } from 'html-validate'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { root } from '../helpers/app.ts'
import { browserSuite, needsChromium } from '../helpers/browser.ts'
import { assertLighthouse } from '../helpers/lighthouse.ts'
import { faults } from './axe.ts'

const day = (from: number) => new Date(Date.now() + from * 864e5).toISOString().slice(0, 10)

async function open(page: Page, view: string) {
  await page.locator(`[data-view=${view}]`).click()
  await page.locator('.group').first().waitFor()
}

describe('What tools find in the page:', { skip: needsChromium() }, () => {
  const suite = browserSuite()

  const states: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
    ['with tasks', async () => {}],
    ['while one is edited', (page) => page.getByRole('button', { name: 'Edit Two' }).click()],
    [
      'with a fault',
      async (page) => {
        await page.getByLabel('New task').fill('x'.repeat(300))
        await page.keyboard.press('Enter')
      },
    ],
    ['with a toast', (page) => page.getByRole('button', { name: 'Delete One' }).press('Enter')],
    ['with its menu', (page) => page.getByRole('button', { name: 'More' }).click()],
    [
      'with its help',
      async (page) => {
        await page.getByRole('button', { name: 'More' }).click()
        await page.getByRole('button', { name: 'Keyboard shortcuts' }).click()
      },
    ],
    [
      'with a date lit in the composer',
      async (page) => {
        await page.getByLabel('New task').fill('call mum tomorrow')
        await page.locator('.lit mark').waitFor()
      },
    ],
    [
      'with its commands',
      async (page) => {
        await page.keyboard.press('Control+k')
        await page.getByRole('option').first().waitFor()
      },
    ],
    ['where nothing is found', (page) => page.getByRole('searchbox').fill('no such thing')],
    ...['today', 'upcoming', 'completed'].map(
      (view) => [`in the view ${view}`, (page: Page) => open(page, view)] as const,
    ),
    [
      'without a network',
      async (page) => {
        await page.context().setOffline(true)
        await page.getByRole('checkbox', { name: 'Two' }).click()
        await page.getByText('No connection.').waitFor()
      },
    ],
    [
      'with two versions to choose from',
      async (page) => {
        await page.context().setOffline(true)
        await page.getByText('Two', { exact: true }).dblclick()
        await page.keyboard.type(' mine')
        await page.keyboard.press('Enter')
        const tasks = (await suite.call('GET', '/tasks')) as { id: number; title: string }[]
        await suite.call('PATCH', `/tasks/${tasks[1]!.id}`, { title: 'Theirs' })
        await page.context().setOffline(false)
        await page.locator('.conflict').waitFor()
      },
    ],
  ]
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [state, reach] of states)
      test(`axe: nothing ${state}, ${colorScheme}`, async (t) => {
        await suite.given('One', 'Two', 'x Three', 'Four')
        const [one, two, , four] = (await suite.call('GET', '/tasks')) as { id: number }[]
        await suite.call('PATCH', `/tasks/${four!.id}`, { due: day(2) })
        await suite.call('PATCH', `/tasks/${one!.id}`, { due: day(-3), notes: 'A note' })
        await suite.call('PATCH', `/tasks/${two!.id}`, { due: day(0) })
        const { page } = await suite.visit(t, { colorScheme, expectComplaints: true })
        await reach(page)
        assert.deepEqual(await faults(page), [])
      })

  const narrow = { viewport: { width: 320, height: 256 } }
  for (const [state, options, reach] of [
    [
      'with the menu of a row',
      { ...narrow, colorScheme: 'dark' },
      (page) => page.getByRole('button', { name: 'More for Two' }).click(),
    ],
    [
      'with a row that is open, by a tap',
      { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, locale: 'de' },
      async (page) => {
        await page.getByText('Two', { exact: true }).tap()
        await page.locator('.editor').waitFor()
      },
    ],
    [
      'while a file is imported',
      {},
      async (page) => {
        await page.route('**/api/import', () => {})
        await page.locator('#import-file').setInputFiles({
          name: 'tasks.json',
          mimeType: 'application/json',
          buffer: Buffer.from('[]'),
        })
        await page.getByRole('dialog', { name: 'Importing' }).waitFor()
      },
    ],
    [
      'while a task is edited that was deleted elsewhere',
      { colorScheme: 'dark' },
      async (page) => {
        await page.getByRole('button', { name: 'Edit Two' }).click()
        await page.keyboard.type('!')
        const [, two] = (await suite.call('GET', '/tasks')) as { id: number }[]
        await suite.call('DELETE', `/tasks/${two!.id}`)
        await page.getByRole('button', { name: 'Restore it' }).waitFor()
      },
    ],
    [
      'in forced colours, while one is edited and a date is none',
      { forcedColors: 'active' },
      async (page) => {
        await page.getByRole('button', { name: 'Edit Two' }).click()
        await page.locator('.editor [data-due]').fill('never')
        await page.keyboard.press('Enter')
        await page.getByText('Not a date.').waitFor()
      },
    ],
    [
      'from right to left, while one is edited',
      narrow,
      async (page) => {
        await page.locator('html').evaluate((html) => html.setAttribute('dir', 'rtl'))
        await page.getByText('Two', { exact: true }).dblclick()
      },
    ],
  ] as readonly (readonly [string, BrowserContextOptions, (page: Page) => Promise<unknown>])[])
    test(`axe: nothing ${state}`, async (t) => {
      await suite.given('One', 'Two', 'x Three')
      const { page } = await suite.visit(t, { ...options, expectComplaints: true })
      await reach(page)
      const found = await faults(page)
      // Forced colours are the system's, of which axe takes some for those of the page.
      const isOurs = (fault: string) => !(options.forcedColors && fault.startsWith('color-contrast'))
      assert.deepEqual(found.filter(isOurs), [])
    })

  for (const [what, options] of [
    ['an empty list', {}],
    ['200 % zoom', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
    ['a telephone', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }],
    ['German', { locale: 'de' }],
  ] as const)
    test(`axe: nothing with ${what}`, async (t) => {
      await suite.given(...(what === 'an empty list' ? [] : ['One', 'x Two']))
      const { page } = await suite.visit(t, options)
      assert.deepEqual(await faults(page), [])
    })

  test('html-validate: nothing', async () => {
    const validator = new HtmlValidate({
      extends: ['html-validate:recommended', 'html-validate:a11y'],
      // Biome keeps these as it prints them.
      rules: { 'void-style': 'off', 'doctype-style': 'off' },
    })
    const report = await validator.validateFile(join(root, 'web/dist/index.html'))
    const messages = report.results.flatMap(({ messages }) =>
      messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`),
    )
    assert.deepEqual(messages, [])
  })

  test('Lighthouse: 100 in accessibility, best practices and SEO', async (t) => {
    await suite.given('One', 'Two', 'x Three')
    await assertLighthouse(suite.url(), t)
  })
})
