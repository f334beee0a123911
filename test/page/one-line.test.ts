/** One line to add: the day of a task is said in its title, where its words light up, or chosen. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { composer, heard, lit, phone, type TaskJson } from './helpers.ts'

describe('One line to add', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const day = (page: Page, days: number) =>
    page.evaluate((count) => {
      const now = new Date()
      return new Date(now.getFullYear(), now.getMonth(), now.getDate() + count).toLocaleDateString('sv')
    }, days)
  const saved = (wanted: string) =>
    until(
      async () =>
        ((await suite.call('GET', '/tasks')) as TaskJson[])
          .map(({ title, due = '' }) => `${title}|${due}`)
          .join() === wanted,
    )
  /** How far the light is from the words of the field, in pixels. Runs in the page. */
  const offset = (page: Page) =>
    page.evaluate(() => {
      const [input, mark] = [
        document.querySelector<HTMLInputElement>('#new-title')!,
        document.querySelector('.lit mark')!,
      ]
      const context = document.createElement('canvas').getContext('2d')!
      context.font = getComputedStyle(input).font
      const before = context.measureText(input.value.slice(0, input.value.indexOf(mark.textContent))).width
      const box = input.getBoundingClientRect()
      return Math.abs(mark.getBoundingClientRect().left - (box.left + before - input.scrollLeft))
    })

  for (const [locale, label, typed, words, title, days] of [
    ['en-GB', 'New task', 'call mum tomorrow', 'tomorrow', 'call mum', 1],
    ['de-DE', 'Neue Aufgabe', 'morgen Zahnarzt', 'morgen', 'Zahnarzt', 1],
  ] as const)
    test(`lights up the date in “${typed}”, tells of it and takes it out of the title`, async (t) => {
      await suite.given()
      const { page } = await suite.visit(t, { locale })
      await page.getByLabel(label).pressSequentially(typed)
      await lit(page, words)
      await heard(page, locale === 'de-DE' ? 'Fällig: Morgen' : 'Due: Tomorrow')
      assert.ok((await offset(page)) < 1.5, `${await offset(page)}`)
      await page.keyboard.press('Enter')
      await saved(`${title}|${await day(page, days)}`)
      await lit(page, '')
    })

  test('Escape removes the date until its words change', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await composer(page).pressSequentially('call mum tomorrow')
    await lit(page, 'tomorrow')
    await page.keyboard.press('Escape')
    await lit(page, '')
    await page.keyboard.type(' morning')
    await lit(page, '')
    await page.keyboard.press('Enter')
    await saved('call mum tomorrow morning|')
    await page.keyboard.type('again tomorrow')
    await lit(page, 'tomorrow')
  })

  test('a click takes it back, too', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await composer(page).fill('call mum tomorrow')
    await page.getByRole('button', { name: 'Tomorrow: take the date back' }).click()
    await lit(page, '')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'new-title')
    await page.keyboard.press('Enter')
    await saved('call mum tomorrow|')
  })

  test('tasks entered faster than they can be drawn keep all of their words', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await composer(page).focus()
    const enter = (text: string) =>
      page.evaluate((value) => {
        const input = document.querySelector<HTMLInputElement>('#new-title')!
        input.value = value
        if (value.startsWith('typed')) input.dispatchEvent(new Event('input', { bubbles: true }))
        input.form!.requestSubmit()
      }, text)
    await enter('typed tomorrow')
    await saved('typed tomorrow|')
    // As a browser's extension may fill it in.
    await composer(page).fill('seen tomorrow')
    await lit(page, 'tomorrow')
    await enter('put there tomorrow')
    await saved('typed tomorrow|,put there tomorrow|')
  })

  test('a date that is out of sight in a long line is not taken', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t, { viewport: { width: 360, height: 740 } })
    const long = `tomorrow ${'so much to say '.repeat(6)}`.trim()
    await composer(page).fill(long)
    await page.keyboard.press('End')
    await lit(page, 'tomorrow')
    assert.ok((await composer(page).evaluate((input) => input.scrollLeft)) > 0)
    await page.keyboard.press('Enter')
    await saved(`${long}|`)
    await composer(page).fill(long)
    await page.keyboard.press('Home')
    await lit(page, 'tomorrow')
    await until(async () => (await offset(page)) < 1.5)
    await page.keyboard.press('Enter')
    await saved(`${long}|,${long.slice(9)}|${await day(page, 1)}`)
  })

  test('a dismissed date stays dismissed after a reload, and a highlighted one is highlighted again', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t)
    await composer(page).pressSequentially('rent tomorrow')
    await lit(page, 'tomorrow')
    await page.keyboard.press('Escape')
    await page.reload()
    await until(async () => (await composer(page).inputValue()) === 'rent tomorrow')
    await lit(page, '')
    await composer(page).fill('rent in 2 days')
    await lit(page, 'in 2 days')
    await page.reload()
    await until(async () => (await composer(page).inputValue()) === 'rent in 2 days')
    await lit(page, 'in 2 days')
    await composer(page).press('Enter')
    await saved(`rent|${await day(page, 2)}`)
  })

  test('a telephone has chips that move nothing and leave its keyboard open', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t, phone)
    const tops = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('#new-title, .toolbar, .item, .composer')].map(
          (element) => element.getBoundingClientRect().top,
        ),
      )
    const before = await tops()
    await composer(page).tap()
    const tomorrow = page.getByRole('button', { name: 'Tomorrow', exact: true })
    assert.ok(!(await tomorrow.isVisible()), 'nothing covers the list before somebody writes')
    await page.keyboard.type('call mum')
    await tomorrow.tap()
    assert.equal(await tomorrow.getAttribute('aria-pressed'), 'true')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'new-title')
    assert.deepEqual(await tops(), before)
    await page.keyboard.press('Enter')
    await saved(`One|,call mum|${await day(page, 1)}`)
    await composer(page).fill('Water tomorrow')
    await lit(page, 'tomorrow')
    await page.locator('.chips [aria-pressed=true]').tap()
    await lit(page, '')
    await page.getByRole('button', { name: 'Next week' }).tap()
    await page.getByRole('button', { name: 'Add' }).tap()
    await saved(`One|,call mum|${await day(page, 1)},Water tomorrow|${await day(page, 7)}`)
  })

  test('the highlight covers its words in right-to-left text and in forced colours', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t, { forcedColors: 'active' })
    await page.locator('html').evaluate((html) => html.setAttribute('dir', 'rtl'))
    await composer(page).fill('لبن 2027-12-24')
    await lit(page, '2027-12-24')
    const [mark, input] = [
      (await page.locator('.lit mark').boundingBox())!,
      (await composer(page).boundingBox())!,
    ]
    // The first word is at the right.
    assert.ok(mark.x + mark.width < input.x + input.width - 15 && mark.x >= input.x)
    assert.equal(
      await page.locator('.lit mark').evaluate((element) => getComputedStyle(element).outlineStyle),
      'solid',
    )
  })
})
