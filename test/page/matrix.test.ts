/**
 * Whatever is open, whatever happens: what is written is still there, with its caret, and nobody else's change is undone.
 * A member of either list below meets all of the other.
 */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startApp } from '../helpers/app.ts'
import { chromium, chromiumArgs, executablePath, needsChromium, until } from '../helpers/browser.ts'
import { patience } from '../helpers/until.ts'
import {
  caret,
  checkbox,
  composer,
  deploy,
  fillDisk,
  lit,
  openEditor,
  row,
  type TaskJson,
} from './helpers.ts'

type Field = 'title' | 'notes' | 'due'

interface Cell {
  readonly context: BrowserContext
  page: Page
  readonly url: string
  call(method: string, path: string, body?: object): Promise<unknown>
  list(): Promise<TaskJson[]>
  readonly id: number
  restart(): Promise<void>
}

interface Open {
  open(page: Page, cell: Cell): Promise<unknown>
  /** Where somebody writes: the field, what stands there, and what does once "!" is typed at the caret. */
  readonly text?: { readonly of: (page: Page) => ReturnType<Page['locator']>; before: string; after: string }
  /** Of the task that others change. */
  readonly edits?: Field
  /** What others have made of the task before. */
  readonly theirs?: Partial<TaskJson>
  /** Nothing else is drawn until it is over. */
  readonly halts?: true
  /** Nothing is being written: who has to sign in is sent there at once. */
  readonly leaves?: true
  /** What is there in place of a text, on the same page or on another one. */
  stays?(page: Page, isSame: boolean): Promise<unknown>
  /** Goes on with it: what it makes of the task, unless others have deleted that. */
  finish?(cell: Cell, isSame: boolean): Promise<Partial<TaskJson>>
  /** The task comes back by that, had others deleted it. */
  readonly restores?: true
}

interface Happening {
  happen(cell: Cell, open: Open): Promise<unknown>
  /** What others have changed of the task. */
  readonly changes?: Partial<Pick<TaskJson, Field | 'done'>>
  /** Others have deleted the task. */
  readonly deletes?: true
  /** The page is loaded anew, or another one takes its place. */
  readonly reloads?: true
}

const leftOf = async (page: Page, times: number) => {
  for (let time = 0; time < times; time++) await page.keyboard.press('ArrowLeft')
}
const inEditor = (name: string) => (page: Page) => page.locator('.editor').getByLabel(name, { exact: true })
const writesIn = (name: string, field: Field, before: string, typed: string): Open => ({
  async open(page) {
    await openEditor(page, 'One')
    await inEditor(name)(page).focus()
    await page.keyboard.press('End')
    await page.keyboard.type(typed)
    await leftOf(page, 2)
  },
  edits: field,
  text: {
    of: inEditor(name),
    before: before + typed,
    after: `${(before + typed).slice(0, -2)}!${typed.slice(-2)}`,
  },
})

const repetition = (page: Page) => page.locator('.editor').getByRole('combobox', { name: 'Repeat' })
const listName = (page: Page) => page.getByRole('dialog').getByRole('textbox', { name: 'Name of the list' })

