/** Tasks that repeat, on the page: said in one line, chosen in an open row, ticked and taken back. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { browserSuite, needsChromium, until } from '../helpers/browser.ts'
import { checkbox, composer, heard, lit, openEditor, phone, row, type TaskJson } from './helpers.ts'

type Repeating = TaskJson & { readonly repeat?: string }

describe('A task that repeats', { skip: needsChromium() }, () => {
  const suite = browserSuite()
  const tasks = async () => (await suite.call('GET', '/tasks')) as Repeating[]
  const has = (wanted: (all: Repeating[]) => boolean) => until(async () => wanted(await tasks()))
  const today = () => new Date().toLocaleDateString('sv')
  /** Completing all would never end. */
  const given = async (...tasks: object[]) => {
    await suite.call('PATCH', '/tasks', { ids: [[1, 9_999]], deleted: true })
    await suite.call('POST', '/import', tasks)
  }

  test('is said in one line, whose words light up, and shows its rule', async (t) => {
    await given()
    const { page } = await suite.visit(t, { path: '/all' })
    await composer(page).fill('water plants every day')
    await lit(page, 'every day')
    await page.keyboard.press('Enter')
    await row(page, 'water plants').getByText('every day').waitFor()
    await has(([task]) => task?.repeat === 'FREQ=DAILY' && task.due === today())
    await composer(page).fill('read every day')
    await lit(page, 'every day')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Enter')
    await row(page, 'read every day').waitFor()
    await has((all) => all.length === 2 && all[1]!.repeat === undefined)
  })

  test('is said in German, too', async (t) => {
    await given()
    const { page } = await suite.visit(t, { locale: 'de-DE', path: '/all' })
    await page.getByLabel('Neue Aufgabe').fill('Müll alle 2 Wochen')
    await lit(page, 'alle 2 Wochen')
    await page.keyboard.press('Enter')
    await row(page, 'Müll').getByText('alle 2 Wochen').waitFor()
    await has(([task]) => task?.repeat === 'FREQ=WEEKLY;INTERVAL=2')
  })

  test('is followed by the next when it is ticked, and undo takes that away', async (t) => {
    await given({ title: 'Bins', due: today(), repeat: 'FREQ=DAILY' })
    const { page } = await suite.visit(t, { path: '/all' })
    await checkbox(page, 'Bins').click()
    await has((all) => all.length === 2 && all[0]!.due! > today() && !all[0]!.done && all[1]!.done)
    await row(page, 'Bins').getByText('Tomorrow').waitFor()
    await page.keyboard.press('Control+z')
    await has((all) => all.length === 1 && !all[0]!.done)
    await row(page, 'Bins').getByText('Today').waitFor()
  })

  test('has one next when two devices tick it', async (t) => {
    await given({ title: 'Bins', due: today(), repeat: 'FREQ=DAILY' })
    const { page: one, context } = await suite.visit(t, { path: '/all', expectComplaints: true })
    const { page: other } = await suite.visit(t, { ...phone, path: '/all' })
    await checkbox(other, 'Bins').waitFor()
    await context.setOffline(true)
    await checkbox(one, 'Bins').click()
    await checkbox(other, 'Bins').tap()
    await has((all) => all.length === 2)
    await context.setOffline(false)
    await row(one, 'Bins').getByText('Tomorrow').waitFor()
    assert.equal((await tasks()).length, 2)
  })

  test('is chosen in the open row, by keyboard, and needs no date before', async (t) => {
    await given({ title: 'Filter' })
    const { page } = await suite.visit(t, { path: '/all' })
    await openEditor(page, 'Filter')
    const rule = page.getByLabel('Repeats')
    await rule.selectOption('every 2 weeks')
    await page.getByLabel('after completion').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await row(page, 'Filter').getByText('every 2 weeks, after completion').waitFor()
    await has(([task]) => task?.repeat === 'FREQ=WEEKLY;INTERVAL=2;FROM=COMPLETION' && task.due === today())
    await openEditor(page, 'Filter')
    assert.equal(await rule.inputValue(), 'FREQ=WEEKLY;INTERVAL=2')
    await rule.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Control+Enter')
    await has(([task]) => task?.repeat === undefined && task?.due === today())
    await page.keyboard.press('Control+z')
    await has(([task]) => task?.repeat === 'FREQ=WEEKLY;INTERVAL=2;FROM=COMPLETION')
  })

  test('loses its rule with its date, and undo brings back both', async (t) => {
    await given({ title: 'Bins', due: today(), repeat: 'FREQ=WEEKLY;BYDAY=MO;COUNT=3' })
    const { page } = await suite.visit(t, { path: '/all' })
    await row(page, 'Bins').getByText('every Monday, 3×').waitFor()
    await openEditor(page, 'Bins')
    await page.locator('[data-due=text]').fill('')
    await page.keyboard.press('Enter')
    await has(([task]) => task?.due === undefined && task?.repeat === undefined)
    await page.keyboard.press('Control+z')
    await has(([task]) => task?.due === today() && task?.repeat === 'FREQ=WEEKLY;BYDAY=MO;COUNT=3')
    await heard(page, 'Undone')
  })
})
