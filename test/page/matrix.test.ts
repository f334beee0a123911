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
import { caret, composer, deploy, fillDisk, openEditor, row, type TaskJson } from './helpers.ts'

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
  open(page: Page): Promise<unknown>
  /** Where somebody writes: the field, what stands there, and what does once "!" is typed at the caret. */
  readonly text?: { readonly of: (page: Page) => ReturnType<Page['locator']>; before: string; after: string }
  /** Of the task that others change. */
  readonly edits?: Field
}

interface Happening {
  happen(cell: Cell): Promise<unknown>
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

const opens: Readonly<Record<string, Open>> = {
  'the composer': {
    async open(page) {
      await composer(page).focus()
      await page.keyboard.type('half a thought')
      await leftOf(page, 2)
    },
    text: { of: composer, before: 'half a thought', after: 'half a thoug!ht' },
  },
  'its due field': {
    async open(page) {
      await page.locator('#new-due').focus()
      await page.keyboard.type('whenever')
      await leftOf(page, 2)
    },
    text: { of: (page) => page.locator('#new-due'), before: 'whenever', after: 'whenev!er' },
  },
  'the search': {
    async open(page) {
      await page.getByRole('searchbox').focus()
      await page.keyboard.type('o')
    },
    text: { of: (page) => page.getByRole('searchbox'), before: 'o', after: 'o!' },
  },
  'the title in an editor': writesIn('Title', 'title', 'One', ' more'),
  'the notes in an editor': writesIn('Notes', 'notes', '', 'my notes'),
  'the date in an editor': writesIn('Due', 'due', '', 'whenever'),
  'the menu of a row': {
    async open(page) {
      await page.setViewportSize({ width: 500, height: 700 })
      await page.getByRole('button', { name: 'More for One' }).click()
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
  'the list is cleared elsewhere': {
    async happen({ call, page }) {
      await call('PATCH', '/tasks', { done: true })
      await call('DELETE', '/tasks?done=true')
      await row(page, 'Two').waitFor({ state: 'detached' })
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
    async happen({ page, context }) {
      await context.route('**/api/**', (route) =>
        route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{}' }),
      )
      await show(page, 'hidden')
      await show(page, 'visible')
      await page.locator('#status').getByText('Sign in').waitFor()
      await context.unroute('**/api/**')
      await page.reload()
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
        await call('PATCH', '/tasks', { done: true })
        await call('DELETE', '/tasks?done=true')
        const { id } = (await call('POST', '/tasks', { title: 'One' })) as { id: number }
        await call('POST', '/tasks', { title: 'Two' })
        const context = await browser.newContext({ reducedMotion: 'reduce' })
        t.after(() => context.close())
        context.setDefaultTimeout(patience.waitMs)
        const page = await context.newPage()
        await page.goto(url)
        await row(page, 'Two').waitFor()
        await page.evaluate(async () => void (await navigator.serviceWorker.ready))
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

async function check({ open, text, edits }: Open, happening: Happening, cell: Cell) {
  const { happen, changes = {}, deletes = false, reloads = false } = happening
  await open(cell.page)
  const stood = await caret(cell.page)
  await happen(cell)
  // What comes after it by the same stream tells that it has arrived.
  await cell.call('POST', '/tasks', { title: 'The very last one' })
  const { page } = cell
  await row(page, 'The very last one').waitFor()
  if (!text) {
    if (!reloads) assert.equal(await page.locator('#row-menu:popover-open').count(), 1)
  } else {
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
    return Object.entries({ title: 'One', done: false, ...changes, ...own }).every(
      ([name, value]) => task?.[name as keyof TaskJson] === value,
    )
  }
  assert.ok(await holds({}))
  if (!edits || edits === 'due') return
  await page.keyboard.press('ControlOrMeta+Enter')
  if (deletes) return page.getByRole('button', { name: 'Restore it' }).waitFor()
  if (changes[edits] !== undefined) {
    await page.locator('.yours').getByText(text!.after).waitFor()
    assert.ok(await holds({}))
  } else await until(() => holds({ [edits]: text!.after }))
}