const opens: Readonly<Record<string, Open>> = {
  'the composer': {
    async open(page) {
      await composer(page).focus()
      await page.keyboard.type('half a thought')
      await leftOf(page, 2)
    },
    text: { of: composer, before: 'half a thought', after: 'half a thoug!ht' },
  },
  'a date in it': {
    async open(page) {
      await composer(page).focus()
      await page.keyboard.type('water tomorrow')
      await lit(page, 'tomorrow')
      await page.keyboard.press('Escape')
      await lit(page, '')
      await leftOf(page, 2)
    },
    text: { of: composer, before: 'water tomorrow', after: 'water tomorr!ow' },
  },
  'the search': {
    async open(page) {
      await page.getByRole('searchbox').focus()
      await page.keyboard.type('o')
      // The address follows a frame later (keepQuery).
      await page.waitForURL((url) => url.searchParams.get('q') === 'o')
    },
    text: { of: (page) => page.getByRole('searchbox'), before: 'o', after: 'o!' },
  },
  'the title in an editor': writesIn('Title', 'title', 'One', ' more'),
  'the notes in an editor': writesIn('Notes', 'notes', '', 'my notes'),
  'the date in an editor': writesIn('Due', 'due', '', 'whenever'),
  'the repetition in an editor': {
    async open(page) {
      await openEditor(page, 'One')
      await repetition(page).selectOption('FREQ=DAILY')
    },
    stays: async (page) => assert.equal(await repetition(page).inputValue(), 'FREQ=DAILY'),
  },
  'the name of a list': {
    async open(page) {
      await page.keyboard.press('ControlOrMeta+k')
      await page.keyboard.type('new list')
      await page.getByRole('option', { name: 'New list …' }).waitFor()
      await page.keyboard.press('Enter')
      await listName(page).waitFor()
      await page.keyboard.type('Errands')
      await leftOf(page, 2)
    },
    text: { of: listName, before: 'Errands', after: 'Erran!ds' },
  },
  'the menu of a row': {
    async open(page) {
      await page.setViewportSize({ width: 500, height: 700 })
      await page.getByRole('button', { name: 'More for One' }).click()
    },
    stays: async (page, isSame) =>
      assert.equal(await page.locator('#row-menu:popover-open').count(), Number(isSame)),
  },
  'the choice between two versions': {
    theirs: { title: 'Theirs' },
    async open(page, { call, id }) {
      await openEditor(page, 'One')
      await page.keyboard.type(' mine')
      await call('PATCH', `/tasks/${id}`, { title: 'Theirs' })
      await checkbox(page, 'Theirs').waitFor()
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Keep mine' }).focus()
    },
    async stays(page, isSame) {
      await page.locator('.yours').getByText('One mine').waitFor()
      if (isSame) assert.equal(await page.locator(':focus').getAttribute('data-do'), 'insist')
    },
    async finish({ page }) {
      await page.locator('[data-do=insist]').click()
      return { title: 'One mine' }
    },
    leaves: true,
    restores: true,
  },
  'a row under a drag': {
    async open(page) {
      await row(page, 'One').hover()
      await page.getByRole('button', { name: 'Move One' }).hover()
      await page.mouse.down()
      const { x, y, height } = (await row(page, 'Two').boundingBox())!
      await page.mouse.move(x + 20, y + height - 4, { steps: 3 })
      await page.locator('.drop-end').waitFor()
    },
    halts: true,
    stays: async (page, isSame) => assert.equal(await page.locator('.dragged').count(), Number(isSame)),
    async finish({ page, id, list }, isSame) {
      await page.mouse.up()
      if (isSame)
        await until(async () => {
          const tasks = await list()
          const place = tasks.findIndex((task) => task.id === id)
          return place < 0 || place > tasks.findIndex(({ title }) => title === 'Two')
        })
      return {}
    },
  },
}

const show = (page: Page, state: string) =>
  page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
const change = (changes: NonNullable<Happening['changes']>): Happening => ({
  happen: ({ call, id }) => call('PATCH', `/tasks/${id}`, changes),
  changes,
})

