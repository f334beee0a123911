/** The walk of a new user, and the core of what matrix.test.ts looks at in one engine, in all three engines of browsers. */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { needsChromium } from '../helpers/browser.ts'
import { type Engine, startChromium, startFirefox, startWebKit } from '../helpers/engines.ts'
import { needs } from '../helpers/needs.ts'
import { until } from '../helpers/until.ts'
import type { TaskJson } from './helpers.ts'

const engines = {
  Chromium: { skip: needsChromium(), start: startChromium },
  Firefox: { skip: needs('firefox'), start: startFirefox },
  WebKit: { skip: needs('webkit'), start: startWebKit },
}

/** A service of its own, and so an origin of its own with nothing stored in the browser, and the page of it. */
async function visit(t: TestContext, engine: Engine, ...given: string[]) {
  const app = await startApp({ env: { WEB_ROOT: 'web/dist' } })
  t.after(async () => {
    await engine.goto('about:blank')
    await app[Symbol.asyncDispose]()
  })
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${app.url}/api${path}`, {
      method,
      ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return answer.status === 204 ? undefined : answer.json()
  }
  for (const title of given) await call('POST', '/tasks', { title })
  const list = () => call('GET', '/tasks?view=full') as Promise<TaskJson[]>
  const page = {
    async load() {
      await engine.goto(app.url)
      await until('the page is there and painted', () => engine.evaluate(isPainted))
    },
    /** Clicks the first that is visible, has this name or text if one is given, and is covered by nothing. */
    click: (selector: string, name?: string) => clickBy(engine.click, selector, name),
    doubleClick: (selector: string, name: string) => clickBy(engine.doubleClick, selector, name),
    type: (text: string) => engine.type(text),
    press: engine.press,
    /** What stands in a field. */
    value: (selector: string) =>
      engine.evaluate((selector) => document.querySelector<HTMLInputElement>(selector)?.value, selector),
    fills: (selector: string, text: string) =>
      until(`${selector} has "${text}"`, async () => (await page.value(selector)) === text),
    caret: () => engine.evaluate(caret),
    stands: (wanted: string) =>
      until(`the caret stands at ${wanted}`, async () => (await engine.evaluate(caret)) === wanted),
    shows: (...titles: string[]) =>
      until(`the page shows ${titles}`, async () => {
        const shown = await engine.evaluate(() =>
          [...document.querySelectorAll('.item')].map(
            (item) => item.querySelector('.item-title')?.textContent,
          ),
        )
        return shown.join() === titles.join()
      }),
    says: (text: string) =>
      until(`the page says "${text}"`, () =>
        engine.evaluate((text) => document.querySelector('main')!.innerText.includes(text), text),
      ),
    /** Until these are the tasks: `title+` is completed, `title(notes)` has notes. */
    saved: (...wanted: string[]) =>
      until(`${wanted} are saved`, async () => {
        const tasks = await list()
        const told = tasks.map(
          ({ title, done, notes }) => title + (done ? '+' : '') + (notes ? `(${notes})` : ''),
        )
        return told.join() === wanted.join()
      }),
  }
  await page.load()
  return { ...page, call, list }

  /** Waits until it rests. Where it was moved all the same before the click came, it is clicked again. */
  async function clickBy(click: Engine['click'], selector: string, name: string | null = null) {
    let before = ''
    await until(`${name ?? ''} ${selector} is clicked`, async () => {
      const point = await engine.evaluate(aim, selector, name)
      const rests = point !== null && JSON.stringify(point) === before
      before = JSON.stringify(point)
      if (!rests) return false
      await click(point.x, point.y)
      const hit = await until('the click has arrived', () =>
        engine.evaluate(() => document.body.dataset['hit']),
      )
      return hit === 'true'
    })
  }
}
type Visited = Awaited<ReturnType<typeof visit>>

/** Runs in the page. */
function isPainted(): boolean {
  const { dataset } = document.body
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      dataset['painted'] = 'true'
    }),
  )
  return (
    dataset['painted'] === 'true' &&
    document.hasFocus() &&
    document.querySelector('.item, #welcome:not([hidden])') !== null
  )
}

/** Runs in the page: where to click, and `data-hit` will say whether the next click has come to it. */
function aim(selector: string, name: string | null) {
  const isNamed = (element: Element) =>
    name === null || [element.getAttribute('aria-label'), element.textContent?.trim()].includes(name)
  const { dataset } = document.body
  for (const element of document.querySelectorAll<HTMLElement>(selector)) {
    if (!element.checkVisibility() || !isNamed(element)) continue
    const box = element.getBoundingClientRect()
    const [x, y] = [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]
    if (!element.contains(document.elementFromPoint(x, y))) continue
    delete dataset['hit']
    const onPress = ({ target }: Event) => {
      const hit = (target as Element).closest(selector)
      dataset['hit'] = String(hit !== null && isNamed(hit))
    }
    addEventListener('pointerdown', onPress, { capture: true, once: true })
    return { x, y }
  }
  return null
}

/** Runs in the page: what the caret stands in, and where. */
function caret() {
  const at = document.activeElement as HTMLInputElement
  return `${at.id || at.name || at.tagName} ${at.selectionStart} ${at.selectionEnd}`
}

interface Open {
  open(page: Visited): Promise<void>
  readonly field: string
  /** Where the caret stands once it is open. */
  readonly caret: string
  readonly before: string
  readonly after: string
  readonly edits?: true
}

const opens: Readonly<Record<string, Open>> = {
  'the composer': {
    async open(page) {
      await page.click('#new-title')
      await page.stands('new-title 0 0')
      await page.type('half a thought')
    },
    field: '#new-title',
    caret: 'new-title 12 12',
    before: 'half a thought',
    after: 'half a thoug!ht',
  },
  'an editor': {
    async open(page) {
      await page.doubleClick('.item-title', 'One')
      await page.stands('title 3 3')
      await page.type(' more')
    },
    field: '.editor [name=title]',
    caret: 'title 6 6',
    before: 'One more',
    after: 'One mo!re',
    edits: true,
  },
  'the dialog of a list': {
    async open(page) {
      await page.click('#show-menu')
      await page.click('#new-list')
      await page.stands('INPUT 0 0')
      await page.type('Errands')
    },
    field: 'dialog[open] input[type=text]',
    caret: 'INPUT 5 5',
    before: 'Errands',
    after: 'Erran!ds',
  },
}

const happenings = {
  'the task is changed elsewhere': (page: Visited, id: number) =>
    page.call('PATCH', `/tasks/${id}`, { notes: 'theirs', done: true }),
  'the task is deleted elsewhere': (page: Visited, id: number) => page.call('DELETE', `/tasks/${id}`),
  'the page is loaded anew': (page: Visited) => page.load(),
}

for (const [name, { skip, start }] of Object.entries(engines))
  describe(`In ${name}`, { skip }, () => {
    let engine: Engine
    before(async () => {
      engine = await start()
    })
    after(() => engine?.[Symbol.asyncDispose]())

    test('a new user adds, ticks, edits, deletes and undoes, and loses nothing', async (t) => {
      const page = await visit(t, engine)
      await page.click('#new-title')
      await page.stands('new-title 0 0')
      await page.type('Buy milk')
      await page.press('Enter')
      await page.shows('Buy milk')
      await page.saved('Buy milk')
      await page.click('[type=checkbox]', 'Buy milk')
      await page.saved('Buy milk+')

      await page.click('.group button')
      await page.click('[data-do=edit]', 'Edit Buy milk')
      await page.stands('title 8 8')
      await page.type(' and egg')
      await page.stands('title 16 16')
      const [task] = await page.list()
      await page.call('PATCH', `/tasks/${task!.id}`, { notes: '10 of them', due: '2031-03-04', done: false })
      await page.fills('.editor [name=notes]', '10 of them')
      assert.equal(await page.caret(), 'title 16 16')
      await page.type('s')
      await page.press('Enter')
      await page.saved('Buy milk and eggs(10 of them)')

      await page.click('[data-do=edit]', 'Edit Buy milk and eggs')
      await page.stands('title 17 17')
      await page.type('!')
      await page.stands('title 18 18')
      await page.load()
      await page.fills('.editor [name=title]', 'Buy milk and eggs!')
      await page.stands('title 18 18')
      await page.press('Enter')
      await page.saved('Buy milk and eggs!(10 of them)')

      await page.click('[data-do=delete]', 'Delete Buy milk and eggs!')
      await page.saved()
      await page.click('#toast button', 'Undo')
      await page.shows('Buy milk and eggs!')
      await page.saved('Buy milk and eggs!(10 of them)')
      assert.equal((await page.list())[0]!.due, '2031-03-04')
    })

    for (const [what, { open, field, caret, before, after, edits }] of Object.entries(opens))
      for (const [event, happen] of Object.entries(happenings))
        test(`${what} keeps its text and its caret when ${event}`, async (t) => {
          const page = await visit(t, engine, 'One', 'Two')
          const { id } = (await page.list())[0]!
          await open(page)
          await page.fills(field, before)
          for (const key of ['ArrowLeft', 'ArrowLeft'] as const) await page.press(key)
          await page.stands(caret)
          await happen(page, id)
          // What comes after it by the same stream tells that it has arrived.
          await page.call('POST', '/tasks', { title: 'The very last one' })
          await page.says('The very last one')
          await page.fills(field, before)
          await page.stands(caret)
          await page.type('!')
          await page.fills(field, after)
          if (!edits) return
          await page.press('Enter')
          const [now] = await page.list()
          if (event === 'the task is deleted elsewhere') {
            await page.says('Restore it')
            assert.equal(now!.title, 'Two')
          } else if (event === 'the task is changed elsewhere')
            await page.saved(`${after}+(theirs)`, 'Two', 'The very last one')
          else await page.saved(after, 'Two', 'The very last one')
        })
  })