const happenings: Readonly<Record<string, Happening>> = {
  'the title is changed elsewhere': change({ title: 'Ono' }),
  'notes are added elsewhere': change({ notes: 'theirs' }),
  'a date is set elsewhere': change({ due: '2031-03-04' }),
  'it is completed elsewhere': change({ done: true }),
  'it is deleted elsewhere': { happen: ({ call, id }) => call('DELETE', `/tasks/${id}`), deletes: true },
  'it is moved elsewhere': {
    happen: ({ call, id }) => call('POST', `/tasks/${id}/move`, { before: null }),
  },
  'it goes to another list elsewhere': {
    async happen({ call, id }) {
      const list = (await call('POST', '/lists', { name: 'Errands' })) as { id: number }
      await call('PATCH', `/tasks/${id}`, { list: list.id })
    },
  },
  'its list is deleted elsewhere': {
    async happen({ call, id }) {
      const list = (await call('POST', '/lists', { name: 'Errands' })) as { id: number }
      await call('PATCH', `/tasks/${id}`, { list: list.id })
      await call('DELETE', `/lists/${list.id}`)
    },
    deletes: true,
  },
  'it repeats, and is completed elsewhere': {
    async happen({ call, id }) {
      await call('PATCH', `/tasks/${id}`, { due: '2031-03-04', repeat: 'FREQ=WEEKLY' })
      await call('PATCH', `/tasks/${id}`, { done: true })
    },
    changes: { due: '2031-03-04', done: true },
  },
  'the list is cleared elsewhere': {
    async happen({ call }) {
      await call('PATCH', '/tasks', { done: true })
      await call('DELETE', '/tasks?done=true')
    },
    deletes: true,
  },
  'a file is imported elsewhere': {
    happen: ({ call }) => call('POST', '/import', [{ title: 'Imported one' }, { title: 'Imported too' }]),
  },
  'another tab adds a task': {
    async happen({ context, url }) {
      const other = await context.newPage()
      await other.goto(url)
      await composer(other).fill('From another tab')
      await other.keyboard.press('Enter')
      await row(other, 'From another tab').waitFor()
      await other.close()
    },
  },
  'the stream breaks off': {
    async happen({ page }) {
      await show(page, 'hidden')
      await show(page, 'visible')
    },
  },
  'the server starts anew': { happen: ({ restart }) => restart() },
  'the network goes and comes': {
    async happen({ context }) {
      await context.setOffline(true)
      await context.setOffline(false)
    },
  },
  'a newer page is deployed': { happen: ({ page }) => deploy(page) },
  'the session ends': {
    async happen({ page, context }, { leaves, halts }) {
      const address = page.url()
      const refused = page.waitForResponse((response) => response.status() === 401)
      await context.route('**/api/**', (route) =>
        route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{}' }),
      )
      await show(page, 'hidden')
      await show(page, 'visible')
      await refused
      // Nothing comes into the way of a drag. A page that leaves shows the bar first, too.
      const says = halts ? '.dragged' : '#status[data-reach=unknown]'
      await page.locator(leaves ? '.sign-in' : says).waitFor()
      await context.unroute('**/api/**')
      await page.goto(address)
    },
    reloads: true,
  },
  'the page is loaded anew': { happen: ({ page }) => page.reload(), reloads: true },
  'the tab crashes': {
    async happen(cell) {
      const cdp = await cell.context.newCDPSession(cell.page)
      const crashed = cell.page.waitForEvent('crash')
      void cdp.send('Page.crash').catch(() => {})
      await crashed
      // A browser offers the address again.
      const address = cell.page.url()
      cell.page = await cell.context.newPage()
      await cell.page.goto(address)
    },
    reloads: true,
  },
  'the disk is full': { happen: ({ page }) => page.evaluate(fillDisk) },
}

describe('Whatever is open, whatever happens:', { skip: needsChromium(), concurrency: 3 }, () => {
  let browser: Browser
  before(async () => {
    if (executablePath) browser = await chromium.launch({ executablePath, args: chromiumArgs })
  })
  after(() => browser?.close())

  for (const [what, open] of Object.entries(opens))
    test(`${what} is open`, async (t) => {
      let app = await startApp({ env: { WEB_ROOT: 'web/dist' } })
      t.after(() => app[Symbol.asyncDispose]())
      const { url } = app
      const call = async (method: string, path: string, body?: object) => {
        const headers = { 'Content-Type': 'application/json' }
        const answer = await fetch(`${url}/api${path}`, {
          method,
          ...(body && { headers, body: JSON.stringify(body) }),
        })
        assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
        return answer.status === 204 ? undefined : answer.json()
      }
      const list = () => call('GET', '/tasks?view=full') as Promise<TaskJson[]>
      async function cell(t: TestContext): Promise<Cell> {
        await call('PATCH', '/tasks', { ids: [[1, 9_999]], deleted: true })
        for (const { id } of (await call('GET', '/lists')) as { id: number }[])
          if (id !== 1) await call('DELETE', `/lists/${id}`)
        const { id } = (await call('POST', '/tasks', { title: 'One' })) as { id: number }
        await call('POST', '/tasks', { title: 'Two' })
        const context = await browser.newContext({ reducedMotion: 'reduce', serviceWorkers: 'block' })
        t.after(() => context.close())
        context.setDefaultTimeout(patience.waitMs)
        const page = await context.newPage()
        await page.goto(url)
        await row(page, 'Two').waitFor()
        return {
          context,
          page,
          url,
          call,
          list,
          id,
          async restart() {
            await app.stop('SIGKILL')
            app = await startApp({
              env: { WEB_ROOT: 'web/dist', PORT: new URL(url).port },
              folder: app.folder,
            })
          },
        }
      }
      for (const [event, happening] of Object.entries(happenings))
        await t.test(event, async (t) => check(open, happening, await cell(t)))
    })
})

async function check(what: Open, happening: Happening, cell: Cell) {
  const { open, text, edits, theirs = {}, halts = false, stays, finish, restores = false } = what
  const { happen, changes = {}, deletes = false, reloads = false } = happening
  await open(cell.page, cell)
  await cell.page.evaluate(() => Object.assign(window, { same: true }))
  const stood = await caret(cell.page)
  const arrival = halts && !reloads ? await nextArrival(cell) : undefined
  await happen(cell, what)
  // What comes after it by the same stream tells that it has arrived.
  await cell.call('POST', '/tasks', { title: 'The very last one' })
  const { page } = cell
  await (arrival?.() ?? row(page, 'The very last one').waitFor())
  const isSame = await page.evaluate(() => 'same' in window)
  if (reloads) assert.equal(isSame, false)
  await stays?.(page, isSame)
  if (text) {
    assert.equal(await text.of(page).inputValue(), text.before)
    const isSearch = !edits && text.before === 'o'
    if (!(reloads && isSearch)) assert.equal(await caret(page), stood)
    if (!isSearch) {
      await page.keyboard.type('!')
      assert.equal(await text.of(page).inputValue(), text.after)
    }
  }
  // Nothing of what others did was taken back, neither before it is saved nor after.
  const holds = async (own: Partial<TaskJson>) => {
    const task = (await cell.list()).find(({ id }) => id === cell.id)
    if (deletes) return task === undefined
    return Object.entries({ title: 'One', done: false, ...theirs, ...changes, ...own }).every(
      ([name, value]) => task?.[name as keyof TaskJson] === value,
    )
  }
  assert.ok(await holds({}))
  if (finish) {
    const own = await finish(cell, isSame)
    if (deletes && restores)
      await until(async () => (await cell.list()).some(({ title }) => title === own.title))
    else await until(() => holds(own))
    await row(page, 'The very last one').waitFor()
  }
  if (!edits || edits === 'due') return
  await page.keyboard.press('ControlOrMeta+Enter')
  if (deletes) return page.getByRole('button', { name: 'Restore it' }).waitFor()
  if (changes[edits] !== undefined) {
    await page.locator('.yours').getByText(text!.after).waitFor()
    assert.ok(await holds({}))
  } else await until(() => holds({ [edits]: text!.after }))
}

/** The next event that comes to the page, of which nothing can be seen yet. */
async function nextArrival({ context, page }: Cell): Promise<() => Promise<unknown>> {
  const cdp = await context.newCDPSession(page)
  await cdp.send('Network.enable')
  const arrived = new Promise((resolve) => cdp.on('Network.dataReceived', resolve))
  return () => arrived
}
